import Glibc
import Kernel

/// Names in directories, as the kernel has them: bytes with a NUL at the end, which need not be UTF-8.
enum Names {
    typealias Name = [CChar]

    /// What a message or a pattern sees of a name.
    static func text(_ name: Name) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func name(_ text: String) -> Name { text.utf8.map { CChar(bitPattern: $0) } + [0] }

    /// nil where there is no such name; no link is followed.
    static func status(_ folder: Int32, _ name: Name) throws(SystemError) -> stat? {
        var status = stat()
        if fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        guard errno == ENOENT else { throw SystemError("stat", errno, text(name)) }
        return nil
    }

    static func open(_ folder: Int32, _ name: Name, _ flags: Int32) throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemError.check(openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC), "open", text(name)))
    }
}

extension stat {
    var kind: mode_t { st_mode & S_IFMT }
    var isFolder: Bool { kind == S_IFDIR }
    var isFile: Bool { kind == S_IFREG }
}
