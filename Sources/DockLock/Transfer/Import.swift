import Compress
import Digest
import Hash
import Images
import Kernel
import Manifest

/// What `import` is told beside the tree.
public struct ImportOptions: Sendable {
    public var reference: Reference?
    /// Instructions of a Dockerfile, as `--change` has them.
    public var changes: [String] = []
    public var message = ""
    public var platform = Platform.host
    /// RFC 3339.
    public var created: String
    /// Where the tree is from, for the history: a file's name or `-`.
    public var source: String

    public init(created: String, source: String) {
        self.created = created
        self.source = source
    }
}

extension ImageStore {
    /// Makes an image of one layer from the tar of a root filesystem that `file` reads, compressed or not.
    /// Returns the image's id.
    public func importTree(from file: Int32, _ options: ImportOptions) throws -> Digest {
        var config = ImageConfig(platform: options.platform)
        config.created = options.created
        for change in options.changes { try config.run.apply(change) }
        let comment = options.message.isEmpty ? "Imported from \(options.source)" : options.message
        config.history = [.init(created: options.created, comment: comment)]
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        let layer = try LayerIntake(self)
        try Stream.read(file, options.source) { try layer.push($0) }
        let (descriptor, diff) = try layer.finish()
        config.diffIDs = [diff]
        return try add(
            config: config.encoded(), layers: [descriptor], as: options.reference.map { [$0] } ?? [])
    }
}

/// Stores a layer of which nothing is known, and finds out what it is: how it is compressed, and its digest
/// without that.
final class LayerIntake {
    private let incoming: Incoming
    private var decoder: Decoder?
    private var compression = Compression.none
    private var start: [UInt8] = []
    private var hash = Hash()

    init(_ store: ImageStore) throws {
        incoming = try Incoming(store)
    }

    func push(_ bytes: UnsafeRawBufferPointer) throws {
        try incoming.append(bytes)
        if decoder == nil {
            // The format shows in the first bytes, which may come one by one.
            start.append(contentsOf: bytes)
            if start.count >= Compression.magicSize { try begin() }
            return
        }
        try decompress(bytes)
    }

    /// The layer as a manifest names it, and its digest uncompressed.
    func finish() throws -> (ContentDescriptor, diffID: Digest) {
        if decoder == nil { try begin() }
        try decoder?.finish()
        let size = incoming.size
        let digest = try incoming.finish()
        let type =
            switch compression {
            case .none: MediaType.layer
            case .gzip: MediaType.gzipLayer
            case .zstd: MediaType.zstdLayer
            }
        return (.init(mediaType: type, digest: digest, size: size), hash.digest())
    }

    private func begin() throws {
        compression = Compression.detect(start)
        decoder = try Decoder(compression)
        try start.withUnsafeBytes { try decompress($0) }
        start = []
    }

    private func decompress(_ bytes: UnsafeRawBufferPointer) throws {
        var input = bytes
        while let piece = try decoder?.next(&input) { hash.update(piece) }
    }
}
