import CTree
import Glibc
import Kernel

/// A directory that is a root: every path below it, whatever links and `..` it holds, stays below it.
final class Root {
    private let folder: Descriptor
    /// What messages call it.
    let name: String

    init(_ path: String, name: String) throws(SystemError) {
        folder = try Descriptor.open(path, O_PATH | O_DIRECTORY)
        self.name = name
    }

    /// What a path leads to. Links are followed as a process with this root would see them.
    func open(_ path: String, _ flags: Int32) throws(SystemError) -> Descriptor {
        var relative = path.drop { $0 == "/" }
        if relative.isEmpty { relative = "." }
        return Descriptor(
            try SystemError.checkReturned(
                dl_open_in_root(folder.number, String(relative), flags), "open", name + path))
    }

    /// What a path leads to is, or nil where it leads nowhere.
    func status(_ path: String) throws(SystemError) -> stat? {
        let number: Descriptor
        do throws(SystemError) {
            number = try open(path, O_PATH)
        } catch {
            guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
            return nil
        }
        var status = stat()
        try SystemError.check(fstat(number.number, &status), "stat", path)
        return status
    }

    /// A small file; nil where there is none.
    func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
        guard let status = try status(path), status.isFile else { return nil }
        return try open(path, O_RDONLY | O_NONBLOCK).readAll(limit: limit, name: path)
    }

    /// Makes a folder and the missing ones above it: open to all, and of that owner. True where it was not
    /// there.
    @discardableResult
    func makeFolders(_ path: String, owner: Owner) throws(SystemError) -> Bool {
        var made = false
        var above = ""
        for step in path.split(separator: "/") {
            let inner = above + "/" + step
            if let status = try status(inner) {
                guard status.isFolder else { throw SystemError("make the directory", ENOTDIR, inner) }
            } else {
                let parent = try open(above, O_PATH | O_DIRECTORY)
                let name = String(step)
                try SystemError.check(mkdirat(parent.number, name, 0o755), "make the directory", inner)
                try SystemError.check(fchmodat(parent.number, name, 0o755, 0), "chmod", inner)
                try SystemError.check(
                    fchownat(parent.number, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW), "chown", inner)
                made = true
            }
            above = inner
        }
        return made
    }
}
