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
        for (index, chain) in chainIDs(of: config).enumerated() {
            let blob = manifest.layers[index]
            let layer = Layer(digest: blob.digest, size: blob.size, diffID: config.diffIDs[index])
            try keepLayer(chain: chain, diff: layer.diffID) { folder in
                let file = try open(blob.digest)
                return try Layers.apply(layer, from: file, to: folder, privilege: Self.privilege).fileBytes
            }
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
