import CTree
import Glibc
import Kernel

/// The folders from a layer's root to where entries are being made, each held open, so that the next entry
/// costs no walk. When one is left it gets back the time that the archive gave it, which every new name in it
/// had changed.
final class Folders {
    struct Level {
        let descriptor: Int32
        let name: UnsafeMutablePointer<CChar>?
        var time: timespec
        var isTouched: Bool
        /// What is made in it takes its group, whoever makes it.
        var givesGroup: Bool
    }

    private var levels: [Level] = []
    private let privilege: Privilege

    /// Takes ownership of the root's descriptor.
    init(root: consuming Descriptor, privilege: Privilege) {
        self.privilege = privilege
        levels = [
            Level(
                descriptor: root.take(), name: nil, time: timespec(), isTouched: true, givesGroup: false)
        ]
    }

    deinit { for level in levels { Folders.close(level) } }

    var root: Int32 { levels[0].descriptor }
    var top: Int32 { levels[levels.count - 1].descriptor }
    var topGivesGroup: Bool { levels[levels.count - 1].givesGroup }

    /// Something is made or removed in the folder entered last.
    func touch() { levels[levels.count - 1].isTouched = true }

    /// Goes to the folder of the path's first `count` names, making those that are missing.
    func enter(_ path: PathBuffer, _ count: Int) throws(SystemError) {
        var common = 0
        while common < count, common + 1 < levels.count, let name = levels[common + 1].name,
            strcmp(name, path.name(common)) == 0
        {
            common += 1
        }
        try leave(to: common)
        for index in common..<count { try push(path, index) }
    }

    /// Leaves all folders, the root too: their times are set.
    func leaveAll() throws(SystemError) {
        try leave(to: 0)
        try restore(levels[0])
    }

    /// Enters a folder that was just made or found in the last one entered, and gives it this time.
    func push(made name: UnsafePointer<CChar>, time: timespec, mode: mode_t) throws(SystemError) {
        let descriptor = openat(top, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        try SystemError.check(descriptor, "open", String(cString: name))
        levels.append(
            Level(
                descriptor: descriptor, name: strdup(name), time: time, isTouched: true,
                givesGroup: mode & S_ISGID != 0))
    }

    /// The root's own time.
    func setRootTime(_ time: timespec) { levels[0].time = time }

    /// Marks a folder so that overlayfs shows nothing of what lies below it in other layers.
    func setOpaque(_ folder: Int32) throws(SystemError) {
        let name = Array(privilege.opaque.utf8)
        try Folders.setAttribute(name, [UInt8(ascii: "y")], Listing.path(folder))
    }

    /// Sets an extended attribute of what a path names, itself where it is a link.
    static func setAttribute(_ name: [UInt8], _ value: [UInt8], _ path: [CChar]) throws(SystemError) {
        let terminated = name.map { CChar(bitPattern: $0) } + [0]
        try SystemError.check(
            lsetxattr(path, terminated, value, value.count, 0),
            "set the attribute \(String(decoding: name, as: UTF8.self))")
    }

    private func push(_ path: PathBuffer, _ index: Int) throws(SystemError) {
        let name = path.name(index)
        var descriptor = openat(top, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 {
            switch errno {
            case ENOENT: return try makeMissing(name, isOpaque: false)
            case ENOTDIR, ELOOP:
                // Made by a whiteout of this layer, and now there is something below the name.
                if Folders.isWhiteout(top, name) {
                    try SystemError.check(unlinkat(top, name, 0), "unlink", String(cString: name))
                    return try makeMissing(name, isOpaque: true)
                }
                // A link: it means what it would mean to a process with this layer as its root.
                descriptor = try SystemError.checkReturned(
                    dl_open_in_root(root, path.prefix(index + 1), O_PATH | O_DIRECTORY), "open",
                    path.text(index + 1))
            default: throw SystemError("open", errno, String(cString: name))
            }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw SystemError("stat", code, String(cString: name))
        }
        levels.append(
            Level(
                descriptor: descriptor, name: strdup(name), time: status.st_mtim, isTouched: false,
                givesGroup: status.st_mode & S_ISGID != 0))
    }

    /// A folder that the archive has no entry for: root's, open to all, and of no time.
    private func makeMissing(_ name: UnsafePointer<CChar>, isOpaque: Bool) throws(SystemError) {
        touch()
        try SystemError.check(mkdirat(top, name, 0o755), "mkdir", String(cString: name))
        try SystemError.check(fchmodat(top, name, 0o755, 0), "chmod", String(cString: name))
        if topGivesGroup { try SystemError.check(fchownat(top, name, 0, 0, AT_SYMLINK_NOFOLLOW), "chown") }
        try push(made: name, time: timespec(), mode: 0o755)
        if isOpaque { try setOpaque(top) }
    }

    private func leave(to count: Int) throws(SystemError) {
        while levels.count > count + 1, let level = levels.popLast() {
            defer { Folders.close(level) }
            try restore(level)
        }
    }

    private func restore(_ level: Level) throws(SystemError) {
        guard level.isTouched else { return }
        let times = [level.time, level.time]
        try SystemError.check(
            utimensat(level.descriptor, "", times, AT_EMPTY_PATH), "set the time of a folder")
    }

    private static func close(_ level: Level) {
        Glibc.close(level.descriptor)
        free(level.name)
    }

    /// Overlayfs' mark for a name that is gone: a character device of number 0.
    static func isWhiteout(_ folder: Int32, _ name: UnsafePointer<CChar>) -> Bool {
        var status = stat()
        return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && isWhiteout(status)
    }

    static func isWhiteout(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }
}
