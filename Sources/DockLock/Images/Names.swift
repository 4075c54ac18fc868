import Digest
import Kernel
import Manifest

/// What a container has of the store: as its record in DATA/containers says.
public struct ImageUse: Sendable, Equatable {
    public var container: String
    /// The id of its image, or nil where it has none.
    public var image: Digest?
    /// Names of folders below `ImageStore.layers`.
    public var layers: [String]
    public var isRunning: Bool

    public init(container: String, image: Digest?, layers: [String], isRunning: Bool = false) {
        self.container = container
        self.image = image
        self.layers = layers
        self.isRunning = isRunning
    }
}

/// What the removal of an image did, in the order in which docker tells it.
public enum Removal: Sendable, Equatable {
    case untagged(Reference)
    /// An image or a layer is gone.
    case deleted(Digest)
}

extension ImageStore {
    /// Makes an image of a manifest that is stored with all that it names: by a name, which another image
    /// loses, or by none. The caller holds a lease.
    public func publish(_ manifest: ContentDescriptor, id: Digest, as references: [Reference]) throws {
        try change { publish(manifest, id: id, as: references, in: &$0) }
    }

    private func publish(
        _ manifest: ContentDescriptor, id: Digest, as references: [Reference], in index: inout ImageIndex
    ) {
        for reference in references { take(reference, in: &index) }
        let isThere = index.manifests.contains { $0.annotations[Annotation.id] == id.description }
        let names: [Reference?] = references.isEmpty ? (isThere ? [] : [nil]) : references
        if !references.isEmpty {
            index.manifests.removeAll {
                $0.annotations[Annotation.id] == id.description
                    && $0.annotations[Annotation.reference] == nil
            }
        }
        for name in names {
            var entry = manifest.plain
            entry.annotations = [Pair(Annotation.id, id.description)]
            if let name { entry.annotations.append(Pair(Annotation.reference, name.description)) }
            index.manifests.append(entry)
        }
    }

    /// Takes a name from whatever image has it; that image stays, without a name if this was the last.
    private func take(_ reference: Reference, in index: inout ImageIndex) {
        guard let place = index.manifests.firstIndex(where: { $0.names(reference) }) else { return }
        let entry = index.manifests.remove(at: place)
        let id = entry.annotations[Annotation.id]
        let isKept = index.manifests.contains {
            $0.digest == entry.digest || (id != nil && $0.annotations[Annotation.id] == id)
        }
        guard !isKept else { return }
        var nameless = entry
        nameless.annotations.set(Annotation.reference, nil)
        index.manifests.insert(nameless, at: place)
    }

    /// Gives an image a further name.
    public func tag(_ name: String, as reference: Reference) throws {
        guard reference.digest == nil else {
            throw ImageError(.invalid, "refusing to create a tag with a digest reference")
        }
        try change { index in
            let image = try find(name, in: try images(in: index))
            publish(image.manifest, id: image.id, as: [reference.tagged], in: &index)
        }
    }

    /// Removes a name, and with its last name the image; by id, the image. Refused, unless `force`, where a
    /// container or, by id, a second repository uses it. Layers and blobs go with the next sweep, which
    /// follows here unless somebody else is adding something.
    public func remove(_ name: String, force: Bool = false, uses: () throws -> [ImageUse]) throws -> [Removal]
    {
        var removals: [Removal] = []
        var gone: Image?
        try change { index in
            let image = try find(name, in: try images(in: index))
            let asked = (try? Reference(name)).map(\.tagged).flatMap { reference in
                image.references.first { $0 == reference }
            }
            let isLast = asked == nil || image.tags.allSatisfy { $0 == asked } || asked?.digest != nil
            if isLast {
                try refuseUsed(image, asked, force: force, uses: try uses())
            }
            if asked == nil, !force, Set(image.tags.map(\.name)).count > 1 {
                throw ImageError(
                    .conflict,
                    "conflict: unable to delete \(image.id.short) (must be forced) - image is referenced"
                        + " in multiple repositories")
            }
            let removed = isLast ? image.references : asked.map { [$0] } ?? []
            index.manifests.removeAll { entry in
                isLast
                    ? entry.digest == image.manifest.digest
                        || entry.annotations[Annotation.id] == image.id.description
                    : removed.contains { entry.names($0) }
            }
            removals = removed.map { .untagged($0) }
            if isLast { gone = image }
        }
        guard let gone else { return removals }
        let swept = try sweep(uses: uses)
        return removals + [.deleted(gone.id)] + (swept?.layers.map { .deleted($0) } ?? [])
    }

    private func refuseUsed(
        _ image: Image, _ asked: Reference?, force: Bool, uses: [ImageUse]
    ) throws {
        for use in uses where use.image == image.id && (!force || use.isRunning) {
            let container = String(use.container.prefix(12))
            if use.isRunning {
                throw ImageError(
                    .conflict,
                    "conflict: unable to delete \(asked?.familiar ?? image.id.short) (cannot be forced) -"
                        + " image is being used by running container \(container)")
            }
            throw ImageError(
                .conflict,
                asked.map {
                    "conflict: unable to remove repository reference \"\($0.familiar)\" (must force) -"
                        + " container \(container) is using its referenced image \(image.id.short)"
                }
                    ?? "conflict: unable to delete \(image.id.short) (must be forced) - image is being"
                    + " used by stopped container \(container)")
        }
    }
}

extension ContentDescriptor {
    func names(_ reference: Reference) -> Bool {
        guard let name = annotations[Annotation.reference] else { return false }
        return name == reference.description || (try? Reference(name).tagged) == reference
    }
}

extension Digest {
    /// The first twelve digits, as lists show an id.
    public var short: String { String(hex.prefix(12)) }
}
