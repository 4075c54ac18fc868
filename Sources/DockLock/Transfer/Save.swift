import Archive
import Digest
import Glibc
import Hash
import Images
import Kernel
import Manifest

/// How images are saved.
public enum SaveFormat: String, Sendable, CaseIterable {
    /// Docker's archive, which is an OCI layout too, as docker writes it since 25.
    case dockerArchive = "docker-archive"
    case ociArchive = "oci-archive"
    /// An OCI layout in a directory.
    case ociFolder = "oci-dir"
}

extension ImageStore {
    /// Saves images, each by the names it was asked for (by id: all or none of them), as an archive whose
    /// bytes `write` takes: the same bytes for the same images. Blobs are checked as they are read.
    public func save(
        _ names: [String], _ format: SaveFormat, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        let saving = try Saving(self, names)
        try withoutActuallyEscaping(write) { write in
            var tar = TarSink(write: write)
            try saving.all(format, to: &tar)
            try tar.end()
        }
    }

    /// Saves images as a directory that is not there yet, or is empty.
    public func save(_ names: [String], folder: String) throws {
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        let saving = try Saving(self, names)
        var sink = FolderSink(folder: folder)
        try Files.makeDirectories(folder)
        guard try Files.list(folder).isEmpty else {
            throw ImageError(.conflict, "the directory \(folder) is not empty")
        }
        try saving.all(.ociFolder, to: &sink)
    }
}

/// Where the files of a layout go.
private protocol Sink {
    mutating func folder(_ path: String) throws
    mutating func file(_ path: String, _ bytes: [UInt8]) throws
    mutating func blob(_ path: String, _ digest: Digest, size: Int64, of store: ImageStore) throws
}

private struct Saving {
    private struct Item {
        var image: Image
        var references: [Reference]
        var manifest: ImageManifest
    }

    private let store: ImageStore
    private var items: [Item] = []

    init(_ store: ImageStore, _ names: [String]) throws {
        self.store = store
        for name in names {
            let image = try store.find(name)
            let reference = (try? Reference(name).tagged).flatMap { own in image.tags.first { $0 == own } }
            // A repository without a tag means the tag `latest`; an id means the image and no name.
            let references = reference.map { [$0] } ?? []
            if let place = items.firstIndex(where: { $0.image.id == image.id }) {
                items[place].references += references.filter { !items[place].references.contains($0) }
            } else {
                let manifest = try store.manifest(image.manifest.digest)
                items.append(Item(image: image, references: references, manifest: manifest))
            }
        }
    }

    func all(_ format: SaveFormat, to sink: inout some Sink) throws {
        try sink.folder("blobs")
        try sink.folder("blobs/sha256")
        var seen: Set<Digest> = []
        func blob(_ digest: Digest, _ size: Int64) throws {
            guard seen.insert(digest).inserted else { return }
            try sink.blob(Self.path(digest), digest, size: size, of: store)
        }
        for item in items {
            for layer in item.manifest.layers { try blob(layer.digest, layer.size) }
            try blob(item.manifest.config.digest, item.manifest.config.size)
            try blob(item.image.manifest.digest, item.image.manifest.size)
        }
        try sink.file("index.json", index().encoded())
        if format == .dockerArchive {
            let list = items.map { item in
                DockerArchive(
                    config: Self.path(item.image.id), repoTags: item.references.map(\.familiar),
                    layers: item.manifest.layers.map { Self.path($0.digest) })
            }
            try sink.file("manifest.json", DockerArchive.encode(list))
        }
        try sink.file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        if format == .dockerArchive {
            let tops = items.flatMap { item in
                item.references.map { ($0, item.manifest.layers.last?.digest.hex ?? "") }
            }
            try sink.file("repositories", DockerArchive.repositories(tops))
        }
    }

    private func index() -> ImageIndex {
        var index = ImageIndex(manifests: [])
        for item in items {
            let plain = ContentDescriptor(
                mediaType: item.manifest.mediaType, digest: item.image.manifest.digest,
                size: item.image.manifest.size)
            for reference in item.references {
                var entry = plain
                entry.annotations = [
                    Pair("io.containerd.image.name", reference.description),
                    Pair("org.opencontainers.image.ref.name", reference.description),
                ]
                index.manifests.append(entry)
            }
            if item.references.isEmpty { index.manifests.append(plain) }
        }
        return index
    }

    private static func path(_ digest: Digest) -> String {
        "blobs/" + digest.algorithm.rawValue + "/" + digest.hex
    }
}

extension ImageStore {
    /// Gives `take` a blob's bytes, and throws in the end where they were not its digest's.
    fileprivate func stream(
        _ digest: Digest, size: Int64, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let file = try open(digest)
        var hash = Hash(digest.algorithm)
        var count: Int64 = 0
        try Stream.read(file.number, digest.description) { bytes in
            hash.update(bytes)
            count += Int64(bytes.count)
            guard count <= size else { throw ImageError(.damaged, "the blob \(digest) is too long") }
            try take(bytes)
        }
        guard count == size, hash.digest() == digest else {
            throw ImageError(.damaged, "the blob \(digest) is not what its digest says")
        }
    }
}

private struct TarSink: Sink {
    let write: (UnsafeRawBufferPointer) throws -> Void

    func put(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    private func header(_ path: String, _ kind: Entry.Kind, size: Int64 = 0) throws {
        var entry = Entry()
        entry.path = Array(path.utf8)
        entry.kind = kind
        entry.mode = kind == .directory ? 0o755 : 0o644
        entry.size = size
        try put(try TarWriter.header(entry))
    }

    private func pad(_ size: Int64) throws {
        try put([UInt8](repeating: 0, count: TarWriter.padding(after: size)))
    }

    mutating func folder(_ path: String) throws { try header(path, .directory) }

    mutating func file(_ path: String, _ bytes: [UInt8]) throws {
        try header(path, .file, size: Int64(bytes.count))
        try put(bytes)
        try pad(Int64(bytes.count))
    }

    mutating func blob(_ path: String, _ digest: Digest, size: Int64, of store: ImageStore) throws {
        try header(path, .file, size: size)
        try store.stream(digest, size: size, write)
        try pad(size)
    }

    func end() throws { try put(TarWriter.end) }
}

private struct FolderSink: Sink {
    let folder: String

    mutating func folder(_ path: String) throws { try Files.makeDirectory(folder + "/" + path) }

    private func create(_ path: String) throws -> Descriptor {
        try Descriptor.open(folder + "/" + path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    }

    mutating func file(_ path: String, _ bytes: [UInt8]) throws {
        try create(path).write(bytes, name: path)
    }

    mutating func blob(_ path: String, _ digest: Digest, size: Int64, of store: ImageStore) throws {
        let file = try create(path)
        try store.stream(digest, size: size) { try Stream.write($0, to: file.number, path) }
    }
}
