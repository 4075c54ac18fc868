import Cgroups
import Glibc
import Kernel
import OCI
import Report
import Verbs

/// Where containers lie, and what holds for every verb of one command line. Each verb is a method.
public struct Dock: Sendable {
    let store: Store
    let driver: CgroupDriver
    let criu: String
    let journal: Journal
    /// Whether this is root of the host's own user namespace.
    let isPrivileged: Bool

    public init(_ globals: Globals, journal: Journal) {
        let isRoot = Host.uid == 0
        let root = globals.stateRoot(
            isRoot: isRoot, runtimeDirectory: Host.environment("XDG_RUNTIME_DIR"))
        store = Store(root: root.utf8.first == UInt8(ascii: "/") ? root : Dock.workingDirectory + "/" + root)
        driver =
            switch globals.cgroupManager {
            case .cgroupfs: .cgroupfs
            case .systemd: .systemd
            case .disabled: .disabled
            }
        criu = globals.criu
        self.journal = journal
        switch globals.rootless {
        case .yes: isPrivileged = false
        case .no: isPrivileged = true
        case .auto: isPrivileged = isRoot && Host.isInitialUserNamespace
        }
    }

    static var workingDirectory: String { (try? Files.link("/proc/self/cwd")) ?? "/" }

    static func absolute(_ path: String) -> String {
        path.utf8.first == UInt8(ascii: "/") ? path : workingDirectory + "/" + path
    }

    func cgroup(of record: Record) throws -> Cgroup {
        Cgroup(record.cgroup, host: try CgroupHost.detect())
    }

    /// A container that must be alive, with its folder locked.
    func living(_ id: String) throws -> (Folder, Record, Status) {
        let folder = try store.lock(id)
        let record = try folder.record()
        let status = record.status(in: folder)
        guard status != .stopped, status != .creating else {
            throw ContainerError("container \(id) is not running: \(status.rawValue)")
        }
        return (folder, record, status)
    }
}
