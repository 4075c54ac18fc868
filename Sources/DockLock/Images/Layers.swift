import Digest
import Glibc
import Hash
import JSON
import Kernel
import Manifest

/// A layer that is unpacked: the file beside its folder.
public struct LayerRecord: Sendable, Equatable {
    public var chainID: Digest
    /// The digest of the layer uncompressed.
    public var diffID: Digest
    /// Bytes of the files in it.
    public var size: Int64

    public init(chainID: Digest, diffID: Digest, size: Int64) {
        self.chainID = chainID
        self.diffID = diffID
        self.size = size
    }

    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON.parse(bytes, limits: .init(depth: 4, bytes: 4096)),
            let chain = json["chainID"]?.string.flatMap({ try? Digest($0) }),
            let diff = json["diffID"]?.string.flatMap({ try? Digest($0) }), let size = json["size"]?.int
        else { return nil }
        self.init(chainID: chain, diffID: diff, size: size)
    }

    var encoded: [UInt8] {
        let node: JSONNode = [
            "chainID": .string(chainID.description), "diffID": .string(diffID.description),
            "size": .int(size),
        ]
        return node.encoded()
    }
}

extension ImageStore {
    /// The chain ids of an image's layers, the lowest first.
    public func chainIDs(of config: ImageConfig) -> [Digest] {
        ChainID.all(of: config.diffIDs) { Hash.digest($0) }
    }

    /// The record of a layer that is unpacked whole, or nil.
    public func layer(_ chain: Digest) -> LayerRecord? {
        let path = layers + "/" + Self.folder(of: chain) + ".json"
        guard let bytes = try? Files.read(path, limit: 4096), let record = LayerRecord(bytes),
            record.chainID == chain
        else { return nil }
        return record
    }

    /// Unpacks a layer unless it is there. `unpack` is given the path of a folder that is not there, makes
    /// it and fills it, and says the bytes that its files have. Of several processes one works, and the
    /// others wait. The caller holds a lease.
    public func keepLayer(
        chain: Digest, diff: Digest, unpack: (_ folder: String) throws -> Int64
    ) throws {
        if layer(chain) != nil { return }
        let place = layers + "/" + Self.folder(of: chain)
        let lock = try Lease(layers + "/." + Self.folder(of: chain) + ".lock", LOCK_EX)
        defer { withExtendedLifetime(lock) {} }
        if layer(chain) != nil { return }
        // What a killed process left. Its record, written last, is not there.
        try Trees.remove(place)
        let size: Int64
        do {
            size = try unpack(place)
        } catch {
            try? Trees.remove(place)
            throw error
        }
        // The record says that the tree is whole, so the tree must reach the disk before it.
        let folder = try Descriptor.open(place, O_RDONLY | O_DIRECTORY)
        try SystemError.check(syncfs(folder.number), "syncfs", place)
        let record = LayerRecord(chainID: chain, diffID: diff, size: size)
        try Durable.replace(place + ".json", with: record.encoded)
    }
}
