import Archive
import Compress
import Digest
import Glibc
import Images
import Kernel
import Manifest

/// What a path of an archive of images leads to.
enum Content {
    case memory([UInt8])
    /// In the store already.
    case blob(Digest, size: Int64)
    case file(String)
}

/// The files of an archive of images, or of a layout's directory, by their paths. Of an archive, what is
/// small is held, and what is large goes into the store as it comes: an archive is read once, in its own
/// order.
final class ArchiveContents {
    /// Documents that are read whole are below this size, and so is whatever is held.
    static let smallMax = 1 << 20
    static let heldMax = 64 << 20
    static let entriesMax = 200_000
    /// Symbolic links on the way to a file.
    static let linksMax = 8

    private let store: ImageStore
    /// The directory, where there is no archive.
    private let folder: String?
    private var contents: [String: Content] = [:]
    private var links: [String: String] = [:]
    private var held = 0

    /// A directory.
    init(_ store: ImageStore, folder: String) {
        self.store = store
        self.folder = folder
    }

    /// The archive that `file` reads, compressed or not.
    init(_ store: ImageStore, reading file: Int32, _ name: String) throws {
        self.store = store
        folder = nil
        var start: [UInt8] = []
        var decoder: Decoder?
        var reader = TarReader()
        var growing = Growing()
        func decompress(_ bytes: UnsafeRawBufferPointer) throws {
            var input = bytes
            while var piece = try decoder?.next(&input) {
                while let event = try reader.next(&piece) { try take(event, reader.entry, &growing) }
            }
        }
        func begin() throws {
            decoder = try Decoder(Compression.detect(start))
            try start.withUnsafeBytes { try decompress($0) }
            start = []
        }
        try Stream.read(file, name) { bytes in
            if decoder != nil { return try decompress(bytes) }
            start.append(contentsOf: bytes)
            if start.count >= Compression.magicSize { try begin() }
        }
        if decoder == nil { try begin() }
        try decoder?.finish()
        try reader.finish()
    }

    /// The file at the end of the links, or nil.
    func find(_ path: String) -> Content? {
        if let folder {
            let place = folder + "/" + path
            return Files.exists(place) ? .file(place) : nil
        }
        var path = path
        for _ in 0...Self.linksMax {
            if let content = contents[path] { return content }
            guard let target = links[path] else { return nil }
            path = target
        }
        return nil
    }

    /// A document of the archive; nil where it is not there.
    func document(_ path: String, limit: Int) throws -> [UInt8]? {
        switch find(path) {
        case nil: return nil
        case .memory(let bytes): return bytes
        case .blob(let digest, _): return try store.read(digest, limit: limit)
        case .file(let place): return try Files.readRegular(place, limit: limit)
        }
    }

    /// Makes sure that a file of the archive is in the store; its digest and size. `expected` is what it must
    /// be, where that is known.
    func keep(_ path: String, expected: Digest? = nil) throws -> (digest: Digest, size: Int64) {
        let kept: (digest: Digest, size: Int64)
        switch find(path) {
        case nil:
            if let expected, store.has(expected) { return (expected, try store.size(of: expected)) }
            throw ImageError(.invalid, "the archive lacks \(path)")
        case .memory(let bytes):
            kept = (try store.add(bytes), Int64(bytes.count))
        case .blob(let digest, let size):
            kept = (digest, size)
        case .file(let place):
            let file = try Descriptor.open(place, O_RDONLY | O_NONBLOCK)
            let incoming = try Incoming(store, expected?.algorithm ?? .sha256)
            try Stream.read(file.number, place) { try incoming.append($0) }
            kept = (try incoming.finish(expected: expected), incoming.size)
        }
        if let expected, expected != kept.digest {
            guard expected.algorithm != kept.digest.algorithm else {
                throw ImageError(.invalid, "the content of \(path) has the digest \(kept.digest)")
            }
            throw ImageError(.invalid, "\(path): digests of \(expected.algorithm.rawValue) are not kept here")
        }
        return kept
    }

    /// How a layer in the store is compressed, by its first bytes.
    func compression(of digest: Digest) throws -> Compression {
        let file = try store.open(digest)
        var start = [UInt8](repeating: 0, count: Compression.magicSize)
        let count = pread(file.number, &start, start.count, 0)
        return Compression.detect(start.prefix(max(count, 0)))
    }

    // MARK: Reading

    /// The file that is being read.
    private struct Growing {
        var path = ""
        var bytes: [UInt8] = []
        var incoming: Incoming?
    }

    private func take(_ event: TarReader.Event, _ entry: Entry, _ growing: inout Growing) throws {
        switch event {
        case .entry:
            growing = Growing()
            guard contents.count + links.count < Self.entriesMax else {
                throw ImageError(.invalid, "the archive has more than \(Self.entriesMax) entries")
            }
            guard let path = Self.clean(entry.path) else {
                throw ImageError(
                    .invalid, "\(ArchiveError(entry: entry.path, "its name leaves the archive"))")
            }
            growing.path = path
            switch entry.kind {
            case .file:
                guard entry.segments == nil else {
                    throw ImageError(
                        .invalid, "\(ArchiveError(entry: entry.path, "a sparse file is no image's"))")
                }
                let isSmall = entry.size < Self.smallMax && held + Int(entry.size) <= Self.heldMax
                if !isSmall { growing.incoming = try Incoming(store) }
            case .symbolicLink, .hardLink:
                let folder = path.split(separator: "/").dropLast().joined(separator: "/")
                let isHard = entry.kind == .hardLink
                let target = isHard || folder.isEmpty ? entry.link : Array((folder + "/").utf8) + entry.link
                links[path] = Self.clean(target)
            default: break
            }
        case .data(_, let bytes):
            if let incoming = growing.incoming {
                try incoming.append(bytes)
            } else {
                growing.bytes.append(contentsOf: bytes)
            }
        case .end:
            guard entry.kind == .file else { return }
            if let incoming = growing.incoming {
                let digest = try incoming.finish()
                contents[growing.path] = .blob(digest, size: incoming.size)
            } else {
                held += growing.bytes.count
                contents[growing.path] = .memory(growing.bytes)
            }
            growing = Growing()
        }
    }

    /// The path with `.` and `..` resolved, or nil where it climbs out or is absolute.
    private static func clean(_ path: [UInt8]) -> String? {
        guard path.first != UInt8(ascii: "/") else { return nil }
        var steps: [Substring] = []
        for step in String(decoding: path, as: UTF8.self).split(separator: "/") where step != "." {
            if step != ".." {
                steps.append(step)
            } else if steps.popLast() == nil {
                return nil
            }
        }
        return steps.joined(separator: "/")
    }
}
