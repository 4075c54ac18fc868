import Archive
import Glibc
import Kernel

/// A tree as a tar archive: packs what is in an open directory, or unpacks into one. Every step is one name
/// and no link is followed, so that nothing is reached outside the directory whatever the archive says.
struct TarCopy: ~Copyable {
    private static let depthMax = 512
    /// Who owns what is unpacked; nil to keep the archive's owners.
    private let owner: (uid: UInt32, gid: UInt32)?
    /// A directory may take a file's place, and the other way round.
    private let overwrites: Bool
    /// The file that is being unpacked, or -1.
    private var file: Int32 = -1

    init(owner: (uid: UInt32, gid: UInt32)? = nil, overwrites: Bool = false) {
        self.owner = owner
        self.overwrites = overwrites
    }

    deinit { if file >= 0 { close(file) } }

    /// Writes the source to a descriptor, by its last name and what is below that.
    func pack(_ source: borrowing Source, to output: Int32) throws {
        let name = source.name ?? "."
        try pack(name, source.folder.number, as: name, to: output, 0)
        try TarCopy.write(TarWriter.end, to: output)
    }

    private func pack(
        _ name: String, _ folder: Int32, as path: String, to output: Int32, _ depth: Int
    ) throws {
        guard depth < TarCopy.depthMax else { throw VesselError("cp: the tree is too deep") }
        var status = stat()
        if fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
            if depth > 0, errno == ENOENT { return }
            throw SystemError("stat", errno, path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: return
        case S_IFREG: return try packFile(name, folder, as: path, to: output)
        case S_IFDIR:
            let inner = try Descriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: folder)
            try TarCopy.write(TarWriter.header(Entry(path, status, .directory)), to: output)
            for child in try Files.list(".", at: inner.number).sorted() {
                try pack(child, inner.number, as: path + "/" + child, to: output, depth + 1)
            }
        case S_IFLNK:
            var entry = Entry(path, status, .symbolicLink)
            entry.link = Array(try Files.link(name, at: folder).utf8)
            try TarCopy.write(TarWriter.header(entry), to: output)
        case S_IFCHR:
            try TarCopy.write(TarWriter.header(Entry(path, status, .characterDevice)), to: output)
        case S_IFBLK: try TarCopy.write(TarWriter.header(Entry(path, status, .blockDevice)), to: output)
        default: try TarCopy.write(TarWriter.header(Entry(path, status, .fifo)), to: output)
        }
    }

    private func packFile(_ name: String, _ folder: Int32, as path: String, to output: Int32) throws {
        let source = try Descriptor.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, at: folder)
        var status = stat()
        try SystemError.check(fstat(source.number, &status), "stat", path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw VesselError("cp: \(path) has changed") }
        let entry = Entry(path, status, .file)
        try TarCopy.write(TarWriter.header(entry), to: output)
        var missing = entry.size
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while missing > 0 {
            let count = read(source.number, &buffer, Int(min(missing, Int64(buffer.count))))
            if count < 0, errno == EINTR { continue }
            guard try SystemError.check(count, "read", path) > 0 else {
                throw VesselError("cp: \(path) became shorter while it was read")
            }
            try TarCopy.write(buffer[..<count], to: output)
            missing -= Int64(count)
        }
        let padding = [UInt8](repeating: 0, count: TarWriter.padding(after: entry.size))
        try TarCopy.write(padding, to: output)
    }

    private static func write(_ bytes: some Sequence<UInt8>, to output: Int32) throws {
        try Array(bytes).withUnsafeBytes { whole in
            var rest = whole[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    output, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                rest = rest.dropFirst(try SystemError.check(count, "write", "standard output"))
            }
        }
    }

    /// Unpacks the archive that a descriptor gives. Directories do not keep their times; modes of pipes and
    /// devices are under the process's umask.
    mutating func unpack(from input: Int32, into folder: borrowing Descriptor) throws {
        var reader = TarReader()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard try SystemError.check(count, "read", "standard input") > 0 else { break }
            try buffer.withUnsafeBytes { whole in
                var rest = UnsafeRawBufferPointer(rebasing: whole[..<count])
                while let event = try reader.next(&rest) {
                    try take(event, reader.entry, folder.number)
                }
            }
        }
        try reader.finish()
    }

    private mutating func take(_ event: TarReader.Event, _ entry: Entry, _ folder: Int32) throws {
        switch event {
        case .entry: try make(entry, folder)
        case .data(var offset, var bytes):
            while file >= 0, !bytes.isEmpty {
                let count = pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
                if count < 0, errno == EINTR { continue }
                try SystemError.check(count, "write", String(decoding: entry.path, as: UTF8.self))
                bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
                offset += Int64(count)
            }
        case .end:
            guard file >= 0 else { return }
            defer {
                close(file)
                file = -1
            }
            try SystemError.check(ftruncate(file, off_t(entry.size)), "truncate")
            try dress(file, entry)
        }
    }

    private mutating func make(_ entry: Entry, _ folder: Int32) throws {
        let parts = try TarCopy.parts(entry.path)
        // The directory itself, as `tar -C DIR .` writes it first.
        guard let name = parts.last else { return }
        let parent = try TarCopy.open(parts.dropLast(), folder, makes: true)
        if entry.kind == .directory { return try makeDirectory(name, entry, parent.number) }
        try TreeCopy.makeRoom(name, parent.number, overwrites: overwrites)
        let (uid, gid) = owner ?? (entry.uid, entry.gid)
        var kind: mode_t = S_IFIFO
        switch entry.kind {
        case .file:
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
            file = try Descriptor.open(name, flags, mode: 0o600, at: parent.number).take()
            return
        case .hardLink:
            let target = try TarCopy.parts(entry.link)
            guard let last = target.last else { throw VesselError("cp: \(name) is a link to a directory") }
            let place = try TarCopy.open(target.dropLast(), folder, makes: false)
            try SystemError.check(linkat(place.number, last, parent.number, name, 0), "link", name)
            return
        case .symbolicLink:
            let link = String(decoding: entry.link, as: UTF8.self)
            try SystemError.check(symlinkat(link, parent.number, name), "symlink", name)
        case .characterDevice, .blockDevice:
            kind = entry.kind == .blockDevice ? S_IFBLK : S_IFCHR
            fallthrough
        case .fifo, .directory:
            let number = makedev(entry.major, entry.minor)
            try SystemError.check(
                mknodat(parent.number, name, kind | (entry.mode & 0o777), number), "mknod", name)
        }
        try SystemError.check(fchownat(parent.number, name, uid, gid, AT_SYMLINK_NOFOLLOW), "chown", name)
    }

    private func makeDirectory(_ name: String, _ entry: Entry, _ parent: Int32) throws {
        if mkdirat(parent, name, 0o700) != 0 {
            guard errno == EEXIST else { throw SystemError("mkdir", errno, name) }
            var status = stat()
            try SystemError.check(fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW), "stat", name)
            if status.st_mode & S_IFMT == S_IFDIR { return }
            guard overwrites else { throw VesselError("cp: \(name) is there, and no directory") }
            try SystemError.check(unlinkat(parent, name, 0), "replace", name)
            try SystemError.check(mkdirat(parent, name, 0o700), "mkdir", name)
        }
        let made = try Descriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: parent)
        try dress(made.number, entry)
    }

    private func dress(_ number: Int32, _ entry: Entry) throws {
        let (uid, gid) = owner ?? (entry.uid, entry.gid)
        try SystemError.check(fchown(number, uid, gid), "chown")
        try SystemError.check(fchmod(number, entry.mode & 0o7777), "chmod")
        let time = timespec(tv_sec: Int(entry.seconds), tv_nsec: Int(entry.nanoseconds))
        try SystemError.check(futimens(number, [time, time]), "set the times")
    }

    /// The names of a path, which must not lead up.
    private static func parts(_ path: [UInt8]) throws -> [String] {
        let parts = path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0 != "." }
        guard !parts.contains("..") else {
            throw VesselError("cp: \(ArchiveError(entry: path, "leads out of the directory"))")
        }
        return parts
    }

    /// The directory below, each step without following a link.
    private static func open(_ parts: ArraySlice<String>, _ folder: Int32, makes: Bool) throws -> Descriptor {
        var reached = try Descriptor.open(".", O_RDONLY | O_DIRECTORY, at: folder)
        for part in parts {
            if makes, mkdirat(reached.number, part, 0o755) != 0, errno != EEXIST {
                throw SystemError("mkdir", errno, part)
            }
            reached = try Descriptor.open(part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: reached.number)
        }
        return reached
    }
}

extension Entry {
    fileprivate init(_ path: String, _ status: stat, _ kind: Kind) {
        self.init()
        self.path = Array(path.utf8)
        self.kind = kind
        mode = status.st_mode & 0o7777
        uid = status.st_uid
        gid = status.st_gid
        size = kind == .file ? Int64(status.st_size) : 0
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int32(status.st_mtim.tv_nsec)
        guard kind == .characterDevice || kind == .blockDevice else { return }
        major = UInt32(truncatingIfNeeded: (status.st_rdev >> 8 & 0xFFF) | (status.st_rdev >> 32 & ~0xFFF))
        minor = UInt32(truncatingIfNeeded: (status.st_rdev & 0xFF) | (status.st_rdev >> 12 & ~0xFF))
    }
}

/// The kernel's number of a device.
private func makedev(_ major: UInt32, _ minor: UInt32) -> dev_t {
    let (major, minor) = (dev_t(major), dev_t(minor))
    return (major & 0xFFF) << 8 | (major & ~0xFFF) << 32 | minor & 0xFF | (minor & ~0xFF) << 12
}
