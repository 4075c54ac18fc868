import Cgroups
import Glibc
import Kernel
import OCI
import Report
import Verbs

extension Dock {
    /// `delete`: removes a stopped or created container; with force one that runs, too, and whatever a killed
    /// verb has left of it.
    public func delete(_ options: DeleteOptions) throws {
        if options.isPattern {
            let pattern = try Pattern(options.id)
            for id in try store.ids() where pattern.finds(id) { try delete(id, force: options.force) }
            return
        }
        try delete(options.id, force: options.force)
    }

    func delete(_ id: String, force: Bool) throws {
        let folder: Folder
        do {
            folder = force ? try store.seize(id) : try store.lock(id)
        } catch let error as ContainerError where force {
            // runc and crun call this no error, and engines rely on it.
            journal.debug(error.description)
            return
        }
        let record: Record
        do {
            record = try folder.record()
        } catch {
            guard force else { throw ContainerError("container \(id): \(error); delete it with --force") }
            return try deleteWithoutRecord(folder, id)
        }
        let status = record.status(in: folder)
        switch status {
        // Whoever makes a container holds its folder, which we have: so nobody makes it any more.
        case .stopped, .created, .creating: break
        case .running, .paused:
            guard force else {
                throw ContainerError("cannot delete container \(id): it is \(status.rawValue), not stopped")
            }
        }
        if status != .stopped { try end(record) }
        try delete(folder, record, nil)
    }

    /// Kills the first process, and with it everything in its pid namespace.
    func end(_ record: Record) throws {
        guard record.pid > 0, record.isAlive, let process = try? Processes.open(pid: record.pid),
            record.isAlive
        else { return }
        do {
            try Processes.signal(process, SIGKILL)
        } catch {
            guard error.code == ESRCH else { throw error }
            return
        }
        if record.cgroup.driver != .disabled { try? cgroup(of: record).thaw() }
        if Dock.ended(process, within: 200) { return }
        // Someone else's freezer of v1 may hold it, and a frozen process ignores even SIGKILL: take it back.
        if record.cgroup.driver != .disabled { try? cgroup(of: record).add(pid: record.pid) }
        guard Dock.ended(process, within: 10_000) else {
            throw ContainerError("process \(record.pid) does not die")
        }
    }

    private static func ended(_ process: borrowing Descriptor, within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, milliseconds) < 0, errno == EINTR {}
        return entry.revents != 0
    }

    /// Removes what is left of a container whose first process is gone. Repeating it does no harm: a
    /// deletion that was killed is done again from the start.
    func delete(_ folder: Folder, _ record: Record, _ spec: Spec?) throws {
        Memory.releaseCode()
        let cgroup = try cgroup(of: record)
        try cgroup.kill()
        try cgroup.remove()
        if let group = record.resctrl { Resctrl.remove(group) }
        let bytes = spec == nil ? (try? folder.read(Store.configFile)) ?? [] : []
        if let spec = spec ?? (bytes.holds("poststop") ? try? Spec.decode(bytes) : nil) {
            Hooks.runAll(spec.hooks.poststop, "poststop", record.state(.stopped, pid: 0).hookNode, journal)
        }
        try folder.delete()
    }

    /// `create` was killed between making the folder and writing the first state, or the state is damaged.
    /// The configuration may still tell of a cgroup.
    private func deleteWithoutRecord(_ folder: Folder, _ id: String) throws {
        let path = (try? folder.spec())?.linux.cgroupsPath
        let host = try CgroupHost.detect()
        if let place = try? Cgroup.place(
            cgroupsPath: path, id: id, driver: driver, rootless: !isPrivileged, host: host)
        {
            let cgroup = Cgroup(place, host: host)
            try cgroup.kill()
            try cgroup.remove()
        }
        try folder.delete()
    }

    /// `repair`: clears what killed verbs left. A container that lives or has merely stopped stays.
    public func repair(_ id: String?) throws {
        for id in try id.map({ [$0] }) ?? store.ids() {
            let folder = try store.lock(id)
            guard let record = try? folder.record() else {
                journal.warn("container \(id): its state can't be read; removing it")
                try deleteWithoutRecord(folder, id)
                continue
            }
            if record.status(in: folder) == .creating {
                try end(record)
                try delete(folder, record, nil)
            }
        }
    }
}
