import CKernel
import Cgroups
import Glibc
import Kernel
import OCI
import Report
import Verbs

/// A container whose first process is this process's own child, and has its stdio.
public final class Held {
    private var making: Making?
    /// The first process, as the host sees it.
    public let pid: Int32
    /// A descriptor of it; closed with this object.
    public let process: Int32
    /// The terminal's master, or -1; closed with this object.
    public let terminal: Int32

    fileprivate init(_ making: Making, _ launch: Launch) throws(SystemError) {
        self.making = making
        pid = launch.pid
        let process = Descriptor(try SystemError.check(fcntl(launch.process, F_DUPFD_CLOEXEC, 3), "dup"))
        terminal =
            launch.terminal < 0
            ? -1 : try SystemError.check(fcntl(launch.terminal, F_DUPFD_CLOEXEC, 3), "dup")
        self.process = process.take()
    }

    deinit {
        if let making { making.undo() }
        close(process)
        if terminal >= 0 { close(terminal) }
    }

    /// The file whose content `1` ends every process of the container, where there is a v2 tree.
    public var killFile: String? {
        making?.cgroup.unifiedDirectory.map { $0 + "/cgroup.kill" }
    }

    /// The file whose content `THAWED` lets every process of the container go on, where v1 may freeze them:
    /// what it has frozen does not die before.
    public var thawFile: String? {
        making?.cgroup.freezerDirectory.map { $0 + "/freezer.state" }
    }

    /// Lets the program run. Where it cannot, nothing is left of the container, and `Dock.exitStatus` tells
    /// what the error means for the caller.
    public func start() throws {
        guard let making else { return }
        self.making = nil
        do {
            try making.go()
            try making.launch?.finish()
            if !making.spec.hooks.poststart.isEmpty {
                let state = making.state(.running, pid: pid)
                try Hooks.run(making.spec.hooks.poststart, "poststart", state)
            }
        } catch {
            making.undo()
            throw error
        }
    }
}

extension Dock {
    /// Makes a container up to its start. Its descriptors 0 to 2 are those of this process, unless it has a
    /// terminal; its first process is this one's child, in `outer` where it has a new pid namespace.
    public func hold(_ options: CreateOptions, outer: OuterNamespace?) throws -> Held {
        let making = try Making(self, options, asksTerminal: false)
        // Where it shares or joins a pid namespace, it is not in one of its own.
        if making.spec.linux.namespaces.contains(where: { $0.kind == .pid && $0.path == nil }) {
            making.outer = outer
        }
        try making.make(waits: false)
        guard let launch = making.launch else { throw ContainerError("the container has no process") }
        do {
            return try Held(making, launch)
        } catch {
            making.undo()
            throw error
        }
    }

    /// What the failure of a start means in docker's and podman's exit codes: 127 where there is no such
    /// program, 126 where it cannot be run, 125 for everything else.
    public static func exitStatus(_ error: any Error) -> Int32 {
        guard let launch = error as? LaunchError, launch.isProgram else { return 125 }
        return launch.code == ENOENT || launch.code == ENOTDIR ? 127 : 126
    }

    /// How many processes of a container the kernel has killed because its memory was used up.
    public func outOfMemoryKills(_ id: String) throws -> UInt64 {
        try withCgroup(store.open(id).record()).outOfMemoryKills
    }
}
