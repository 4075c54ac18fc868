import CTree
import Glibc
import Kernel

/// A directory's entries by name, and what they are.
enum Listing {
    /// nil where there is no such name.
    static func status(_ folder: Int32, _ name: [CChar]) throws(SystemError) -> stat? {
        var status = stat()
        if fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        guard errno == ENOENT || errno == ENOTDIR else { throw SystemError("stat", errno) }
        return nil
    }

    /// A folder for walking further; nil where the name is none.
    static func open(_ folder: Int32, _ name: [CChar]) throws(SystemError) -> Int32? {
        let inner = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if inner >= 0 { return inner }
        guard errno == ENOENT || errno == ENOTDIR || errno == ELOOP else { throw SystemError("open", errno) }
        return nil
    }

    /// A path to a name in an open folder for calls that take no descriptor; to the folder itself without a
    /// name. In bytes: a name need not be UTF-8.
    static func path(_ folder: Int32, _ name: [CChar] = [0x2e, 0]) -> [CChar] {
        "/proc/self/fd/\(folder)/".utf8.map { CChar(bitPattern: $0) } + name
    }

    /// Names of all extended attributes of what a path leads to, sorted.
    static func attributes(_ path: [CChar]) throws(SystemError) -> [[UInt8]] {
        var buffer = [CChar](repeating: 0, count: 1024)
        while true {
            let count = llistxattr(path, &buffer, buffer.count)
            if count >= 0 {
                let names = buffer[..<count].split(separator: 0).map { $0.map { UInt8(bitPattern: $0) } }
                return names.sorted { $0.lexicographicallyPrecedes($1) }
            }
            if errno == ENOTSUP { return [] }
            guard errno == ERANGE, buffer.count < 1 << 20 else { throw SystemError("list attributes", errno) }
            buffer = [CChar](repeating: 0, count: buffer.count * 4)
        }
    }

    /// An attribute's value; nil where there is none of the name.
    static func attribute(_ path: [CChar], _ name: String) throws(SystemError) -> [UInt8]? {
        // The kernel allows no value of more.
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = lgetxattr(path, name, &buffer, buffer.count)
        if count >= 0 { return Array(buffer[..<count]) }
        guard errno == ENODATA || errno == ENOTSUP else {
            throw SystemError("read the attribute \(name)", errno)
        }
        return nil
    }

    /// Whether overlayfs shows nothing of other layers below this folder.
    static func isOpaque(_ folder: Int32, _ privilege: Privilege) throws(SystemError) -> Bool {
        try attribute(path(folder), privilege.opaque) == [UInt8(ascii: "y")]
    }
}
