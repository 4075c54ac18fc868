import Digest
import Distribution
import Hash
import Images
import Layers
import Manifest
import NIOCore
import NIOPosix
import Transfer

/// An image that was pulled.
public struct Pulled: Sendable, Equatable {
    /// As it was asked for.
    public var reference: Reference
    public var id: Digest
    /// What the registry knows it by: of an image for several platforms, the index's.
    public var digest: Digest
    /// Whether all of it was there before.
    public var wasCurrent: Bool
}

/// Registries, spoken with for one command.
public final class Registries: Sendable {
    /// Layers that come or go at the same time.
    static let parallel = 3

    let wire: Wire
    let trust: Trust
    let keyring: Keyring

    public init(_ trust: Trust, _ keyring: Keyring) {
        self.trust = trust
        self.keyring = keyring
        wire = Wire(trust)
    }

    /// Ends all connections. Nothing can be asked afterwards.
    public func close() async { await wire.close() }

    func remote(_ repository: Repository, isMirror: Bool = false) -> Remote {
        var keyring = keyring
        // A password on the command line is for the registry that stands there.
        if isMirror { keyring.given = nil }
        return Remote(repository: repository, server: Server(repository.registry, wire, trust, keyring))
    }

    /// The tags of a repository.
    public func tags(of reference: Reference) async throws -> [String] {
        try await remote(Repository(reference)).tags()
    }

    /// Pulls an image into the store, from the first mirror that has it or from its registry, and gives it
    /// its name. What is there already does not come again. After an error nothing has a name; blobs and
    /// layers that came whole may stay for the next sweep.
    public func pull(
        _ reference: Reference, into store: ImageStore, platform: Platform = .host, show: @escaping Show
    ) async throws -> Pulled {
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let sources = trust.settings.sources(of: Repository(reference))
        for source in sources.dropLast() {
            let pulling = Pulling(
                store: store, remote: remote(source, isMirror: true), platform: platform, show: show)
            do {
                return try await pulling.pull(reference)
            } catch {
                guard error is RegistryError || error is DistributionError else { throw error }
                show(.passedOver(registry: source.registry, reason: "\(error)"))
            }
        }
        let pulling = Pulling(
            store: store, remote: remote(Repository(reference)), platform: platform, show: show)
        return try await pulling.pull(reference)
    }
}

private struct Pulling {
    let store: ImageStore
    let remote: Remote
    let platform: Platform
    let show: Show

    func pull(_ reference: Reference) async throws -> Pulled {
        let top = try await remote.manifest(tag: reference.tag, digest: reference.digest)
        let document = try await choose(top)
        let manifest = try read(document.digest) { try ImageManifest.decode(document.bytes) }
        let id = manifest.config.digest
        let configBytes =
            store.has(id)
            ? try store.read(id, limit: ImageConfig.limitBytes)
            : try await remote.blob(manifest.config, limit: ImageConfig.limitBytes)
        let config = try read(id) { try ImageConfig.decode(configBytes) }
        guard manifest.layers.count == config.diffIDs.count else {
            throw RegistryError(
                .invalid,
                "\(reference.familiar): the image has \(manifest.layers.count) layers, its configuration"
                    + " names \(config.diffIDs.count)")
        }
        var isNew = !store.has(document.digest)
        if try await fetch(manifest, config) { isNew = true }
        if !store.has(id) { try store.add(configBytes) }
        if !store.has(document.digest) { try store.add(document.bytes) }
        // Layers that came twice over in one image, and those whose blobs were there, come from the store.
        let (store, known) = (store, manifest)
        try await NIOThreadPool.singleton.runIfActive { try store.unpack(known, config) }
        let before = try store.images().first { $0.id == id }
        let name = reference.digest == nil ? reference.tagged : reference
        try store.publish(
            .init(mediaType: manifest.mediaType, digest: document.digest, size: Int64(document.bytes.count)),
            id: id, as: [name])
        let hadName = before?.references.contains(name) == true
        return Pulled(reference: name, id: id, digest: top.digest, wasCurrent: !isNew && hadName)
    }

    /// The manifest of an image: of an index, that for the platform.
    private func choose(_ top: Remote.Document) async throws -> Remote.Document {
        var document = top
        for _ in 0..<4 {
            if try read(document.digest, { try DocumentKind.of(document.bytes) }) == .manifest {
                return document
            }
            let bytes = document.bytes
            let chosen = try read(document.digest) { try ImageIndex.decode(bytes).choose(platform) }
            document = try await remote.manifest(tag: nil, digest: chosen.digest)
            guard Int64(document.bytes.count) == chosen.size else {
                throw RegistryError(
                    .invalid, "\(chosen.digest) has \(document.bytes.count) bytes, not \(chosen.size)")
            }
        }
        throw RegistryError(.invalid, "\(top.digest): indexes lie too deep in each other")
    }

    /// Brings the blobs and layers that are missing, several at a time. Whether any was.
    private func fetch(_ manifest: ImageManifest, _ config: ImageConfig) async throws -> Bool {
        var missing: [(descriptor: ContentDescriptor, layer: Layer, chain: Digest)] = []
        var seen: Set<Digest> = []
        for (index, chain) in store.chainIDs(of: config).enumerated() {
            let descriptor = manifest.layers[index]
            guard seen.insert(descriptor.digest).inserted else { continue }
            if store.has(descriptor.digest) {
                show(.present(descriptor.digest))
            } else {
                show(.waiting(descriptor.digest, size: descriptor.size))
                let layer = Layer(
                    digest: descriptor.digest, size: descriptor.size, diffID: config.diffIDs[index])
                missing.append((descriptor, layer, chain))
            }
        }
        guard !missing.isEmpty else { return false }
        var arrived: [Arrived] = []
        try await withThrowingTaskGroup(of: Arrived.self) { group in
            var waiting = missing.makeIterator()
            for _ in 0..<Registries.parallel {
                guard let next = waiting.next() else { break }
                group.addTask { try await fetch(next.descriptor, next.layer, next.chain) }
            }
            while let one = try await group.next() {
                arrived.append(one)
                // Each holds descriptors until it is in its place.
                if arrived.count == 100 {
                    try await keep(arrived)
                    arrived = []
                }
                if let next = waiting.next() {
                    group.addTask { try await fetch(next.descriptor, next.layer, next.chain) }
                }
            }
        }
        try await keep(arrived)
        return true
    }

    private func keep(_ arrived: [Arrived]) async throws {
        let store = store
        try await NIOThreadPool.singleton.runIfActive {
            try store.keep(arrived.compactMap(\.blob), arrived.compactMap(\.tree))
        }
    }

    private func fetch(
        _ descriptor: ContentDescriptor, _ layer: Layer, _ chain: Digest
    ) async throws -> Arrived {
        let intake = try LayerIntake(
            store, layer, chain: chain, unpacks: store.layer(chain) == nil, stores: true)
        do {
            var moved: Int64 = 0
            try await remote.stream(descriptor) { piece in
                moved += Int64(piece.readableBytes)
                try await intake.take(piece)
                show(.moved(descriptor.digest, bytes: moved, of: descriptor.size))
            }
            let arrived = try await intake.finish()
            show(.complete(descriptor.digest))
            return arrived
        } catch {
            await intake.abandon()
            throw error
        }
    }

    /// What a document says, with errors that name it.
    private func read<Value>(_ digest: Digest, _ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as ManifestError {
            throw RegistryError(.invalid, "\(remote.repository.name)@\(digest): \(error)")
        }
    }
}
