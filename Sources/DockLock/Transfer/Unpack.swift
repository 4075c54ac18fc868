import Digest
import Images
import Kernel
import Layers
import Manifest

extension ImageStore {
    /// Unpacks the layers of an image whose blobs are stored, from the lowest up; those that are there
    /// already stay as they are. Every byte is checked against the digests of the manifest and the
    /// configuration. The caller holds a lease.
    public func unpack(_ manifest: ImageManifest, _ config: ImageConfig) throws {
        guard manifest.layers.count == config.diffIDs.count else {
            throw ImageError(
                .invalid,
                "the image has \(manifest.layers.count) layers, its configuration names"
                    + " \(config.diffIDs.count)")
        }
        var done: [UnpackedLayer] = []
        for (index, chain) in chainIDs(of: config).enumerated() where layer(chain) == nil {
            let blob = manifest.layers[index]
            let layer = Layer(digest: blob.digest, size: blob.size, diffID: config.diffIDs[index])
            done.append(try unpacked(layer, of: chain))
            // Each holds descriptors until it is in its place.
            if done.count == 100 {
                try keep([], done)
                done = []
            }
        }
        try keep([], done)
    }

    /// Unpacks a layer whose blob is stored, unless it is there. The caller holds a lease.
    public func unpack(_ layer: Layer, of chain: Digest) throws {
        if self.layer(chain) == nil { try keep([], [unpacked(layer, of: chain)]) }
    }

    private func unpacked(_ layer: Layer, of chain: Digest) throws -> UnpackedLayer {
        let unpacking = try unpacking(layer, of: chain)
        try unpacking.push(from: open(layer.digest))
        return try checked(unpacking, layer, of: chain)
    }

    /// Begins to unpack a layer beside the place of its chain, where something without a record may lie.
    public func unpacking(_ layer: Layer, of chain: Digest) throws(LayerError) -> Unpacking {
        try Unpacking(layer, to: place(of: chain), privilege: Self.privilege)
    }

    /// The layer of which all bytes came, for `keep`.
    public func checked(
        _ unpacking: Unpacking, _ layer: Layer, of chain: Digest
    ) throws(LayerError) -> UnpackedLayer {
        let size = try unpacking.check().fileBytes
        return UnpackedLayer(LayerRecord(chainID: chain, diffID: layer.diffID, size: size)) {
            try unpacking.settle()
        }
    }

    /// Stores an image's configuration and manifest, unpacks its layers and gives it its names. Layers are
    /// stored already. Returns the image's id. The caller holds a lease.
    public func add(
        config: [UInt8], layers: [ContentDescriptor], as references: [Reference]
    ) throws -> Digest {
        let decoded: ImageConfig
        do throws(ManifestError) {
            decoded = try ImageConfig.decode(config)
        } catch {
            throw ImageError(.invalid, "the configuration: \(error)")
        }
        let id = try add(config)
        let manifest = ImageManifest(
            config: .init(mediaType: MediaType.config, digest: id, size: Int64(config.count)), layers: layers)
        try unpack(manifest, decoded)
        let bytes = manifest.encoded()
        let digest = try add(bytes)
        try publish(
            .init(mediaType: MediaType.manifest, digest: digest, size: Int64(bytes.count)), id: id,
            as: references)
        return id
    }
}
