import Digest
import Manifest

/// An artifact that speaks of an image, and the document in it.
public struct AttachedArtifact: Sendable, Equatable {
    /// Of its manifest.
    public var digest: Digest
    public var manifest: Artifact
}

extension ImageStore {
    /// Attaches a document to an image, in place of what it had of that type (image-spec 1.1, manifest.md,
    /// `subject`). It stays as long as the image does. The caller holds a lease.
    public func attach(
        _ document: [UInt8], _ mediaType: String, to image: ContentDescriptor, annotations: [Pair]
    ) throws {
        func part(_ bytes: [UInt8], _ type: String) throws -> ContentDescriptor {
            .init(mediaType: type, digest: try add(bytes), size: Int64(bytes.count))
        }
        let artifact = Artifact(
            artifactType: mediaType, config: try part(Artifact.empty, Artifact.emptyType),
            layers: [try part(document, mediaType)], subject: image.plain, annotations: annotations)
        var entry = try part(artifact.encoded(), MediaType.manifest)
        entry.artifactType = mediaType
        entry.annotations = [Pair(Annotation.subject, image.digest.description)]
        try change { index in
            index.manifests.removeAll { old in
                old.annotations[Annotation.subject] == image.digest.description
                    && old.artifactType == mediaType
            }
            index.manifests.append(entry)
        }
    }

    /// What is attached to an image of that type; nil where nothing is.
    public func attached(_ mediaType: String, to image: Digest) throws -> AttachedArtifact? {
        let entry = try readIndex().manifests.first { entry in
            entry.annotations[Annotation.subject] == image.description && entry.artifactType == mediaType
        }
        guard let entry else { return nil }
        return AttachedArtifact(digest: entry.digest, manifest: try artifact(entry.digest))
    }

    func artifact(_ digest: Digest) throws -> Artifact {
        let bytes = try read(digest, limit: ImageManifest.limitBytes)
        do throws(ManifestError) {
            return try Artifact.decode(bytes)
        } catch {
            throw ImageError(.damaged, "the manifest \(digest): \(error)")
        }
    }

    /// Takes an image that has no name out of index.json; what it alone had goes with the next sweep.
    public func withdraw(_ id: Digest) throws {
        try change { index in
            index.manifests.removeAll { entry in
                entry.annotations[Annotation.id] == id.description
                    && entry.annotations[Annotation.reference] == nil
            }
        }
    }
}

extension ImageIndex {
    /// Takes away what was attached to images that are gone.
    mutating func dropOrphans() {
        let there = Set(
            manifests.filter { $0.annotations[Annotation.subject] == nil }.map(\.digest.description))
        manifests.removeAll { entry in
            guard let subject = entry.annotations[Annotation.subject] else { return false }
            return !there.contains(subject)
        }
    }
}
