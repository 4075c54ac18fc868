import Glibc

/// Whole files and directories by path, relative to a directory descriptor where one is given.
public enum Files {
    public static func read(
        _ path: String, at directory: Int32 = AT_FDCWD, limit: Int = 64 << 20
    ) throws(SystemError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY, at: directory)
        return try file.readAll(limit: limit, name: path)
    }

    /// A file that a person names: a fifo would hang its reader, a device never end.
    public static func readRegular(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
        var status = stat()
        try SystemError.check(fstat(file.number, &status), "stat", path)
        switch status.st_mode & S_IFMT {
        case S_IFREG: return try file.readAll(limit: limit, name: path)
        case S_IFDIR: throw SystemError("read", EISDIR, path)
        default: throw SystemError("read", EINVAL, path)
        }
    }

    public static func text(_ path: String, at directory: Int32 = AT_FDCWD) throws(SystemError) -> String {
        String(decoding: try read(path, at: directory), as: UTF8.self)
    }

    /// Writes to a file that exists, as the files of /proc and of cgroups do.
    public static func put(
        _ text: String, to path: String, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        let file = try Descriptor.open(path, O_WRONLY, at: directory)
        try file.write(text, name: path)
    }

    /// Replaces `path` in one step: readers see the old bytes or the new ones, whatever is killed when.
    public static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t = 0o600, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        let draft = path + ".new"
        do {
            let file = try Descriptor.open(
                draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode, at: directory)
            try file.write(bytes, name: draft)
            try SystemError.check(renameat(directory, draft, directory, path), "rename", path)
        } catch {
            _ = unlinkat(directory, draft, 0)
            throw error
        }
    }

    public static func exists(_ path: String, at directory: Int32 = AT_FDCWD) -> Bool {
        faccessat(directory, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0
    }

    public static func isDirectory(_ path: String, at directory: Int32 = AT_FDCWD) -> Bool {
        var status = stat()
        return fstatat(directory, path, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes a directory; one that exists is no error.
    public static func makeDirectory(
        _ path: String, mode: mode_t = 0o755, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        if mkdirat(directory, path, mode) == 0 || errno == EEXIST { return }
        throw SystemError("mkdir", errno, path)
    }

    /// Makes a directory and the missing ones above it.
    public static func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(SystemError) {
        if mkdirat(AT_FDCWD, path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemError("mkdir", errno, path)
        }
        try makeDirectories(String(path[..<slash]), mode: mode)
        try makeDirectory(path, mode: mode)
    }

    public static func remove(_ path: String, at directory: Int32 = AT_FDCWD) throws(SystemError) {
        if unlinkat(directory, path, 0) == 0 || errno == ENOENT { return }
        throw SystemError("unlink", errno, path)
    }

    public static func removeDirectory(_ path: String, at directory: Int32 = AT_FDCWD) throws(SystemError) {
        if unlinkat(directory, path, AT_REMOVEDIR) == 0 || errno == ENOENT { return }
        throw SystemError("rmdir", errno, path)
    }

    /// The names in an open folder without `.` and `..`, sorted by their bytes: as the kernel has them, with
    /// a NUL at the end, for they need not be UTF-8.
    public static func names(in folder: Int32) throws(SystemError) -> [[CChar]] {
        let again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try SystemError.check(again, "open a folder")
        guard let stream = fdopendir(again) else {
            let code = errno
            close(again)
            throw SystemError("opendir", code)
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
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
        names.sort { strcmp($0, $1) < 0 }
        return names
    }

    /// Gives a file or directory another name, at once.
    public static func rename(_ path: String, _ other: String) throws(SystemError) {
        try SystemError.check(renameat(AT_FDCWD, path, AT_FDCWD, other), "rename", path)
    }

    /// Names in a directory, without `.` and `..`, in the kernel's order.
    public static func list(_ path: String, at directory: Int32 = AT_FDCWD) throws(SystemError) -> [String] {
        let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY, at: directory)
        guard let stream = fdopendir(folder.number) else { throw SystemError("opendir", errno, path) }
        _ = folder.take()
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // Sound: d_name is a NUL-terminated array within the entry.
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// What a symbolic link holds.
    public static func link(_ path: String, at directory: Int32 = AT_FDCWD) throws(SystemError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = readlinkat(directory, path, &buffer, buffer.count)
        try SystemError.check(length, "readlink", path)
        return String(decoding: buffer[..<length], as: UTF8.self)
    }

    /// The path with every symbolic link followed and made absolute.
    public static func realPath(_ path: String) throws(SystemError) -> String {
        guard let resolved = realpath(path, nil) else { throw SystemError("realpath", errno, path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
