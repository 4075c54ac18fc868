import Archive
import Glibc
import Kernel

/// What of a directory goes into an archive.
public enum Content: Sendable {
    /// A whole tree, as it is.
    case tree
    /// An upper directory of overlayfs: what it hides is written as whiteouts.
    case layer(Privilege)
}

/// Writes a directory as a tar archive that depends on nothing but what is in it: entries sorted by name,
/// parents first, hard links to the first name, attributes sorted, zeros of a megabyte and more as holes.
final class Packing {
    private struct Identity: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    private let content: Content
    private let timeMax: Int64?
    private let output: Output
    private var linked: [Identity: [UInt8]] = [:]
    private var path: [UInt8] = []

    /// Times after `timeMax` are written as it.
    init(_ content: Content, timeMax: Int64?, output: Output) {
        self.content = content
        self.timeMax = timeMax
        self.output = output
    }

    /// Writes what lies in a folder, but not the folder, and the end of the archive.
    func pack(_ directory: String) throws {
        do {
            let root = try Descriptor.open(directory, O_PATH | O_DIRECTORY)
            try packFolder(root.number)
        } catch let error as SystemError {
            throw LayerError.system(error, entry: ArchiveError(entry: path, "").entry)
        } catch let error as ArchiveError {
            throw LayerError.archive(error)
        }
        try output.put(TarWriter.end)
        try output.flush()
    }

    private func packFolder(_ folder: Int32) throws {
        if case .layer(let privilege) = content, try Listing.isOpaque(folder, privilege) {
            try packMark(path[...], ".wh..wh..opq")
        }
        let depth = path.count
        for name in try Files.names(in: folder) {
            path += (depth == 0 ? [] : [UInt8(ascii: "/")]) + name.dropLast().map { UInt8(bitPattern: $0) }
            if let status = try Listing.status(folder, name) {
                try packEntry(folder, name, status, parent: path[..<depth])
            }
            path.removeLast(path.count - depth)
        }
    }

    private func packEntry(
        _ folder: Int32, _ name: [CChar], _ status: stat, parent: ArraySlice<UInt8>
    ) throws {
        if case .layer = content {
            if Folders.isWhiteout(status) {
                return try packMark(parent, ".wh.", name.dropLast().map { UInt8(bitPattern: $0) })
            }
            guard strncmp(name, ".wh.", 4) != 0 else {
                throw ArchiveError(entry: path, "its name would be a whiteout in a layer")
            }
        }
        guard var entry = entry(status) else { return }
        if status.st_nlink > 1, entry.kind != .directory {
            let identity = Identity(device: status.st_dev, inode: status.st_ino)
            if let first = linked[identity] {
                entry.kind = .hardLink
                entry.link = first
                entry.size = 0
                try output.put(TarWriter.header(entry))
                return
            }
            linked[identity] = path
        }
        entry.attributes = try attributes(Listing.path(folder, name))
        switch entry.kind {
        case .file: try packFile(folder, name, entry, status)
        case .directory:
            try output.put(TarWriter.header(entry))
            guard let inner = try Listing.open(folder, name) else { return }
            let held = Descriptor(inner)
            try packFolder(held.number)
        case .symbolicLink:
            var link = [CChar](repeating: 0, count: 4097)
            let count = try SystemError.check(readlinkat(folder, name, &link, link.count), "readlink")
            entry.link = link[..<count].map { UInt8(bitPattern: $0) }
            try output.put(TarWriter.header(entry))
        default: try output.put(TarWriter.header(entry))
        }
    }

    /// nil for a socket, which no archive holds.
    private func entry(_ status: stat) -> Entry? {
        var entry = Entry()
        switch status.st_mode & S_IFMT {
        case S_IFREG: entry.kind = .file
        case S_IFDIR: entry.kind = .directory
        case S_IFLNK: entry.kind = .symbolicLink
        case S_IFCHR: entry.kind = .characterDevice
        case S_IFBLK: entry.kind = .blockDevice
        case S_IFIFO: entry.kind = .fifo
        default: return nil
        }
        entry.path = path
        entry.mode = status.st_mode & 0o7777
        entry.uid = status.st_uid
        entry.gid = status.st_gid
        if entry.kind == .file { entry.size = Int64(status.st_size) }
        if entry.kind == .characterDevice || entry.kind == .blockDevice {
            entry.major = UInt32(truncatingIfNeeded: status.st_rdev >> 8 & 0xfff)
            entry.minor = UInt32(truncatingIfNeeded: status.st_rdev & 0xff | status.st_rdev >> 12 & ~0xff)
        }
        entry.seconds = Int64(status.st_mtim.tv_sec)
        entry.nanoseconds = Int32(status.st_mtim.tv_nsec)
        if let timeMax, entry.seconds >= timeMax { (entry.seconds, entry.nanoseconds) = (timeMax, 0) }
        return entry
    }

    private func packFile(_ folder: Int32, _ name: [CChar], _ entry: Entry, _ status: stat) throws {
        let number = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        let file = Descriptor(try SystemError.check(number, "open"))
        var opened = stat()
        try SystemError.check(fstat(file.number, &opened), "stat")
        guard opened.st_ino == status.st_ino, opened.st_mode & S_IFMT == S_IFREG else {
            throw ArchiveError(entry: path, "it was replaced while it was read")
        }
        var entry = entry
        entry.segments = try Holes.segments(file.number, size: entry.size)
        try output.put(TarWriter.header(entry))
        let whole = [Entry.Segment(offset: 0, count: entry.size)]
        var stored: Int64 = 0
        for segment in entry.segments ?? whole {
            guard try output.copy(file.number, segment) else {
                throw ArchiveError(entry: path, "it became shorter while it was read")
            }
            stored += segment.count
        }
        try output.put([UInt8](repeating: 0, count: TarWriter.padding(after: stored)))
    }

    /// An empty file whose name says something of the layers below; of no time, so that it changes nothing.
    private func packMark(_ parent: ArraySlice<UInt8>, _ mark: String, _ name: [UInt8] = []) throws {
        var entry = Entry()
        entry.path = parent + (parent.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(mark.utf8) + name
        try output.put(TarWriter.header(entry))
    }

    private func attributes(_ path: [CChar]) throws -> [Entry.Attribute] {
        var found: [Entry.Attribute] = []
        for name in try Listing.attributes(path) {
            let text = String(decoding: name, as: UTF8.self)
            for overlay in ["trusted.overlay.", "user.overlay."] where text.hasPrefix(overlay) {
                // Such a folder or file has its content elsewhere: mounts of ours never ask for either.
                let kind = text.dropFirst(overlay.count)
                guard kind != "redirect" && kind != "metacopy" else {
                    throw ArchiveError(entry: self.path, "overlayfs keeps its content elsewhere (\(text))")
                }
            }
            guard Growth.isKept(name, .root), let value = try Listing.attribute(path, text) else { continue }
            found.append(Entry.Attribute(name: name, value: value))
        }
        return found
    }
}
