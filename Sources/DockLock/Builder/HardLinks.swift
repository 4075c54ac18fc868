import Glibc
import Kernel

/// Files of a tree that have several names, while it is copied: the copy has them, too.
final class HardLinks {
    private struct Identity: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    /// Of more files than this the later ones are copied name by name: each costs a descriptor.
    private static let filesMax = 256

    private var copies: [Identity: Int32] = [:]

    deinit { for copy in copies.values { close(copy) } }

    /// Keeps a copy of a file that has further names.
    func keep(_ status: stat, _ copy: Int32) throws(SystemError) {
        guard status.st_nlink > 1, copies.count < Self.filesMax else { return }
        let identity = Identity(device: status.st_dev, inode: status.st_ino)
        guard copies[identity] == nil else { return }
        copies[identity] = try SystemError.check(fcntl(copy, F_DUPFD_CLOEXEC, 3), "dup")
    }

    /// Gives the copy of a file a further name; false where there is none yet.
    func link(
        _ status: stat, as name: Names.Name, _ folder: borrowing Descriptor, _ path: String
    ) throws(SystemError) -> Bool {
        guard status.st_nlink > 1,
            let copy = copies[Identity(device: status.st_dev, inode: status.st_ino)]
        else { return false }
        // By its name under /proc: linking by a descriptor alone is root's.
        let made = linkat(
            AT_FDCWD, "/proc/self/fd/\(copy)", folder.number, name, Int32(AT_SYMLINK_FOLLOW))
        try SystemError.check(made, "link", path)
        return true
    }
}
