import Cgroups
import Glibc
import Kernel
import OCI
import Report

extension Record {
    /// Whether the first process is alive. Its pid alone would not tell: pids come again.
    var isAlive: Bool {
        guard let found = Processes.identity(of: pid) else { return false }
        return found.start == start && found.state != UInt8(ascii: "Z") && found.state != UInt8(ascii: "X")
    }

    /// What `state`, `list` and the hooks tell.
    func state(_ status: Status, pid: Int32) -> ContainerState {
        var state = ContainerState(id: id, status: status, pid: pid, bundle: bundle)
        state.annotations = annotations
        state.rootfs = rootfs
        state.created = created
        state.owner = owner
        state.systemdScope = cgroup.scope
        return state
    }

    func status(in folder: Folder) -> Status {
        guard phase == .created else { return .creating }
        guard isAlive else { return .stopped }
        // One that was paused before it was started has to be resumed first.
        if isFrozen { return .paused }
        return isWaiting(in: folder) ? .created : .running
    }

    /// A container that waits for `start` holds the fifo open, and exec closes it: so the fifo's having a
    /// reader is the state itself, not a note about it.
    func isWaiting(in folder: Folder) -> Bool {
        let fd = openat(folder.directory.number, Store.fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        guard fd >= 0 else { return false }
        close(fd)
        return true
    }

    private var isFrozen: Bool {
        guard cgroup.driver != .disabled, let host = try? CgroupHost.detect() else { return false }
        return (try? Cgroup(cgroup, host: host).isFrozen()) ?? false
    }
}
