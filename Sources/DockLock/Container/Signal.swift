import Cgroups
import Glibc
import Kernel
import Report
import Verbs

extension Dock {
    /// `kill`: sends a signal to the first process, or, with all, to every one.
    public func kill(_ options: KillOptions) throws {
        if options.isPattern {
            let pattern = try Pattern(options.id)
            for id in try store.ids() where pattern.finds(id) { try kill(id, options) }
            return
        }
        try kill(options.id, options)
    }

    private func kill(_ id: String, _ options: KillOptions) throws {
        let folder = try store.lock(id)
        let record = try folder.record()
        let status = record.status(in: folder)
        if options.all {
            let cgroup = try cgroup(of: record)
            for pid in try cgroup.processes() { _ = Glibc.kill(pid, options.signal) }
            if options.signal == SIGKILL, status == .paused { try? cgroup.thaw() }
            return
        }
        guard status != .stopped, status != .creating else {
            throw ContainerError("container \(id) is not running")
        }
        do {
            let process = try Processes.open(pid: record.pid)
            // The pid may have come again between looking and opening; now it can't any more.
            guard record.isAlive else { throw SystemError("kill", ESRCH) }
            try Processes.signal(process, options.signal)
        } catch let error as SystemError
            where error.code == ESRCH || error.code == EINVAL && options.signal < 65
        {
            throw ContainerError("container \(id) is not running")
        }
        // A frozen task can only die once it is let go.
        if options.signal == SIGKILL, status == .paused { try? cgroup(of: record).thaw() }
    }

    /// `pause`: freezes every process.
    public func pause(_ id: String) throws {
        let (_, record, status) = try living(id)
        guard status != .paused else { throw ContainerError("container \(id) is paused already") }
        try withCgroup(record).freeze()
    }

    /// `resume`: lets a paused container go on.
    public func resume(_ id: String) throws {
        let (_, record, status) = try living(id)
        guard status == .paused else { throw ContainerError("container \(id) is not paused") }
        try withCgroup(record).thaw()
    }

    /// The cgroup of a container that has one.
    func withCgroup(_ record: Record) throws -> Cgroup {
        guard record.cgroup.driver != .disabled else {
            throw ContainerError("container \(record.id) has no cgroup of its own")
        }
        return try cgroup(of: record)
    }
}
