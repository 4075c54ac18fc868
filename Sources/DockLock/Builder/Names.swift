import Glibc
import Kernel

/// Names in directories, as the kernel has them: bytes with a NUL at the end, which need not be UTF-8.
enum Names {
    typealias Name = [CChar]

    /// Without `.` and `..`, sorted.
    static func list(_ folder: Int32) throws(SystemError) -> [Name] {
        let number = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try SystemError.check(number, "open a directory")
        guard let stream = fdopendir(number) else {
            let code = errno
            close(number)
            throw SystemError("opendir", code)
        }
        defer { closedir(stream) }
        var names: [Name] = []
        errno = 0
        while let entry = readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            // Sound: d_name is a NUL-terminated array within the entry, which lives until the next call.
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            if strcmp(name, ".") != 0, strcmp(name, "..") != 0 {
                names.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
            }
            errno = 0
        }
        guard errno == 0 else { throw SystemError("readdir", errno) }
        return names.sorted { strcmp($0, $1) < 0 }
    }

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
