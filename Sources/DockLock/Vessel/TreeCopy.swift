import Glibc
import Kernel
import Request

/// Copies a file or a tree from one open directory into another.
struct TreeCopy {
    private static let depthMax = 512
    private let request: CopyRequest
    private let uid: UInt32
    private let gid: UInt32
    /// Whether it comes from a container to the host, which trusts nothing of it: no devices, and no
    /// set-user-id programs that would be the caller's.
    var isForHost = false

    /// `uid` and `gid` own what is copied, unless it is to keep its owners.
    init(_ request: CopyRequest, uid: UInt32, gid: UInt32) {
        self.request = request
        self.uid = uid
        self.gid = gid
    }

    /// As docker and cp(1): a directory that is there takes the source in, another name becomes it.
    func run(_ source: borrowing Source, to target: borrowing Target) throws {
        guard let name = source.name else {
            guard let made = target.name else { return try fill(target.folder, from: source.folder, 0) }
            return try copyDirectory(".", source.folder, as: made, target.folder, 0)
        }
        var status = stat()
        let found = fstatat(source.folder.number, name, &status, AT_SYMLINK_NOFOLLOW)
        try SystemError.check(found, "stat", source.path)
        if let last = target.path.utf8.last, last == UInt8(ascii: "/"), target.name != nil,
            status.st_mode & S_IFMT != S_IFDIR
        {
            throw VesselError("cp: \(target.path) is no directory")
        }
        try copy(name, status, source.folder, as: target.name ?? name, target.folder, 0)
    }

    private func fill(
        _ target: borrowing Descriptor, from source: borrowing Descriptor, _ depth: Int
    ) throws {
        guard depth < TreeCopy.depthMax else { throw VesselError("cp: the tree is too deep") }
        for name in try Files.list(".", at: source.number) {
            var status = stat()
            let found = fstatat(source.number, name, &status, AT_SYMLINK_NOFOLLOW)
            if found != 0, errno == ENOENT { continue }
            try SystemError.check(found, "stat", name)
            try copy(name, status, source, as: name, target, depth)
        }
    }

    private func copy(
        _ name: String, _ status: stat, _ source: borrowing Descriptor, as made: String,
        _ target: borrowing Descriptor, _ depth: Int
    ) throws {
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { return try copyDirectory(name, source, as: made, target, depth) }
        if kind == S_IFSOCK { return }
        try TreeCopy.makeRoom(made, target.number, overwrites: request.overwrites)
        switch kind {
        case S_IFREG: try copyFile(name, source, as: made, target)
        case S_IFLNK:
            let link = try Files.link(name, at: source.number)
            try SystemError.check(symlinkat(link, target.number, made), "symlink", made)
            let (uid, gid) = owner(status)
            try SystemError.check(
                fchownat(target.number, made, uid, gid, AT_SYMLINK_NOFOLLOW), "chown", made)
        default:
            guard !isForHost || kind == S_IFIFO else {
                throw VesselError("cp: \(name) is a device, which is not copied to the host")
            }
            let mode = kind | (status.st_mode & 0o777)
            try SystemError.check(mknodat(target.number, made, mode, status.st_rdev), "mknod", name)
            let (uid, gid) = owner(status)
            try SystemError.check(
                fchownat(target.number, made, uid, gid, AT_SYMLINK_NOFOLLOW), "chown", made)
        }
    }

    /// Takes away what has the name; a directory only with `--overwrite`, and if it is empty.
    static func makeRoom(_ name: String, _ target: Int32, overwrites: Bool) throws {
        if unlinkat(target, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM, overwrites else {
            throw SystemError("replace", errno, name)
        }
        try SystemError.check(unlinkat(target, name, AT_REMOVEDIR), "replace", name)
    }

    private func copyDirectory(
        _ name: String, _ source: borrowing Descriptor, as made: String, _ target: borrowing Descriptor,
        _ depth: Int
    ) throws {
        let from = try Descriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: source.number)
        var isNew = mkdirat(target.number, made, 0o700) == 0
        if !isNew {
            guard errno == EEXIST else { throw SystemError("mkdir", errno, made) }
            var status = stat()
            try SystemError.check(fstatat(target.number, made, &status, AT_SYMLINK_NOFOLLOW), "stat", made)
            if status.st_mode & S_IFMT != S_IFDIR {
                guard request.overwrites else { throw VesselError("cp: \(made) is there, and no directory") }
                try SystemError.check(unlinkat(target.number, made, 0), "replace", made)
                try SystemError.check(mkdirat(target.number, made, 0o700), "mkdir", made)
                isNew = true
            }
        }
        let into = try Descriptor.open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: target.number)
        try fill(into, from: from, depth + 1)
        if isNew || request.isArchive { try dress(into, like: from) }
    }

    private func copyFile(
        _ name: String, _ source: borrowing Descriptor, as made: String, _ target: borrowing Descriptor
    ) throws {
        let from = try Descriptor.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, at: source.number)
        var status = stat()
        try SystemError.check(fstat(from.number, &status), "stat", name)
        guard status.st_mode & S_IFMT == S_IFREG else { throw VesselError("cp: \(name) has changed") }
        let into = try Descriptor.open(
            made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, at: target.number)
        while true {
            let count = sendfile(into.number, from.number, nil, 1 << 30)
            if count < 0, errno == EINTR { continue }
            if try SystemError.check(count, "copy", name) == 0 { break }
        }
        try dress(into, like: from)
    }

    private func owner(_ status: stat) -> (UInt32, UInt32) {
        request.isArchive ? (status.st_uid, status.st_gid) : (uid, gid)
    }

    private func dress(_ target: borrowing Descriptor, like source: borrowing Descriptor) throws {
        var status = stat()
        try SystemError.check(fstat(source.number, &status), "stat")
        let (uid, gid) = owner(status)
        try SystemError.check(fchown(target.number, uid, gid), "chown")
        let keeps: mode_t = isForHost && !request.isArchive ? 0o1777 : 0o7777
        try SystemError.check(fchmod(target.number, status.st_mode & keeps), "chmod")
        try SystemError.check(futimens(target.number, [status.st_atim, status.st_mtim]), "set the times")
    }
}
