import Glibc
import Kernel

/// A folder beside the one that is to be made, where it grows until it is whole. Locked while its maker
/// lives, so that what a dead one left can be told from what a living one makes.
struct Staging: ~Copyable {
    static let mark = ".part-"

    let path: String
    private let lock: Descriptor

    /// Makes `<directory>.part-XXXXXX`, open to nobody else.
    init(beside directory: String) throws(SystemError) {
        while true {
            var template = Array((directory + Staging.mark + "XXXXXX").utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError("mkdir", errno, directory) }
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let lock = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            if flock(lock.number, LOCK_EX | LOCK_NB) == 0, Staging.isSame(path, lock) {
                self.path = path
                self.lock = lock
                return
            }
            // Swept away between its making and its lock: once more.
        }
    }

    /// A descriptor of the folder for its maker.
    func root() throws(SystemError) -> Descriptor {
        try Descriptor.open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW)
    }

    /// Gives it its mode and its place in one step. True where it took the place; where somebody else was
    /// first, this one is removed.
    func settle(at directory: String, mode: mode_t) throws(SystemError) -> Bool {
        try SystemError.check(fchmod(lock.number, mode), "chmod", path)
        if renameat2(AT_FDCWD, path, AT_FDCWD, directory, UInt32(RENAME_NOREPLACE)) == 0 { return true }
        guard errno == EEXIST else { throw SystemError("rename", errno, directory) }
        discard()
        return false
    }

    /// Removes it; what can't be removed now, `sweep` removes later.
    func discard() { try? Removal.remove(path, at: AT_FDCWD) }

    /// Removes what makers that died left in a folder.
    static func sweep(_ folder: String) throws(SystemError) {
        for name in try Files.list(folder) where name.contains(mark) {
            guard let lock = try? Descriptor.open(folder + "/" + name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            else { continue }
            if flock(lock.number, LOCK_EX | LOCK_NB) == 0 {
                try Removal.remove(folder + "/" + name, at: AT_FDCWD)
            }
        }
    }

    private static func isSame(_ path: String, _ held: borrowing Descriptor) -> Bool {
        var named = stat()
        var open = stat()
        return lstat(path, &named) == 0 && fstat(held.number, &open) == 0 && named.st_ino == open.st_ino
            && named.st_dev == open.st_dev
    }
}
