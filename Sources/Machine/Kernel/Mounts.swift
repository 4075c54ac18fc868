import CKernel
import Glibc

/// Mounts that are made before a child exists to make them.
public enum Mounts {
    /// A detached copy of the mount at `path`, which the host's mounts reach but which never reaches them:
    /// a copy of a shared mount would otherwise be the host's peer, and no root to pivot to.
    public static func tree(_ path: String, recursive: Bool, nofollow: Bool) throws(SystemError) -> Int32 {
        let tree = Descriptor(
            try SystemError.checkReturned(
                dl_open_tree(AT_FDCWD, path, recursive ? 1 : 0, nofollow ? 1 : 0), "open", path))
        try SystemError.checkReturned(dl_tree_slave(tree.number, recursive ? 1 : 0), "detach", path)
        return tree.take()
    }

    /// Maps the ids of a detached mount as a user namespace does.
    public static func map(
        _ tree: Int32, _ namespace: borrowing Descriptor, recursive: Bool
    ) throws(SystemError) {
        try SystemError.checkReturned(
            dl_tree_map(tree, recursive ? 1 : 0, namespace.number), "map the ids of a mount")
    }

    /// A user namespace with these maps, held by nobody but its descriptor.
    public static func userNamespace(uid: String, gid: String) throws(SystemError) -> Int32 {
        try SystemError.checkReturned(dl_user_namespace(uid, gid), "make a user namespace")
    }
}

/// Who runs this program, and when.
public enum Host {
    public static var uid: UInt32 { geteuid() }
    /// The user's name, or the number where it has none: from /etc/passwd, since a static program has no
    /// other sources of names.
    public static var userName: String {
        let number = String(uid)
        if uid == 0 { return "root" }
        guard let bytes = try? Files.read("/etc/passwd") else { return number }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(
                separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            if fields.count > 2, fields[2].elementsEqual(number.utf8) {
                return String(decoding: fields[0], as: UTF8.self)
            }
        }
        return number
    }

    public static var gid: UInt32 { getegid() }

    /// Seconds and nanoseconds since 1970.
    public static func now() -> (seconds: Int64, nanoseconds: Int64) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }

    public static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Whether this process is root where uid 0 is the host's: its map is the whole range.
    public static var isInitialUserNamespace: Bool {
        guard let map = try? Files.read("/proc/self/uid_map") else { return true }
        let words = map.split(whereSeparator: { $0 == 32 || $0 == 10 })
        return words.count == 3 && words[0].elementsEqual("0".utf8) && words[1].elementsEqual("0".utf8)
            && words[2].elementsEqual("4294967295".utf8)
    }
}
