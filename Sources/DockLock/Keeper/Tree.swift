import Glibc
import Kernel

/// Removes what a container has left, which may be as deep and as many as it liked.
enum Tree {
    /// How deep the removal descends before it moves what is deeper to the top: descriptors and stack are
    /// bounded, whatever the container has made.
    private static let depthMax = 64

    /// Removes a directory with everything in it, never following a link. One that is gone is no error.
    static func remove(_ path: String) throws(SystemError) {
        guard let top = try openDirectory(path, at: AT_FDCWD) else { return }
        // Counted on and on: what was moved before may still be there.
        var moved = 0
        var before = 0
        repeat {
            before = moved
            try empty(top, top: top, depth: 0, moved: &moved)
        } while moved > before
        try Files.removeDirectory(path)
    }

    private static func openDirectory(_ name: String, at directory: Int32) throws(SystemError) -> Directory? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        do {
            return Directory(try Descriptor.open(name, flags, at: directory).take())
        } catch {
            if error.code == ENOENT { return nil }
            // Without privilege: overlayfs makes its work directory so that nobody may enter.
            guard error.code == EACCES, fchmodat(directory, name, 0o700, 0) == 0 else { throw error }
            return Directory(try Descriptor.open(name, flags, at: directory).take())
        }
    }

    private static func empty(
        _ directory: Directory, top: Directory, depth: Int, moved: inout Int
    ) throws(SystemError) {
        for name in try Files.list(".", at: directory.number) {
            if unlinkat(directory.number, name, 0) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM || errno == ENOTEMPTY else {
                throw SystemError("unlink", errno, name)
            }
            if unlinkat(directory.number, name, AT_REMOVEDIR) == 0 { continue }
            if depth >= depthMax {
                moved += 1
                let place = ".deep-\(getpid())-\(moved)"
                try SystemError.check(
                    renameat(directory.number, name, top.number, place), "rename", name)
                continue
            }
            guard let inner = try openDirectory(name, at: directory.number) else { continue }
            try empty(inner, top: top, depth: depth + 1, moved: &moved)
            try Files.removeDirectory(name, at: directory.number)
        }
    }
}

/// An open directory.
private final class Directory {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}
