import CTree
import Container
import Glibc
import Kernel
import Request
import Verbs

extension Vessels {
    /// `exec`: one more process in a running container; its exit status.
    public func exec(_ request: UserExecRequest, environment: [Setting]) throws -> Int32 {
        let vessel = try find(request.container)
        guard vessel.isRunning, let pid = vessel.state?.pid, pid > 0 else {
            throw VesselError("container \(request.container) is not running", status: 1)
        }
        guard try !dock.isPaused(vessel.record.id) else {
            throw VesselError("container \(request.container) is paused: unpause it first", status: 1)
        }
        guard !request.isPrivileged else {
            throw VesselError("--privileged: a container's exec has no more privileges than the container")
        }
        var options = ExecOptions()
        options.id = vessel.record.id
        options.args = request.command
        options.detach = request.isDetached
        options.tty = request.hasTerminal
        options.cwd = request.workingDirectory
        options.preserveFDs = request.preservedDescriptors
        options.env = try variables(request, environment)
        if let user = request.user {
            let root = try Descriptor.open("/proc/\(pid)/root", O_PATH | O_DIRECTORY)
            let account = try Account.named(
                user, passwd: Vessels.read("etc/passwd", in: root),
                group: Vessels.read("etc/group", in: root))
            options.user = UserSpec(uid: account.uid, gid: account.gid)
            options.additionalGids = account.groups
            if !options.env.contains(where: { $0.hasPrefix("HOME=") }) {
                options.env.append("HOME=" + account.home)
            }
        }
        if !request.isInteractive, !request.hasTerminal {
            let null = try Descriptor.open("/dev/null", O_RDONLY)
            try SystemError.check(dup2(null.number, 0), "dup", "/dev/null")
        }
        do {
            return try dock.exec(options)
        } catch {
            throw VesselError("\(error)", status: Dock.exitStatus(error))
        }
    }

    private func variables(_ request: UserExecRequest, _ own: [Setting]) throws -> [String] {
        var entries: [EnvironmentEntry] = []
        for path in request.environmentFiles {
            entries += try EnvironmentEntry.read(file: path, Files.readRegular(path, limit: 1 << 20))
        }
        return (entries + request.environment).flatMap { entry -> [String] in
            switch entry {
            case .set(let name, let value): return [name + "=" + value]
            case .inherit(let name): return own.filter { $0.name == name }.map { name + "=" + $0.value }
            }
        }
    }

    /// A file of a running container's, found without leaving its root.
    private static func read(_ path: String, in root: borrowing Descriptor) -> [UInt8] {
        let number = dl_open_in_root(root.number, path, O_RDONLY | O_NONBLOCK)
        guard number >= 0 else { return [] }
        let file = Descriptor(number)
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
        return (try? file.readAll(limit: 1 << 20, name: path)) ?? []
    }
}
