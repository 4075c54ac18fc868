import Cgroups
import Filter
import Glibc
import Kernel
import OCI
import Plan
import Report
import Verbs

extension Dock {
    /// `exec`: runs one more process in a container. Returns its exit status, or 0 when detached.
    public func exec(_ options: ExecOptions) throws -> Int32 {
        // Not locked: a process that enters a paused container waits until another verb resumes it.
        let folder = try store.open(options.id)
        let record = try folder.record()
        let status = record.status(in: folder)
        if status == .paused, !options.ignorePaused {
            throw ContainerError("cannot exec in a paused container without --ignore-paused: \(options.id)")
        }
        guard status == .running || status == .created || status == .paused else {
            throw ContainerError("cannot exec in container \(options.id): it is \(status.rawValue)")
        }
        Memory.releaseCode()
        let spec = try folder.spec()
        let process = try ExecProcess.choose(options, spec, journal)
        try Preserved.check(options.preserveFDs)
        if process.terminal, options.detach, options.consoleSocket == nil {
            throw ContainerError("cannot allocate a terminal without --console-socket when detached")
        }
        let initial = try Processes.open(pid: record.pid)
        var filter: PlannedFilter?
        var agent: Descriptor?
        if let source = spec.linux.seccomp {
            let compiled = try Filter.compile(source, cache: store.filters, warn: journal.debug)
            filter = PlannedFilter(
                program: compiled.program, flags: compiled.flags, notifies: compiled.notifies)
            if compiled.notifies, let path = source.listenerPath { agent = try Sockets.connect(path) }
        }
        let cgroup = try ExecCgroup.choose(try cgroup(of: record), options.cgroups, record)
        Memory.releaseCode()
        let plan = Plan.exec(
            spec, process: process, around: surroundings(record, options, cgroup), filter: filter)
        let opened = try Opened(
            plan.needs, folder: folder, console: options.consoleSocket, process: initial.number)
        // What was opened by the pid is the container's only if that has not come again.
        guard record.isAlive else { throw ContainerError("container \(options.id) is not running") }
        if !options.detach { Attachment.holdSignals() }
        let launch = try self.launch(plan, opened.numbers, cgroup, options, record)
        return try follow(launch, options, record, spec, agent)
    }

    private func launch(
        _ plan: Plan, _ opened: [Int32], _ cgroup: ExecCgroup, _ options: ExecOptions, _ record: Record
    ) throws -> Launch {
        guard let path = cgroup.unified else { return try Launch(plan, opened: opened, cgroup: -1) }
        let directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        do {
            return try Launch(plan, opened: opened, cgroup: directory.number)
        } catch let error as SystemError {
            // The container has made cgroups below its own and given them controllers: since then its own
            // takes no processes (cgroup-v2, "No Internal Process Constraint"), and its first has moved.
            guard error.code == EBUSY, options.cgroups.isEmpty,
                let path = try self.cgroup(of: record).unifiedDirectory(of: record.pid)
            else { throw error }
            let directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            return try Launch(plan, opened: opened, cgroup: directory.number)
        }
    }

    private func follow(
        _ launch: Launch, _ options: ExecOptions, _ record: Record, _ spec: Spec,
        _ agent: consuming Descriptor?
    ) throws -> Int32 {
        let agentNumber = agent?.number ?? -1
        do {
            try launch.talk(until: .ready) { phase, pid in
                guard phase == .agent else { return [] }
                let payload = Listening.payload(spec, record.state(.running, pid: record.pid), pid: pid)
                return [agentNumber, try Memory.file("payload", payload).take()]
            }
            if let path = options.pidFile {
                try PidFile.write(launch.pid, to: path)
            }
            try launch.channel.go()
            try launch.finish()
        } catch {
            launch.kill()
            if let path = options.pidFile { try? Files.remove(path) }
            throw error
        }
        _ = consume agent
        if options.detach { return 0 }
        let attachment = try Attachment(terminal: launch.terminal)
        defer { attachment.restore() }
        return try attachment.wait(launch.process)
    }

    private func surroundings(_ record: Record, _ options: ExecOptions, _ cgroup: ExecCgroup) -> Surroundings
    {
        var around = Surroundings()
        around.rootfs = record.rootfs
        around.bundle = record.bundle
        around.isPrivileged = isPrivileged
        around.uid = Host.uid
        around.gid = Host.gid
        around.cgroupFiles = cgroup.files
        around.preserved = options.preserveFDs + Preserved.listening
        around.hasConsoleSocket = options.consoleSocket != nil
        around.initPid = record.pid
        return around
    }
}

/// The process that `exec` runs: a file's, or the container's own with other arguments.
enum ExecProcess {
    static func choose(_ options: ExecOptions, _ spec: Spec, _ journal: Journal) throws -> ProcessSpec {
        if let file = options.processFile {
            let process = try ProcessSpec.decode(try Files.read(file, limit: 16 << 20))
            try process.validate()
            return process
        }
        guard var process = spec.process else { throw SpecError(path: "process", problem: "is missing") }
        process.args = options.args
        process.terminal = options.tty
        process.consoleSize = nil
        if let cwd = options.cwd {
            guard cwd.utf8.first == UInt8(ascii: "/") else {
                throw ContainerError("--cwd: \(cwd) is not absolute")
            }
            process.cwd = cwd
        }
        for entry in options.env { replace(entry, in: &process.env) }
        if let user = options.user {
            process.user.uid = user.uid
            process.user.gid = user.gid ?? 0
        }
        process.user.additionalGids += options.additionalGids
        if options.noNewPrivileges { process.noNewPrivileges = true }
        if let profile = options.apparmor { process.apparmorProfile = profile }
        if let label = options.processLabel { process.selinuxLabel = label }
        add(options.capabilities, to: &process, journal)
        try process.validate()
        return process
    }

    /// A name stands once: the program would find the first, not the last.
    private static func replace(_ entry: String, in list: inout [String]) {
        let name = entry.utf8.prefix { $0 != UInt8(ascii: "=") }
        list.removeAll { $0.utf8.count > name.count && $0.utf8.starts(with: name + [UInt8(ascii: "=")]) }
        list.append(entry)
    }

    /// Extra capabilities go into every set but the inheritable and ambient ones: those would outlive the
    /// switch to another user (CVE-2022-29162).
    private static func add(_ names: [String], to process: inout ProcessSpec, _ journal: Journal) {
        guard !names.isEmpty else { return }
        var sets = process.capabilities ?? Capabilities()
        for name in names {
            guard let number = Capabilities.number(named: name) else {
                // As in a configuration: what is not there cannot be given (runtime-spec, "process").
                journal.warn("--cap: unknown capability \(name) is left out")
                continue
            }
            let bit = UInt64(1) << UInt64(number)
            sets.bounding |= bit
            sets.permitted |= bit
            sets.effective |= bit
        }
        process.capabilities = sets
    }
}

/// The cgroup that `exec` enters: the container's, or one below it.
struct ExecCgroup {
    var files: [String]
    var unified: String?

    static func choose(_ cgroup: Cgroup, _ wanted: [SubCgroup], _ record: Record) throws -> ExecCgroup {
        guard record.cgroup.driver != .disabled else { return ExecCgroup(files: [], unified: nil) }
        var chosen = ExecCgroup(files: cgroup.joinFiles, unified: cgroup.unifiedDirectory)
        for sub in wanted {
            guard !sub.path.split(separator: "/").contains("..") else {
                throw ContainerError("--cgroup: \(sub.path) is not a sub cgroup path")
            }
            let below = sub.path.utf8.first == UInt8(ascii: "/") ? sub.path : "/" + sub.path
            if sub.controllers.isEmpty {
                chosen.files = try chosen.files.map { try inside($0, below) }
                chosen.unified = chosen.unified.map { $0 + below }
                if let unified = chosen.unified, !Files.exists(unified) {
                    if chosen.files.isEmpty { throw ContainerError("--cgroup: \(sub.path) does not exist") }
                    chosen.unified = cgroup.unifiedDirectory
                }
                continue
            }
            for controller in sub.controllers {
                guard let index = chosen.files.firstIndex(where: { serves($0, controller, record) }) else {
                    throw ContainerError("--cgroup: unknown controller \(controller) before :\(sub.path)")
                }
                chosen.files[index] = try inside(chosen.files[index], below)
            }
        }
        return chosen
    }

    private static func inside(_ file: String, _ below: String) throws -> String {
        let directory = String(file.dropLast("/tasks".utf8.count))
        guard Files.exists(directory + below) else {
            let file = directory + below + "/cgroup.procs"
            throw ContainerError("--cgroup: adding pid to \(file): no such file or directory")
        }
        return directory + below + "/tasks"
    }

    private static func serves(_ file: String, _ controller: String, _ record: Record) -> Bool {
        let mount = file.dropLast(record.cgroup.path.utf8.count + "/tasks".utf8.count)
        return mount.split(separator: "/").last?.split(separator: ",").contains { $0 == controller } ?? false
    }
}
