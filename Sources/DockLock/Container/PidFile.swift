import Glibc
import Kernel

/// The file of `--pid-file`.
enum PidFile {
    /// The kernel's __O_TMPFILE, which the importer does not see.
    private static let unnamed: Int32 = 0x40_0000 | O_DIRECTORY

    /// Writes it in one step. The file has no name until it is whole, so that a runtime that is killed leaves
    /// none behind; filesystems that have no such files get one with a name of its own first.
    static func write(_ pid: Int32, to path: String) throws {
        let bytes = Array(String(pid).utf8)
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard let file = try? Descriptor.open(directory, unnamed | O_WRONLY, mode: 0o644) else {
            return try Files.replace(path, with: bytes, mode: 0o644)
        }
        try file.write(bytes, name: path)
        let source = "/proc/self/fd/\(file.number)"
        while linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 {
            guard errno == EEXIST else { throw SystemError("link", errno, path) }
            try Files.remove(path)
        }
    }
}
