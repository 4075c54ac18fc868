import Glibc

/// Directories with all in them.
public enum Trees {
    /// Removes a tree, or a file; one that is not there is no error. Nothing outside is touched: no symbolic
    /// link is followed, and mounts in it stop the work with EBUSY.
    public static func remove(_ path: String) throws(SystemError) {
        try remove(path, in: AT_FDCWD)
    }

    private static func remove(_ name: String, in directory: Int32) throws(SystemError) {
        if unlinkat(directory, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM || errno == EACCES else {
            throw SystemError("unlink", errno, name)
        }
        if unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return }
        guard errno == ENOTEMPTY || errno == EEXIST || errno == EACCES else {
            throw SystemError("rmdir", errno, name)
        }
        try empty(name, in: directory)
        guard unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw SystemError("rmdir", errno, name)
        }
    }

    /// Removes what is in a directory. Subdirectories that are not empty have their own directories renamed
    /// into this one, so that the work is as flat as the tree is deep.
    private static func empty(_ name: String, in directory: Int32) throws(SystemError) {
        let top = try open(name, in: directory)
        var number = 0
        while true {
            let names = try Files.list(".", at: top.number)
            if names.isEmpty { return }
            for entry in names {
                if unlinkat(top.number, entry, 0) == 0 || errno == ENOENT { continue }
                guard errno == EISDIR || errno == EPERM || errno == EACCES else {
                    throw SystemError("unlink", errno, entry)
                }
                if unlinkat(top.number, entry, AT_REMOVEDIR) == 0 || errno == ENOENT { continue }
                let folder = try open(entry, in: top.number)
                for inner in try Files.list(".", at: folder.number) {
                    if unlinkat(folder.number, inner, 0) == 0 || errno == ENOENT { continue }
                    if unlinkat(folder.number, inner, AT_REMOVEDIR) == 0 { continue }
                    try moveUp(inner, from: folder.number, to: top.number, &number)
                }
                guard unlinkat(top.number, entry, AT_REMOVEDIR) == 0 || errno == ENOENT else {
                    throw SystemError("rmdir", errno, entry)
                }
            }
        }
    }

    /// RENAME_NOREPLACE
    private static let noReplace: UInt32 = 1

    private static func moveUp(
        _ name: String, from folder: Int32, to top: Int32, _ number: inout Int
    ) throws(SystemError) {
        var isAllowed = false
        while true {
            let draft = ".gone-" + String(number)
            number += 1
            if renameat2(folder, name, top, draft, noReplace) == 0 { return }
            if errno == EEXIST { continue }
            // A directory that may not be written cannot change its parent.
            guard errno == EACCES, !isAllowed, fchmodat(folder, name, 0o700, 0) == 0 else {
                throw SystemError("rename", errno, name)
            }
            isAllowed = true
        }
    }

    /// A directory open for listing; a user's own that forbids it is first allowed.
    private static func open(_ name: String, in directory: Int32) throws(SystemError) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        do throws(SystemError) {
            let folder = try Descriptor.open(name, flags, at: directory)
            if faccessat(folder.number, ".", W_OK | X_OK, AT_EACCESS) != 0 {
                _ = fchmod(folder.number, 0o700)
            }
            return folder
        } catch {
            guard error.code == EACCES, fchmodat(directory, name, 0o700, 0) == 0 else { throw error }
            return try Descriptor.open(name, flags, at: directory)
        }
    }
}
