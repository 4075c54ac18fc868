import Digest
import Glibc
import Kernel
import Manifest

/// An image of the store.
public struct Image: Sendable, Equatable {
    /// The digest of its configuration, which is what people call its id.
    public var id: Digest
    /// The manifest as index.json has it.
    public var manifest: ContentDescriptor
    /// Its names: with a tag, or with the digest that a registry knows it by.
    public var references: [Reference]

    public var tags: [Reference] { references.filter { $0.tag != nil } }
    public var digests: [Reference] { references.filter { $0.digest != nil } }
}

/// What index.json says of an entry beside its descriptor.
enum Annotation {
    static let reference = "org.opencontainers.image.ref.name"
    /// The digest of the configuration: spares a run the manifest.
    static let id = "io.docklock.image.id"
    /// The digest of the manifest that an artifact speaks of: such an entry is no image.
    static let subject = "io.docklock.subject"
}

/// All that a run must know of an image.
public struct RunnableImage: Sendable {
    public var image: Image
    public var config: ImageConfig
    /// Names of the layers' folders below `ImageStore.layers`, the topmost first: overlayfs' `lowerdir`.
    public var layers: [String]
}

extension ImageStore {
    /// The image of that name, id, or unique beginning of an id, with its configuration and its layers. The
    /// caller holds a lease until its own record keeps the layers.
    public func runnable(_ name: String) throws -> RunnableImage {
        let image = try find(name)
        let config = try config(image.id)
        return RunnableImage(image: image, config: config, layers: try rootfs(of: config))
    }

    /// Every image, in the order of index.json.
    public func images() throws -> [Image] { try images(in: readIndex()) }

    func images(in index: ImageIndex) throws -> [Image] {
        var images: [Image] = []
        var places: [Digest: Int] = [:]
        for entry in index.manifests {
            guard let id = try id(of: entry) else { continue }
            let reference = entry.annotations[Annotation.reference].flatMap { try? Reference($0).tagged }
            if let place = places[id] {
                if let reference { images[place].references.append(reference) }
            } else {
                places[id] = images.count
                images.append(
                    Image(id: id, manifest: entry.plain, references: reference.map { [$0] } ?? []))
            }
        }
        return images
    }

    /// The id of an entry; nil for what is no image.
    private func id(of entry: ContentDescriptor) throws -> Digest? {
        if let id = entry.annotations[Annotation.id] {
            return try? Digest(id)
        }
        if entry.annotations[Annotation.subject] != nil { return nil }
        guard MediaType.isManifest(entry.mediaType) else { return nil }
        return try? manifest(entry.digest).config.digest
    }

    /// The image of that name (`alpine`, `host:5000/a/b:tag`, `name@sha256:...`), full id, digest of the
    /// manifest, or unique beginning of an id.
    public func find(_ name: String) throws -> Image { try find(name, in: images()) }

    func find(_ name: String, in images: [Image]) throws -> Image {
        let digits = name.hasPrefix("sha256:") ? String(name.dropFirst(7)) : name
        if Reference.isHex64(digits),
            let image = images.first(where: { $0.id.hex == digits || $0.manifest.digest.hex == digits })
        {
            return image
        }
        let reference = try? Reference(name)
        if let reference, let image = images.first(where: { $0.answers(to: reference.tagged) }) {
            return image
        }
        let isID = !digits.isEmpty && digits.utf8.count <= 64 && digits.utf8.allSatisfy(isHexDigit)
        if isID {
            let found = images.filter { $0.id.hex.hasPrefix(digits) }
            if found.count > 1 {
                throw ImageError(.ambiguous, "several images have ids that begin with \(digits)")
            }
            if let image = found.first { return image }
        }
        if reference == nil, !isID {
            // Says what is wrong with the name.
            do throws(ManifestError) {
                _ = try Reference(name)
            } catch {
                throw ImageError(.invalid, error.description)
            }
        }
        throw ImageError(.absent, "No such image: \(reference?.tagged.familiar ?? name)")
    }

    /// Names of the layers' folders, the topmost first. Throws where one is not unpacked.
    public func rootfs(of config: ImageConfig) throws -> [String] {
        let folder = try Descriptor.open(layers, O_PATH | O_DIRECTORY)
        var names: [String] = []
        for chain in chainIDs(of: config).reversed() {
            let name = Self.folder(of: chain)
            guard Files.exists(name + ".json", at: folder.number) else {
                throw ImageError(.damaged, "the layer \(chain) is not unpacked")
            }
            names.append(name)
        }
        return names
    }

    /// The name of the folder of a chain id.
    public static func folder(of chain: Digest) -> String { String(chain.hex.prefix(24)) }
}

extension Image {
    /// Whether a name means this image: its own, or the repository's name with the manifest's digest.
    func answers(to reference: Reference) -> Bool {
        guard let digest = reference.digest else { return references.contains(reference) }
        return references.contains { own in
            own.name == reference.name && (own.digest == digest || manifest.digest == digest)
        }
    }
}

extension ContentDescriptor {
    /// Without what index.json adds.
    var plain: ContentDescriptor { ContentDescriptor(mediaType: mediaType, digest: digest, size: size) }
}

func isHexDigit(_ byte: UInt8) -> Bool { (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) }
