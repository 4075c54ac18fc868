import Digest
import Distribution
import Images
import Kernel
import Manifest
import NIOCore

/// An image that was pushed.
public struct Pushed: Sendable, Equatable {
    /// Of the manifest, which is the one that is stored here.
    public var digest: Digest
    /// Its bytes.
    public var size: Int64
}

extension Registries {
    /// Pushes an image of the store to the repository of a name, under its tag. Manifest and blobs stay the
    /// same to the byte; what the registry has already is not sent (distribution-spec, Push).
    public func push(_ reference: Reference, from store: ImageStore, show: @escaping Show) async throws
        -> Pushed
    {
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let reference = reference.tagged
        guard let tag = reference.tag else {
            throw RegistryError(.invalid, "an image is pushed by a tag, not by a digest")
        }
        let image = try store.find(reference.description)
        let remote = remote(Repository(reference))
        let bytes = try store.read(image.manifest.digest, limit: ImageManifest.limitBytes)
        let manifest = try store.manifest(image.manifest.digest)
        // Repositories of the same registry that have the blobs, as far as names tell.
        let others = image.references.filter { $0.domain == reference.domain && $0.path != reference.path }
        let pushing = Pushing(store: store, remote: remote, others: others.map(\.path), show: show)
        try await pushing.send(manifest.layers)
        try await pushing.send([manifest.config])
        try await remote.put(bytes, type: manifest.mediaType, tag: tag, digest: image.manifest.digest)
        return Pushed(digest: image.manifest.digest, size: Int64(bytes.count))
    }
}

private struct Pushing {
    let store: ImageStore
    let remote: Remote
    let others: [String]
    let show: Show

    /// Sends blobs, several at a time, each once.
    func send(_ blobs: [ContentDescriptor]) async throws {
        var seen: Set<Digest> = []
        let blobs = blobs.filter { seen.insert($0.digest).inserted }
        for blob in blobs { show(.waiting(blob.digest, size: blob.size)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = blobs.makeIterator()
            for _ in 0..<Registries.parallel {
                guard let next = waiting.next() else { break }
                group.addTask { try await send(next) }
            }
            while try await group.next() != nil {
                guard let next = waiting.next() else { continue }
                group.addTask { try await send(next) }
            }
        }
    }

    private func send(_ blob: ContentDescriptor) async throws {
        if try await remote.has(blob.digest) { return show(.present(blob.digest)) }
        let place: Location
        switch try await remote.begin(blob.digest, from: others.first) {
        case .mounted(let other): return show(.mounted(blob.digest, from: other))
        case .upload(let location): place = location
        }
        let file = OpenFile(try store.open(blob.digest))
        try await remote.upload(file, blob, at: place) { done in
            show(.moved(blob.digest, bytes: done, of: blob.size))
        }
        show(.complete(blob.digest))
    }
}
