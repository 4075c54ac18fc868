import Compress
import Digest
import Hash
import Images
import Manifest

/// An image that was loaded.
public struct Loaded: Sendable, Equatable {
    public var id: Digest
    public var references: [Reference]

    public init(id: Digest, references: [Reference]) {
        self.id = id
        self.references = references
    }
}

extension ImageStore {
    /// Loads the images of an archive, OCI's or docker's, that `file` reads. `name` is for errors.
    public func load(from file: Int32, name: String, platform: Platform = .host) throws -> [Loaded] {
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        return try Loading(self, ArchiveContents(self, reading: file, name), platform).all()
    }

    /// Loads the images of a directory: an OCI layout, or an unpacked archive of docker's.
    public func load(folder: String, platform: Platform = .host) throws -> [Loaded] {
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        return try Loading(self, ArchiveContents(self, folder: folder), platform).all()
    }
}

private struct Loading {
    let store: ImageStore
    let contents: ArchiveContents
    let platform: Platform

    init(_ store: ImageStore, _ contents: ArchiveContents, _ platform: Platform) {
        self.store = store
        self.contents = contents
        self.platform = platform
    }

    func all() throws -> [Loaded] {
        let list = try contents.document("manifest.json", limit: ImageManifest.limitBytes)
        let archives = try list.map { bytes in
            try explained("manifest.json") { try DockerArchive.decode(bytes) }
        }
        if let bytes = try contents.document("index.json", limit: ImageIndex.limitBytes) {
            let index = try explained("index.json") { try ImageIndex.decode(bytes) }
            return try layout(index, archives ?? [])
        }
        guard let archives else {
            throw ImageError(
                .invalid, "this is no archive of images: it has neither index.json nor manifest.json")
        }
        return try archives.map { try docker($0) }
    }

    // MARK: OCI

    private func layout(_ index: ImageIndex, _ archives: [DockerArchive]) throws -> [Loaded] {
        var loaded: [Loaded] = []
        for entry in index.manifests {
            let manifest = try manifest(entry, depth: 0)
            // Where docker tells the names too, it tells them whole.
            let told = archives.first { $0.config.contains(manifest.value.config.digest.hex) }
            var references = try (told?.repoTags ?? []).map { try reference($0) }
            if references.isEmpty, let name = name(of: entry) { references = [try reference(name)] }
            let id = try image(manifest, references)
            if let place = loaded.firstIndex(where: { $0.id == id }) {
                for reference in references where !loaded[place].references.contains(reference) {
                    loaded[place].references.append(reference)
                }
            } else {
                loaded.append(Loaded(id: id, references: references))
            }
        }
        guard !loaded.isEmpty else { throw ImageError(.invalid, "index.json names no image") }
        return loaded
    }

    private func name(of entry: ContentDescriptor) -> String? {
        entry.annotations["io.containerd.image.name"]
            ?? entry.annotations["org.opencontainers.image.ref.name"]
    }

    private typealias Found = (value: ImageManifest, descriptor: ContentDescriptor)

    /// The manifest that an entry leads to: its own, or of an index that for the platform.
    private func manifest(_ entry: ContentDescriptor, depth: Int) throws -> Found {
        let path = Self.path(entry.digest)
        guard let bytes = try contents.document(path, limit: ImageIndex.limitBytes) else {
            throw ImageError(.invalid, "the archive lacks \(path)")
        }
        guard Hash.digest(bytes, entry.digest.algorithm) == entry.digest else {
            throw ImageError(.invalid, "the content of \(path) is not what its name says")
        }
        if try explained(path, { try DocumentKind.of(bytes) }) == .index {
            guard depth < 4 else { throw ImageError(.invalid, "\(path): indexes lie too deep in each other") }
            let inner = try explained(path) { try ImageIndex.decode(bytes).choose(platform) }
            return try manifest(inner, depth: depth + 1)
        }
        let manifest = try explained(path) { try ImageManifest.decode(bytes) }
        try store.add(bytes)
        return (
            manifest,
            .init(mediaType: manifest.mediaType, digest: entry.digest, size: Int64(bytes.count))
        )
    }

    private func image(_ manifest: Found, _ references: [Reference]) throws -> Digest {
        let id = manifest.value.config.digest
        _ = try contents.keep(Self.path(id), expected: id)
        for layer in manifest.value.layers {
            let kept = try contents.keep(Self.path(layer.digest), expected: layer.digest)
            guard kept.size == layer.size else {
                throw ImageError(.invalid, "\(layer.digest) has \(kept.size) bytes, not \(layer.size)")
            }
        }
        let config = try explained("the configuration \(id)") {
            try ImageConfig.decode(store.read(id, limit: ImageConfig.limitBytes))
        }
        try store.unpack(manifest.value, config)
        try store.publish(manifest.descriptor, id: id, as: references)
        return id
    }

    private static func path(_ digest: Digest) -> String {
        "blobs/" + digest.algorithm.rawValue + "/" + digest.hex
    }

    // MARK: Docker

    private func docker(_ archive: DockerArchive) throws -> Loaded {
        guard let config = try contents.document(archive.config, limit: ImageConfig.limitBytes) else {
            throw ImageError(.invalid, "the archive lacks \(archive.config)")
        }
        var layers: [ContentDescriptor] = []
        for path in archive.layers {
            let kept = try contents.keep(path)
            let type =
                switch try contents.compression(of: kept.digest) {
                case .none: MediaType.layer
                case .gzip: MediaType.gzipLayer
                case .zstd: MediaType.zstdLayer
                }
            layers.append(.init(mediaType: type, digest: kept.digest, size: kept.size))
        }
        let references = try archive.repoTags.map { try reference($0) }
        return Loaded(
            id: try store.add(config: config, layers: layers, as: references), references: references)
    }

    private func reference(_ text: String) throws -> Reference { try Reference(text).tagged.withoutDigest }
}

/// What `work` gives, with errors that say which document they are in.
private func explained<Value>(_ document: String, _ work: () throws -> Value) throws -> Value {
    do {
        return try work()
    } catch let error as ManifestError {
        throw ImageError(.invalid, "\(document): \(error)")
    }
}
