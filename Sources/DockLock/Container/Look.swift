import CKernel
import Cgroups
import Glibc
import JSON
import Kernel
import OCI
import Report
import Verbs

extension Dock {
    /// `state`: one container's, as JSON.
    public func state(_ id: String) throws -> [UInt8] {
        try look(id).node.encoded(pretty: true) + [UInt8(ascii: "\n")]
    }

    private func look(_ id: String) throws -> ContainerState {
        let folder = try store.open(id)
        let record: Record
        do {
            record = try folder.record()
        } catch let error as SystemError where error.code == ENOENT {
            // Its maker has the folder, and nothing more yet.
            return ContainerState(id: id, status: .creating, pid: 0, bundle: "")
        }
        let status = record.status(in: folder)
        return record.state(status, pid: status == .stopped ? 0 : record.pid)
    }

    /// `list`: every container below the root.
    public func list(_ options: ListOptions) throws -> [UInt8] {
        var states: [ContainerState] = []
        for id in try store.ids() {
            do {
                states.append(try look(id))
            } catch let error as ContainerError where error == .absent(id) {
                continue  // deleted since
            } catch {
                journal.warn("container \(id): \(error)")
                states.append(ContainerState(id: id, status: .stopped, pid: 0, bundle: ""))
            }
        }
        if options.quiet { return Listing.ids(states) }
        return options.format == .json ? Listing.json(states) : Listing.table(states)
    }

    /// `ps`: the processes of a container, as ps(1) shows them or as a list of pids.
    public func ps(_ options: PsOptions) throws -> [UInt8] {
        let folder = try store.open(options.id)
        let record = try folder.record()
        let pids = try withCgroup(record).processes()
        if options.format == .json { return ProcessTable.json(pids) }
        guard let program = ["/bin/ps", "/usr/bin/ps"].first(where: { Files.exists($0) }) else {
            throw ContainerError("ps(1) is not installed; --format json works without it")
        }
        let output = try Memory.file("ps", [], isSealed: false)
        let args = ["ps"] + (options.psArgs.isEmpty ? ["-ef"] : options.psArgs)
        let status = try Processes.run(program, args, env: ["PATH=/usr/bin:/bin"], output: output.number)
        guard status == 0 else { throw ContainerError("ps(1) failed with status \(status ?? -1)") }
        lseek(output.number, 0, SEEK_SET)
        return try ProcessTable.table(try output.readAll(), pids: pids)
    }

    /// `update`: new limits for a container that runs.
    public func update(_ options: UpdateOptions) throws {
        let (folder, record, _) = try living(options.id)
        var resources = options.resources
        if let file = options.resourcesFile {
            let bytes = file == "-" ? try standardInput() : try Files.read(file, limit: 16 << 20)
            resources = try Resources.decode(bytes)
        }
        _ = folder
        if options.l3CacheSchema != nil || options.memBwSchema != nil {
            guard let group = record.resctrl else {
                throw ContainerError("container \(options.id) has no class of Intel RDT")
            }
            try Resctrl.update(group, l3: options.l3CacheSchema, bandwidth: options.memBwSchema)
        }
        try withCgroup(record).apply(resources, update: true)
    }

    private func standardInput() throws -> [UInt8] {
        let input = Descriptor(try SystemError.check(dup(0), "dup"))
        return try input.readAll(limit: 16 << 20, name: "standard input")
    }

    /// `spec`: writes a configuration to start from.
    public func spec(_ options: SpecOptions) throws {
        let unified = try CgroupHost.detect().hierarchies.isEmpty
        let node =
            options.rootless
            ? Template.rootless(uid: Host.uid, gid: Host.gid, unified: unified)
            : Template.configuration(unified: unified)
        let path =
            options.file.utf8.first == UInt8(ascii: "/") ? options.file : options.bundle + "/" + options.file
        guard !Files.exists(path) else { throw ContainerError("\(path) exists already; remove it first") }
        try Files.replace(path, with: node.encoded(pretty: true) + [UInt8(ascii: "\n")], mode: 0o666)
    }

    /// `events`: what the cgroup counts, every `interval`, and when it runs out of memory; `print` takes
    /// a line.
    public func events(_ options: EventsOptions, print: ([UInt8]) throws -> Void) throws {
        let folder = try store.open(options.id)
        let record = try folder.record()
        let cgroup = try withCgroup(record)
        guard record.isAlive else { throw ContainerError("container \(options.id) is not running") }
        if options.statsOnly {
            return try print(Report.Events.statistics(try cgroup.statistics(), id: options.id))
        }
        var watch = try cgroup.watchOOM()
        let process = try Processes.open(pid: record.pid)
        let timer = Descriptor(try SystemError.check(timerfd_create(CLOCK_MONOTONIC, 0x80000), "timerfd"))
        let every = timespec(
            tv_sec: Int(options.interval / 1_000_000_000), tv_nsec: Int(options.interval % 1_000_000_000))
        var setting = itimerspec(it_interval: every, it_value: every)
        try SystemError.check(timerfd_settime(timer.number, 0, &setting, nil), "timerfd")
        while true {
            var entries = [timer.number, watch.descriptor.number, process.number].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            if poll(&entries, 3, -1) < 0, errno != EINTR { throw SystemError("poll", errno) }
            // Memory that runs out may end the container itself: both are there then.
            if entries[1].revents != 0 || entries[2].revents != 0 {
                let events = watch.next()
                if events.outOfMemory { try print(Report.Events.outOfMemory(id: options.id)) }
                if events.ended || entries[2].revents != 0 { return }
            }
            if entries[0].revents != 0 {
                var count: UInt64 = 0
                _ = read(timer.number, &count, 8)
                try print(Report.Events.statistics(try cgroup.statistics(), id: options.id))
            }
        }
    }
}
