import Glibc
import Kernel

/// Removes what has a name, whatever it is, without following a link.
enum Removal {
    /// A name that is not there is no error.
    static func remove(_ name: UnsafePointer<CChar>, at folder: Int32) throws(SystemError) {
        if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else {
            throw SystemError("unlink", errno, String(cString: name))
        }
        try empty(name, at: folder)
        try SystemError.check(unlinkat(folder, name, AT_REMOVEDIR), "rmdir", String(cString: name))
    }

    private static func empty(_ name: UnsafePointer<CChar>, at folder: Int32) throws(SystemError) {
        let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        try SystemError.check(inner, "open", String(cString: name))
        guard let stream = fdopendir(inner) else {
            let code = errno
            close(inner)
            throw SystemError("opendir", code, String(cString: name))
        }
        defer { closedir(stream) }
        // A directory may be read on while names go from it.
        while let entry = readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            // Sound: d_name is a NUL-terminated array within the entry, which lives until the next call.
            let child = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            if strcmp(child, ".") != 0, strcmp(child, "..") != 0 { try remove(child, at: dirfd(stream)) }
        }
    }
}
