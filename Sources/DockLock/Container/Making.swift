import Cgroups
import Filter
import Glibc
import JSON
import Kernel
import OCI
import Plan
import Report
import Verbs

/// How far a container's cgroup is. One that was refused, or never come to, may be another container's.
private enum CgroupStage { case none, begun, made }

/// A container on its way to "created": everything that `create` and `run` share.
final class Making {
    let dock: Dock
    let options: CreateOptions
    let spec: Spec
    let process: ProcessSpec
    let folder: Folder
    let host: CgroupHost
    private(set) var record: Record
    private(set) var cgroup: Cgroup
    private var cgroupStage = CgroupStage.none
    private var hooksBegan = false
    private(set) var launch: Launch?
    private var agent: Int32 = -1
    /// Where the container's own pid namespace shall lie.
    var outer: OuterNamespace?

    /// Reads and checks the configuration, and takes the id. Nothing but the folder exists after this.
    ///
    /// `notify` is where the program's way to say that it is ready lay when it was checkpointed; by default
    /// it lies where the caller's environment says.
    init(_ dock: Dock, _ options: CreateOptions, asksTerminal: Bool, notify: String? = nil) throws {
        self.dock = dock
        self.options = options
        let bundle = try Files.realPath(options.bundle)
        let config = try Files.readRegular(
            options.config.map { Dock.absolute($0) } ?? bundle + "/config.json", limit: 16 << 20)
        var spec = try Spec.decode(config)
        try spec.validate()
        guard let process = spec.process, let root = spec.root else {
            throw SpecError(path: "process", problem: "is missing")
        }
        try Making.check(process, options, asksTerminal: asksTerminal)
        let written = root.path.utf8.first == UInt8(ascii: "/") ? root.path : bundle + "/" + root.path
        let rootfs = try Files.realPath(written)
        guard Files.isDirectory(rootfs) else {
            throw SpecError(path: "root.path", problem: "is not a directory")
        }
        host = try CgroupHost.detect()
        let place = try Cgroup.place(
            cgroupsPath: spec.linux.cgroupsPath, id: options.id, driver: dock.driver,
            rootless: !dock.isPrivileged,
            host: host)
        cgroup = Cgroup(place, host: host)
        record = Record(cgroup: place)
        record.id = options.id
        record.bundle = bundle
        record.rootfs = rootfs
        record.annotations = spec.annotations
        let now = Host.now()
        record.created = ContainerState.timestamp(seconds: now.seconds, nanoseconds: now.nanoseconds)
        record.owner = Host.userName
        record.notify = notify ?? Notify.place(in: spec)
        folder = try dock.store.create(options.id)
        do {
            // Before anything is made, so that a killed create leaves word of what to remove.
            try folder.write(record)
            try folder.write(Store.configFile, config)
            if let place = record.notify { try Notify.add(to: &spec, of: folder, at: place) }
        } catch {
            try? folder.delete()
            throw error
        }
        self.process = spec.process ?? process
        self.spec = spec
    }

    private static func check(_ process: ProcessSpec, _ options: CreateOptions, asksTerminal: Bool) throws {
        if asksTerminal, process.terminal, options.consoleSocket == nil {
            throw ContainerError("cannot allocate a terminal without --console-socket when detached")
        }
        if !process.terminal, options.consoleSocket != nil {
            throw ContainerError("--console-socket is given, but process.terminal is false")
        }
        if process.terminal, !asksTerminal, options.consoleSocket != nil {
            throw ContainerError("--console-socket is only for a detached container")
        }
        try Preserved.check(options.preserveFDs)
    }

    /// Makes the container up to the point where only the start is left. What was made is removed on failure.
    func make(waits: Bool) throws {
        do {
            if waits {
                try SystemError.check(
                    mkfifoat(folder.directory.number, Store.fifo, 0o622), "mkfifo", Store.fifo)
            }
            Memory.releaseCode()
            let filter = try compileFilter()
            if makesCgroupMeanwhile {
                cgroup = try Cgroup.begin(record.cgroup, host: host)
                cgroupStage = .begun
            } else if record.cgroup.driver != .systemd {
                try makeCgroup(pid: nil)
            }
            Memory.releaseCode()
            let plan = try Plan.create(
                spec, process: Preserved.announce(to: process), around: surroundings(waits: waits),
                filter: filter)
            let opened = try Opened(plan.needs, folder: folder, console: options.consoleSocket)
            try start(plan, opened.numbers)
            try launch?.talk(until: .ready) { phase, pid in try answer(phase, pid) }
            try commit()
        } catch {
            undo()
            throw error
        }
    }

    private func start(_ plan: Plan, _ opened: [Int32]) throws {
        var directory: Descriptor?
        if record.cgroup.driver == .cgroupfs, let path = cgroup.unifiedDirectory {
            directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        }
        launch = try Launch(plan, opened: opened, cgroup: directory?.number ?? -1, outer: outer)
        _ = consume directory
    }

    /// Directories in v1 trees are made while the child makes its namespaces: each takes the kernel as long
    /// as the other. The v2 directory is there before, since the child is cloned into it; so are all of them
    /// where the child could not open them by itself.
    private var makesCgroupMeanwhile: Bool {
        record.cgroup.driver == .cgroupfs && dock.isPrivileged && !host.hierarchies.isEmpty
            && !spec.linux.namespaces.contains { $0.kind == .user || $0.kind == .mount && $0.path != nil }
    }

    func makeCgroup(pid: Int32?) throws {
        let resources = spec.linux.resources
        if makesCgroupMeanwhile, cgroupStage == .begun {
            try cgroup.finish()
        } else {
            let properties = spec.annotations.filter { $0.key.hasPrefix("org.systemd.property.") }
            cgroup = try Cgroup.make(
                record.cgroup, host: host, resources: resources, pid: pid, properties: properties)
        }
        cgroupStage = .made
        record.cgroup = cgroup.place
        if record.cgroup.driver != .disabled {
            try cgroup.apply(resources ?? Resources(), update: false)
            if dock.isPrivileged, let owner = CgroupMounts.owner(spec) { try cgroup.delegate(to: owner) }
        }
    }

    private func compileFilter() throws -> PlannedFilter? {
        guard let source = spec.linux.seccomp else { return nil }
        let compiled = try Filter.compile(source, cache: dock.store.filters, warn: dock.journal.debug)
        if compiled.notifies {
            guard let path = source.listenerPath, !path.isEmpty else {
                throw SpecError(path: "linux.seccomp.listenerPath", problem: "is needed for SCMP_ACT_NOTIFY")
            }
            do {
                agent = try Sockets.connect(path).take()
            } catch {
                throw ContainerError("failed to connect with seccomp agent: \(error)")
            }
        } else if source.listenerPath?.isEmpty == false {
            dock.journal.debug("linux.seccomp.listenerPath: no rule notifies")
        }
        return PlannedFilter(program: compiled.program, flags: compiled.flags, notifies: compiled.notifies)
    }

    private func answer(_ phase: Phase, _ pid: Int32) throws -> [Int32] {
        switch phase {
        case .cgroups:
            try makeCgroup(pid: pid)
            Memory.releaseCode()
            return []
        case .maps:
            try writeMaps(spec.linux, pid: pid, isPrivileged: dock.isPrivileged)
            return []
        case .mounted: return try mounted(pid)
        case .agent:
            let bytes = Listening.payload(spec, record.state(.creating, pid: pid), pid: pid)
            let payload = try Memory.file("payload", bytes)
            lent = [payload.take()]
            return [agent] + lent
        case .ready: return []
        }
    }

    /// Descriptors that an answer carries; closed with the next.
    private var lent: [Int32] = [] {
        didSet { for number in oldValue { close(number) } }
    }

    deinit {
        for number in lent { close(number) }
        if agent >= 0 { close(agent) }
    }

    func state(_ status: Status, pid: Int32) -> JSONNode {
        record.state(status, pid: pid).hookNode
    }

    private func lend(_ state: JSONNode) throws -> [Int32] {
        lent = [try Memory.file("state", state.encoded(), isSealed: false).take()]
        return lent
    }

    private func mounted(_ pid: Int32) throws -> [Int32] {
        try moveNetDevices(pid)
        hooksBegan = true
        let state = self.state(.creating, pid: pid)
        try Hooks.run(spec.hooks.prestart, "prestart", state)
        try Hooks.run(spec.hooks.createRuntime, "createRuntime", state)
        return spec.hooks.createContainer.isEmpty ? [] : try lend(state)
    }

    private func moveNetDevices(_ pid: Int32) throws {
        guard !spec.linux.netDevices.isEmpty else { return }
        try NetDevices.move(spec.linux.netDevices, pid: pid)
    }

    /// The container stands: word of it goes to the state and the pid file before the child hears.
    private func commit() throws {
        guard let launch else { return }
        try commit(pid: launch.pid)
    }

    func commit(pid: Int32) throws {
        Memory.releaseCode()
        record.pid = pid
        record.start = Processes.identity(of: pid)?.start ?? 0
        record.phase = .created
        if let resctrl = spec.linux.intelRdt {
            record.resctrl = try Resctrl.enter(resctrl, id: record.id, pid: pid)
        }
        try folder.write(record)
        if let path = options.pidFile { try PidFile.write(pid, to: path) }
    }

    /// Lets the child pass its last phase.
    func go() throws {
        guard let launch else { return }
        let wanted = !spec.hooks.startContainer.isEmpty
        try launch.channel.go(wanted ? try lend(state(.created, pid: launch.pid)) : [])
    }

    /// Removes what was made. The hooks of the end run, as the specification asks, if the beginning's ran.
    func undo() {
        if let launch {
            launch.kill()
            if hooksBegan {
                Hooks.runAll(spec.hooks.poststop, "poststop", state(.stopped, pid: 0), dock.journal)
            }
        }
        do {
            switch cgroupStage {
            case .none: break
            case .begun: try cgroup.abandon()
            case .made:
                try cgroup.kill()
                try cgroup.remove()
            }
        } catch {
            dock.journal.warn("\(error)")
        }
        if let group = record.resctrl { Resctrl.remove(group) }
        if let path = options.pidFile, record.phase == .created { try? Files.remove(path) }
        do { try folder.delete() } catch { dock.journal.warn("\(error)") }
    }

    private func surroundings(waits: Bool) -> Surroundings {
        var around = Surroundings()
        around.rootfs = record.rootfs
        around.bundle = record.bundle
        around.isPrivileged = dock.isPrivileged
        around.uid = Host.uid
        around.gid = Host.gid
        around.asksForCgroups = record.cgroup.driver == .systemd || cgroupStage == .begun
        if record.cgroup.driver == .cgroupfs { around.cgroupFiles = cgroup.joinFiles }
        around.cgroupTrees = CgroupMounts.trees(host, record.cgroup, areMade: cgroupStage == .begun)
        around.preserved = options.preserveFDs + Preserved.listening
        around.noPivot = options.noPivot
        around.keyring = options.noNewKeyring ? nil : "_ses." + record.id
        around.hasConsoleSocket = options.consoleSocket != nil
        around.waits = waits
        around.isNested = outer != nil
        around.hasKcore = Files.exists("/proc/kcore")
        around.hasSELinux = spec.linux.mountLabel != nil && Files.exists("/sys/fs/selinux/enforce")
        return around
    }
}
