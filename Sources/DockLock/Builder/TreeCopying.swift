import CTree
import Containerfile
import Glibc
import Kernel

/// Copies files and trees from one root into another. Below the directories that it is given, every step is
/// one name, and no link is followed.
struct TreeCopying {
    private static let depthMax = 256
    /// Whose all copies are; nil for each its source's.
    var owner: Owner?
    /// The mode of all files and folders; nil for each its source's.
    var mode: UInt32?
    /// What of the source is left out.
    var ignored = IgnoreList()
    /// Whether devices are copied: those of an image, but not of a context, whose maker need not be root.
    var takesDevices = false

    private let links = HardLinks()

    /// Copies what is in a folder. `path` is the folder's from the source's root.
    func fill(
        _ target: borrowing Descriptor, from source: borrowing Descriptor, _ path: String, depth: Int = 0
    ) throws {
        guard depth < Self.depthMax else {
            throw BuildError("\(path): more than \(Self.depthMax) folders deep")
        }
        for name in try Files.names(in: source.number) {
            let inner = path.isEmpty ? Names.text(name) : path + "/" + Names.text(name)
            guard let status = try Names.status(source.number, name) else { continue }
            if ignored.leavesOut(inner) {
                guard ignored.hasExceptions, status.isFolder, try holdsAny(source, name, inner, depth) else {
                    continue
                }
            }
            try copy(name, status, source, as: name, target, inner, depth)
        }
    }

    /// Whether something below a folder that is left out is not.
    private func holdsAny(
        _ folder: borrowing Descriptor, _ name: Names.Name, _ path: String, _ depth: Int
    ) throws -> Bool {
        guard depth < Self.depthMax else { return false }
        let inner = try Names.open(folder.number, name, O_RDONLY | O_DIRECTORY)
        for name in try Files.names(in: inner.number) {
            let path = path + "/" + Names.text(name)
            if !ignored.leavesOut(path) { return true }
            guard let status = try Names.status(inner.number, name), status.isFolder else { continue }
            if try holdsAny(inner, name, path, depth + 1) { return true }
        }
        return false
    }

    private func copy(
        _ name: Names.Name, _ status: stat, _ source: borrowing Descriptor, as made: Names.Name,
        _ target: borrowing Descriptor, _ path: String, _ depth: Int
    ) throws {
        switch status.kind {
        case S_IFDIR:
            let from = try Names.open(source.number, name, O_RDONLY | O_DIRECTORY)
            try copyFolder(from, as: made, target, path, depth)
        case S_IFREG:
            let from = try Names.open(source.number, name, O_RDONLY | O_NONBLOCK)
            try copyFile(from, as: made, target, path)
        case S_IFLNK:
            var link = [CChar](repeating: 0, count: 4097)
            let count = try SystemError.check(
                readlinkat(source.number, name, &link, link.count - 1), "readlink", path)
            link[count] = 0
            try makeRoom(made, target, path)
            try SystemError.check(symlinkat(link, target.number, made), "symlink", path)
            try dress(made, target, status, path)
        case S_IFSOCK: break
        default:
            guard status.kind == S_IFIFO || takesDevices && status.st_rdev != 0 else {
                throw BuildError("\(path) is a device, which is not copied")
            }
            try makeRoom(made, target, path)
            try SystemError.check(
                mknodat(target.number, made, status.kind | 0o600, status.st_rdev), "mknod", path)
            try dress(made, target, status, path)
        }
    }

    /// Copies a file that is open; what has its name goes, unless it is a folder.
    func copyFile(
        _ source: borrowing Descriptor, as name: Names.Name, _ target: borrowing Descriptor, _ path: String
    ) throws {
        var status = stat()
        try SystemError.check(fstat(source.number, &status), "stat", path)
        guard status.isFile else { throw BuildError("\(path) is no file") }
        try makeRoom(name, target, path)
        if try links.link(status, as: name, target, path) { return }
        let number = openat(
            target.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        let made = Descriptor(try SystemError.check(number, "create", path))
        while true {
            let count = sendfile(made.number, source.number, nil, 1 << 30)
            if count < 0, errno == EINTR { continue }
            if try SystemError.check(count, "copy", path) == 0 { break }
        }
        try dress(made.number, source.number, status, path)
        try links.keep(status, made.number)
    }

    /// A file of bytes that are all there.
    func make(
        _ bytes: [UInt8], as name: Names.Name, _ target: borrowing Descriptor, _ path: String
    ) throws {
        try makeRoom(name, target, path)
        let number = openat(
            target.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        let made = Descriptor(try SystemError.check(number, "create", path))
        try made.write(bytes, name: path)
        let owner = owner ?? Owner()
        try SystemError.check(fchown(made.number, owner.uid, owner.gid), "chown", path)
        try SystemError.check(fchmod(made.number, mode.map { mode_t($0) } ?? 0o644), "chmod", path)
    }

    private func copyFolder(
        _ source: borrowing Descriptor, as name: Names.Name, _ target: borrowing Descriptor,
        _ path: String, _ depth: Int
    ) throws {
        var status = stat()
        try SystemError.check(fstat(source.number, &status), "stat", path)
        if mkdirat(target.number, name, 0o700) != 0 {
            guard errno == EEXIST else { throw SystemError("mkdir", errno, path) }
            guard try Names.status(target.number, name)?.isFolder == true else {
                throw BuildError("\(path) is a directory, and what has its name in the image is none")
            }
        }
        let made = try Names.open(target.number, name, O_RDONLY | O_DIRECTORY)
        try fill(made, from: source, path, depth: depth + 1)
        try dress(made.number, source.number, status, path)
    }

    /// Takes away what has a name, unless it is a folder.
    private func makeRoom(
        _ name: Names.Name, _ target: borrowing Descriptor, _ path: String
    ) throws {
        if unlinkat(target.number, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemError("replace", errno, path) }
        throw BuildError("\(path) is no directory, and what has its name in the image is one")
    }

    // MARK: Owners, modes, attributes, times

    private func owner(_ status: stat) -> Owner {
        if let owner { return owner }
        var own = Owner()
        (own.uid, own.gid) = (status.st_uid, status.st_gid)
        return own
    }

    /// What is open gets all that its source has beside its content.
    private func dress(_ made: Int32, _ source: Int32, _ status: stat, _ path: String) throws {
        let owner = owner(status)
        try SystemError.check(fchown(made, owner.uid, owner.gid), "chown", path)
        try SystemError.check(fchmod(made, mode.map { mode_t($0) } ?? status.st_mode & 0o7777), "chmod", path)
        try copyAttributes(made, source, path)
        try SystemError.check(futimens(made, [status.st_atim, status.st_mtim]), "set the times", path)
    }

    /// The same for what can't be opened.
    private func dress(
        _ name: Names.Name, _ target: borrowing Descriptor, _ status: stat, _ path: String
    ) throws {
        let owner = owner(status)
        try SystemError.check(
            fchownat(target.number, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW), "chown", path)
        if status.kind != S_IFLNK {
            let mode = mode.map { mode_t($0) } ?? status.st_mode & 0o7777
            try SystemError.check(fchmodat(target.number, name, mode, 0), "chmod", path)
        }
        try SystemError.check(
            utimensat(target.number, name, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW),
            "set the times", path)
    }

    /// Users' own attributes and the capabilities of programs; labels of security modules are the host's.
    private func copyAttributes(_ made: Int32, _ source: Int32, _ path: String) throws {
        var list = [CChar](repeating: 0, count: 64 << 10)
        let count = flistxattr(source, &list, list.count)
        if count < 0, errno == ENOTSUP { return }
        try SystemError.check(count, "list attributes of", path)
        for name in list[..<count].split(separator: 0) {
            let text = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text == "security.capability" || text.hasPrefix("user.") && !text.hasPrefix("user.overlay.")
            else { continue }
            var value = [UInt8](repeating: 0, count: 64 << 10)
            let size = fgetxattr(source, text, &value, value.count)
            try SystemError.check(size, "read an attribute of", path)
            try SystemError.check(fsetxattr(made, text, value, size, 0), "set an attribute of", path)
        }
    }
}
