import CTree
import Glibc
import Kernel

/// What an image has in a directory: the tree that its layers make together, copied out.
///
/// No link is followed and nothing outside the layers is opened. Where a link of the image's stands in the
/// way to the directory, there is nothing to copy.
struct CopyUp {
    /// Absolute, the topmost first.
    let layers: [String]
    /// How deep a directory may be: each level holds a descriptor a layer.
    private static let depthMax = 256

    /// Copies the content of a directory of the image's, its owner and its mode, into an empty one.
    /// - Parameter path: absolute in the image.
    func copy(_ path: String, into directory: String) throws {
        var folders = try layers.map { try Folder($0, at: AT_FDCWD) }
        for name in path.split(separator: "/") where name != "." {
            guard name != ".." else { return }
            folders = try Folder.merged(String(name), in: folders)
        }
        guard let top = folders.first else { return }
        let target = try Folder(directory, at: AT_FDCWD)
        try fill(target, from: folders, depth: 0)
        try top.dress(target.number)
    }

    private func fill(_ target: Folder, from folders: [Folder], depth: Int) throws {
        guard depth < CopyUp.depthMax else { throw VesselError("a volume's content is too deep to copy") }
        var seen: Set<String> = []
        for (index, folder) in folders.enumerated() {
            for name in try Files.list(".", at: folder.number) where seen.insert(name).inserted {
                var status = stat()
                let found = fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW)
                try SystemError.check(found, "stat", name)
                if Folder.isWhiteout(status) { continue }
                guard status.st_mode & S_IFMT == S_IFDIR else {
                    try copy(name, status, from: folder, to: target)
                    continue
                }
                let inner = try Folder.merged(name, in: Array(folders[index...]))
                try SystemError.check(mkdirat(target.number, name, 0o700), "mkdir", name)
                let made = try Folder(name, at: target.number)
                try fill(made, from: inner, depth: depth + 1)
                try inner.first?.dress(made.number)
            }
        }
    }

    private func copy(_ name: String, _ status: stat, from folder: Folder, to target: Folder) throws {
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            let source = try Descriptor.open(
                name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, at: folder.number)
            let made = try Descriptor.open(
                name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, at: target.number)
            while true {
                let count = sendfile(made.number, source.number, nil, 1 << 30)
                if count < 0, errno == EINTR { continue }
                if try SystemError.check(count, "copy", name) == 0 { break }
            }
            try Folder.dress(made.number, like: source.number, status)
        case S_IFLNK:
            let link = try Files.link(name, at: folder.number)
            try SystemError.check(symlinkat(link, target.number, name), "symlink", name)
            let owned = fchownat(target.number, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
            try SystemError.check(owned, "chown", name)
        case S_IFSOCK: break
        default:
            try SystemError.check(mknodat(target.number, name, status.st_mode, status.st_rdev), "mknod", name)
            let owned = fchownat(target.number, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
            try SystemError.check(owned, "chown", name)
            // chown took set-user-id bits and the umask took others.
            try SystemError.check(fchmodat(target.number, name, status.st_mode & 0o7777, 0), "chmod", name)
        }
    }
}

/// A directory of one layer, or one that is being filled.
private final class Folder {
    let number: Int32

    init(_ path: String, at directory: Int32) throws(SystemError) {
        number = try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: directory).take()
    }

    deinit { close(number) }

    /// A directory of several layers, the topmost first; none where the topmost that has the name has no
    /// directory there.
    static func merged(_ name: String, in folders: [Folder]) throws -> [Folder] {
        var found: [Folder] = []
        for folder in folders {
            var status = stat()
            guard fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                guard errno == ENOENT else { throw SystemError("stat", errno, name) }
                continue
            }
            guard status.st_mode & S_IFMT == S_IFDIR else { break }
            let inner = try Folder(name, at: folder.number)
            found.append(inner)
            if inner.isOpaque { break }
        }
        return found
    }

    /// overlayfs' mark of what a layer removes: a character device 0:0.
    static func isWhiteout(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    /// Whether it hides what lower layers have in it.
    private var isOpaque: Bool {
        ["trusted.overlay.opaque", "user.overlay.opaque"].contains { name in
            var value: UInt8 = 0
            return fgetxattr(number, name, &value, 1) == 1 && value == UInt8(ascii: "y")
        }
    }

    /// Gives a directory the owner, mode, attributes and times of this one.
    func dress(_ target: Int32) throws {
        var status = stat()
        try SystemError.check(fstat(number, &status), "stat")
        try Folder.dress(target, like: number, status)
    }

    static func dress(_ target: Int32, like source: Int32, _ status: stat) throws {
        try SystemError.check(fchown(target, status.st_uid, status.st_gid), "chown")
        try SystemError.check(fchmod(target, status.st_mode & 0o7777), "chmod")
        // After the owner: changing that takes file capabilities away.
        try copyAttributes(from: source, to: target)
        let times = [status.st_atim, status.st_mtim]
        try SystemError.check(futimens(target, times), "set the times")
    }

    private static func copyAttributes(from source: Int32, to target: Int32) throws {
        let size = flistxattr(source, nil, 0)
        guard size > 0 else { return }
        var names = [CChar](repeating: 0, count: size)
        let length = try SystemError.check(flistxattr(source, &names, size), "list attributes")
        for part in names[..<length].split(separator: 0) {
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // What overlayfs says of its layers is none of the content's.
            guard !name.hasPrefix("trusted."), !name.hasPrefix("user.overlay.") else { continue }
            let size = try SystemError.check(fgetxattr(source, name, nil, 0), "read attribute", name)
            var value = [UInt8](repeating: 0, count: size)
            let count = try SystemError.check(fgetxattr(source, name, &value, size), "read attribute", name)
            try SystemError.check(Int(fsetxattr(target, name, value, count, 0)), "set attribute", name)
        }
    }
}
