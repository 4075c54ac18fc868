import CKernel
import Cgroups
import Criu
import Glibc
import Kernel
import OCI
import Verbs

extension Dock {
    /// `restore`: makes a container out of a checkpoint. Returns its exit status, or 0 when detached.
    public func restore(_ options: RestoreOptions) throws -> Int32 {
        let criu = try CheckpointCriu(self, options.criu, log: "restore.log", makesImages: false)
        let create = options.create
        let notify = try? Files.text(Notify.imageFile, at: criu.images)
        let making = try Making(self, create, asksTerminal: create.detach, notify: notify)
        let restoring = Restoring(making, options)
        do {
            if !create.detach {
                Attachment.holdSignals()
                if !create.noSubreaper {
                    _ = dl_syscall(Int(SYS_prctl), Int(PR_SET_CHILD_SUBREAPER), 1, 0, 0, 0, 0)
                }
            }
            try restoring.work(criu)
            try Hooks.run(
                making.spec.hooks.poststart, "poststart", making.state(.running, pid: making.record.pid))
        } catch {
            restoring.undo()
            throw error
        }
        guard !create.detach, let process = restoring.process else { return 0 }
        making.folder.unlock()
        let attachment = try Attachment(terminal: restoring.terminal)
        let status = try attachment.wait(process)
        attachment.restore()
        // Another verb may have deleted it already.
        if try making.folder.lock() { try delete(making.folder, making.record, making.spec) }
        return status
    }
}

/// A container on its way back.
final class Restoring {
    private let making: Making
    private let options: RestoreOptions
    /// Of the restored first process.
    private(set) var process: Int32?
    /// The terminal's master, where the container has one and no socket is to get it.
    private(set) var terminal: Int32 = -1
    private var hooksRan = false

    init(_ making: Making, _ options: RestoreOptions) {
        self.making = making
        self.options = options
    }

    deinit {
        if let process { close(process) }
        if terminal >= 0 { close(terminal) }
    }

    func work(_ criu: CheckpointCriu) throws {
        let (spec, record) = (making.spec, making.record)
        var request = criu.request(.restore, options.criu)
        let hasUser = spec.linux.namespaces.contains { $0.kind == .user }
        let place = try RestoreRoot(of: making.folder, hasUser: hasUser)
        request.root = place.root
        request.lsmProfile = options.lsmProfile
        request.lsmMountContext = options.lsmMountContext
        request.configFile = CheckpointCriu.configFile(spec)
        request.mounts = try CheckpointMounts.restored(spec, record)
        var lent = Lent()
        try lend(criu, &lent, &request)
        try join(spec, &lent, &request)
        try RestoreRoot.makeMountPoints(spec, record)
        let inherited = lent.numbers
        let worker = try place.inside(record.rootfs) {
            try criu.open()
            return try criu.start(inherited: inherited)
        }
        criu.name(in: &request)
        try enterCgroup(worker.pid)
        request.cgroupRoots = try roots(worker.pid)
        let pid = try criu.talk(worker, request) { stage, pid, descriptor in
            try follow(stage, pid, descriptor)
        }
        if process == nil { try adopt(pid) }
    }

    /// Our own stdio, where the images name what the container shared with whoever made it.
    private func lend(
        _ criu: CheckpointCriu, _ lent: inout Lent, _ request: inout CriuRequest
    ) throws {
        let bytes = try Files.read(CheckpointStdio.file, at: criu.images, limit: 1 << 20)
        let stdio = try CheckpointStdio(decoding: bytes)
        let numbers = try (0...2).map { try lent.add(copyOf: Int32($0)) }
        request.inherited += stdio.inherited(numbers)
    }

    /// Namespaces by path: of two kinds the images know that they are not the container's own, others are
    /// joined.
    private func join(_ spec: Spec, _ lent: inout Lent, _ request: inout CriuRequest) throws {
        for namespace in spec.linux.namespaces {
            guard let path = namespace.path else { continue }
            if let key = CheckpointCriu.key(namespace.kind) {
                request.inherited.append(.init(key, try lent.add(opening: path)))
            } else if namespace.kind == .cgroup || namespace.kind == .mount {
                throw ContainerError("restore: criu joins no \(namespace.kind.rawValue) namespace (\(path))")
            } else {
                request.joined.append(.init(namespace.kind.file, path))
            }
        }
    }

    /// criu goes into the container's cgroups, where its children are born.
    private func enterCgroup(_ pid: Int32) throws {
        switch making.record.cgroup.driver {
        case .systemd: try making.makeCgroup(pid: pid)
        case .cgroupfs:
            try making.makeCgroup(pid: nil)
            try making.cgroup.add(pid: pid)
        case .disabled: break
        }
        try making.folder.write(making.record)
    }

    /// Where in each hierarchy the container's own cgroups are to be, whatever they were called before.
    private func roots(_ pid: Int32) throws -> [CriuRequest.Mount] {
        guard making.record.cgroup.driver != .disabled else { return [] }
        var roots: [CriuRequest.Mount] = []
        for line in try Files.text("/proc/\(pid)/cgroup").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                roots.append(.init(String(controller), String(fields[2])))
            }
        }
        return roots
    }

    private func follow(_ stage: String, _ pid: Int32, _ descriptor: Int32) throws {
        switch stage {
        case "setup-namespaces":
            hooksRan = true
            let state = making.state(.creating, pid: pid)
            try Hooks.run(making.spec.hooks.prestart, "prestart", state)
            try Hooks.run(making.spec.hooks.createRuntime, "createRuntime", state)
        case "orphan-pts-master": try takeTerminal(descriptor)
        // The processes are there and do not run yet.
        case "post-restore": try adopt(pid)
        default: break
        }
    }

    private func takeTerminal(_ master: Int32) throws {
        guard master >= 0 else { throw ContainerError("restore: criu sent no terminal") }
        if let path = making.options.consoleSocket {
            let socket = try Sockets.connect(path)
            return try Sockets.send(master, with: Array("/dev/ptmx".utf8), to: socket.number)
        }
        guard terminal < 0 else { throw ContainerError("restore: criu sent two terminals") }
        terminal = try SystemError.check(fcntl(master, F_DUPFD_CLOEXEC, 3), "dup")
    }

    private func adopt(_ pid: Int32) throws {
        process = try Processes.open(pid: pid).take()
        try making.commit(pid: pid)
    }

    /// Removes what was made.
    func undo() {
        if let process {
            _ = dl_pidfd_send_signal(process, SIGKILL)
            _ = try? Processes.wait(process)
        }
        if hooksRan {
            Hooks.runAll(
                making.spec.hooks.poststop, "poststop", making.state(.stopped, pid: 0), making.dock.journal)
        }
        making.undo()
    }
}

/// Descriptors for criu to inherit.
struct Lent: ~Copyable {
    private(set) var numbers: [Int32] = []

    deinit { for number in numbers { close(number) } }

    mutating func add(copyOf number: Int32) throws -> Int32 {
        let copy = try SystemError.check(fcntl(number, F_DUPFD_CLOEXEC, 3), "dup")
        numbers.append(copy)
        return copy
    }

    mutating func add(opening path: String) throws -> Int32 {
        let number = try Descriptor.open(path, O_RDONLY).take()
        numbers.append(number)
        return number
    }
}
