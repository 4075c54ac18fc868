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

    /// Makes blobs and layers that are whole and checked the store's, for good. All of them reach the disk by
    /// one sync before any of them is named: a record says that its tree is whole. A layer that is there
    /// already stays. The caller holds a lease.
    public func keep(_ blobs: [Incoming] = [], _ layers: [UnpackedLayer] = []) throws {
        guard !blobs.isEmpty || !layers.isEmpty else { return }
        let records = try layers.map { layer in
            let record = try Incoming.unhashed(self)
            try record.append(layer.record.encoded)
            return record
        }
        // One disk, unless somebody has mounted another: then the second call has much to do, else nothing.
        for folder in [ingest, self.layers] {
            let folder = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
            try SystemError.check(syncfs(folder.number), "syncfs", data)
        }
        var folders: Set<String> = []
        for blob in blobs { folders.insert(try Durable.folder(of: blob.settle())) }
        for folder in folders { try Durable.sync(folder) }
        for (layer, record) in zip(layers, records) { try keep(layer, record) }
        if !layers.isEmpty { try Durable.sync(self.layers) }
    }

    private func keep(_ layer: UnpackedLayer, _ record: Incoming) throws {
        let name = Self.folder(of: layer.record.chainID)
        let lock = try Lease(layers + "/." + name + ".lock", LOCK_EX)
        defer { withExtendedLifetime(lock) {} }
        if self.layer(layer.record.chainID) != nil { return }
        // What a killed process left. Its record, which comes last, is not there.
        try Trees.remove(layers + "/" + name)
        try layer.settle()
        try record.move(to: layers + "/" + name + ".json")
    }

    /// Where the tree of a layer belongs.
    public func place(of chain: Digest) -> String { layers + "/" + Self.folder(of: chain) }
}

/// A layer that is unpacked and checked, beside its place.
public struct UnpackedLayer {
    public var record: LayerRecord
    /// Puts the tree in its place, where nothing is.
    public var settle: () throws -> Void

    public init(_ record: LayerRecord, settle: @escaping () throws -> Void) {
        self.record = record
        self.settle = settle
    }
}
