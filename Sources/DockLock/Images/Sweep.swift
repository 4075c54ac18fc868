import Digest
import Glibc
import Kernel
import Manifest

/// What a sweep removed.
public struct Swept: Sendable, Equatable {
    /// Chain ids of the layers, as far as their records could be read.
    public var layers: [Digest] = []
    /// Bytes of blobs and of the files of layers.
    public var bytes: Int64 = 0
}

/// What everything takes on the disk, in bytes.
public struct DiskUse: Sendable, Equatable {
    public var images = 0
    /// Images that a container has.
    public var active = 0
    /// Of blobs and unpacked layers.
    public var bytes: Int64 = 0
    /// Of those, what no container's image needs.
    public var reclaimableBytes: Int64 = 0
}

extension ImageStore {
    /// Removes the blobs and layers that neither an image nor a container has, and what dead processes left.
    /// nil, and nothing done, while anybody holds a lease: what they are adding has no name yet. It may be
    /// killed at any point: names go first, a layer's record before its tree.
    public func sweep(uses: () throws -> [ImageUse]) throws -> Swept? {
        guard let lease = try exclusiveLease() else { return nil }
        defer { withExtendedLifetime(lease) {} }
        var keptBlobs: Set<String> = []
        var keptLayers: Set<String> = []
        // Uses are read under the lease: whoever makes a container holds one until its record is written.
        for use in try uses() { keptLayers.formUnion(use.layers) }
        try mark(readIndex(), &keptBlobs, &keptLayers, depth: 0)
        var swept = Swept()
        try sweepLayers(except: keptLayers, &swept)
        for algorithm in try Files.list(layout + "/blobs") {
            let folder = layout + "/blobs/" + algorithm
            for name in try Files.list(folder) where !keptBlobs.contains(algorithm + ":" + name) {
                swept.bytes += Self.bytes(folder + "/" + name)
                try Files.remove(folder + "/" + name)
            }
        }
        for name in try Files.list(ingest) { try Files.remove(ingest + "/" + name) }
        return swept
    }

    /// Notes what an index needs. What a damaged blob named cannot be told, and the image is lost already.
    private func mark(
        _ index: ImageIndex, _ blobs: inout Set<String>, _ layers: inout Set<String>, depth: Int
    ) throws {
        for entry in index.manifests {
            guard blobs.insert(entry.digest.description).inserted else { continue }
            if MediaType.isIndex(entry.mediaType), depth < 4,
                let bytes = try whole({ try read(entry.digest, limit: ImageIndex.limitBytes) }),
                let inner = try? ImageIndex.decode(bytes)
            {
                try mark(inner, &blobs, &layers, depth: depth + 1)
                continue
            }
            if entry.annotations[Annotation.subject] != nil {
                guard let artifact = try whole({ try artifact(entry.digest) }) else { continue }
                for part in [artifact.config] + artifact.layers { blobs.insert(part.digest.description) }
                continue
            }
            guard let manifest = try whole({ try manifest(entry.digest) }) else { continue }
            blobs.insert(manifest.config.digest.description)
            for layer in manifest.layers { blobs.insert(layer.digest.description) }
            guard let config = try whole({ try config(manifest.config.digest) }) else { continue }
            for chain in chainIDs(of: config) { layers.insert(Self.folder(of: chain)) }
        }
    }

    /// What `read` gives, or nil where it is damaged. Any other failure must end the sweep.
    private func whole<Value>(_ read: () throws -> Value) throws -> Value? {
        do {
            return try read()
        } catch {
            guard (error as? ImageError)?.kind == .damaged else { throw error }
            return nil
        }
    }

    private func sweepLayers(except kept: Set<String>, _ swept: inout Swept) throws {
        let names = try Files.list(layers).sorted()
        for name in names where name.hasSuffix(".json") {
            let folder = String(name.dropLast(5))
            if kept.contains(folder) { continue }
            if let record = (try? Files.read(layers + "/" + name, limit: 4096)).flatMap({ LayerRecord($0) }) {
                swept.layers.append(record.chainID)
                swept.bytes += record.size
            }
            // First the record, which says that the tree is whole.
            try Files.remove(layers + "/" + name)
            try Trees.remove(layers + "/" + folder)
        }
        // Locks, drafts, and trees without a record.
        for name in names where !name.hasSuffix(".json") {
            if Files.exists(layers + "/" + name + ".json") { continue }
            try Trees.remove(layers + "/" + name)
        }
    }

    /// Removes images without a name; with `all`, every image that no container has; where `chosen` agrees.
    /// Returns what went and the bytes freed.
    public func prune(
        all: Bool, uses: () throws -> [ImageUse], where chosen: (Image) throws -> Bool = { _ in true }
    ) throws -> (removals: [Removal], bytes: Int64) {
        let used = Set(try uses().compactMap(\.image))
        var removals: [Removal] = []
        try change { index in
            for image in try images(in: index) where !used.contains(image.id) {
                guard all || image.references.isEmpty, try chosen(image) else { continue }
                index.manifests.removeAll {
                    $0.digest == image.manifest.digest
                        || $0.annotations[Annotation.id] == image.id.description
                }
                removals += image.references.map { .untagged($0) } + [.deleted(image.id)]
            }
        }
        guard let swept = try sweep(uses: uses) else { return (removals, 0) }
        return (removals + swept.layers.map { .deleted($0) }, swept.bytes)
    }

    /// How much everything takes, and what of it no container needs.
    public func diskUse(uses: [ImageUse]) throws -> DiskUse {
        var use = DiskUse()
        let used = Set(uses.compactMap(\.image))
        var active = ImageIndex(manifests: [])
        for image in try images() {
            use.images += 1
            if used.contains(image.id) {
                use.active += 1
                active.manifests.append(image.manifest)
            }
        }
        var blobs: Set<String> = []
        var layers = Set(uses.flatMap(\.layers))
        try mark(active, &blobs, &layers, depth: 0)
        for algorithm in try Files.list(layout + "/blobs") {
            for name in try Files.list(layout + "/blobs/" + algorithm) {
                let bytes = Self.bytes(layout + "/blobs/" + algorithm + "/" + name)
                use.bytes += bytes
                if !blobs.contains(algorithm + ":" + name) { use.reclaimableBytes += bytes }
            }
        }
        for name in try Files.list(self.layers) where name.hasSuffix(".json") {
            guard let record = (try? Files.read(self.layers + "/" + name)).flatMap({ LayerRecord($0) })
            else { continue }
            use.bytes += record.size
            if !layers.contains(String(name.dropLast(5))) { use.reclaimableBytes += record.size }
        }
        return use
    }

    /// The bytes that the files of an image's layers have.
    public func size(of config: ImageConfig) -> Int64 {
        chainIDs(of: config).reduce(0) { $0 + (layer($1)?.size ?? 0) }
    }

    private static func bytes(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
