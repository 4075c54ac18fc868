import Digest
import Glibc
import Hash
import Images
import Kernel
import Manifest

/// A store of its own below /tmp, gone with the test.
final class Scratch {
    let folder: String
    let store: ImageStore

    init() throws {
        var template = Array("/tmp/images.XXXXXX".utf8CString)
        let made: String? = template.withUnsafeMutableBufferPointer { buffer in
            // Sound: the buffer ends in the NUL of `utf8CString`.
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw SystemError("mkdtemp", errno) }
        folder = made
        store = ImageStore(made + "/data")
        try store.prepare()
    }

    deinit { try? Trees.remove(folder) }

    /// Stores an image whose layers hold one file each, with the content of that layer's name.
    @discardableResult
    func make(_ layers: [String], as names: [String], cmd: String = "") throws -> Digest {
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        var config = ImageConfig()
        config.run.cmd = [cmd]
        var descriptors: [ContentDescriptor] = []
        for layer in layers {
            let digest = try store.add(Array(layer.utf8))
            config.diffIDs.append(digest)
            descriptors.append(
                .init(mediaType: MediaType.layer, digest: digest, size: Int64(layer.utf8.count)))
        }
        for (index, chain) in store.chainIDs(of: config).enumerated() {
            let (folder, size) = (store.place(of: chain), Int64(layers[index].utf8.count))
            let record = LayerRecord(chainID: chain, diffID: config.diffIDs[index], size: size)
            let layer = UnpackedLayer(record) {
                try Files.makeDirectory(folder)
                let file = try Descriptor.open(folder + "/file", O_WRONLY | O_CREAT, mode: 0o644)
                try file.write(layers[index])
            }
            try store.keep([], [layer])
        }
        let bytes = config.encoded()
        let id = try store.add(bytes)
        let manifest = ImageManifest(
            config: .init(mediaType: MediaType.config, digest: id, size: Int64(bytes.count)),
            layers: descriptors
        ).encoded()
        let digest = try store.add(manifest)
        try store.publish(
            .init(mediaType: MediaType.manifest, digest: digest, size: Int64(manifest.count)), id: id,
            as: try names.map { try Reference($0).tagged })
        return id
    }

    func blobs() throws -> Set<String> { Set(try Files.list(store.layout + "/blobs/sha256")) }

    func layers() throws -> [String] {
        try Files.list(store.layers).filter { !$0.hasPrefix(".") && !$0.hasSuffix(".json") }.sorted()
    }
}
