import Digest
import JSON

/// An image index (image-spec, image-index.md), a Docker manifest list, or the `index.json` of a layout.
public struct ImageIndex: Sendable, Equatable {
    public static let limitBytes = 16 << 20
    public static let limitManifests = 100_000

    public var mediaType: String
    public var manifests: [ContentDescriptor]
    public var annotations: [Pair]

    public init(
        mediaType: String = MediaType.index, manifests: [ContentDescriptor], annotations: [Pair] = []
    ) {
        self.mediaType = mediaType
        self.manifests = manifests
        self.annotations = annotations
    }

    public static func decode(_ bytes: [UInt8]) throws(ManifestError) -> ImageIndex {
        let json = try JSON.object(bytes, limit: limitBytes)
        try requireSchema2(json)
        let type = try json.text("mediaType") ?? ""
        guard type.isEmpty || MediaType.isIndex(type) else {
            throw ManifestError(path: "mediaType", problem: "\"\(type)\" is no image index")
        }
        // A document that is both (CVE-2021-41190) would be read differently by different readers.
        for key in ["config", "layers"] where json[key: key].map({ !$0.isNull }) == true {
            throw ManifestError(path: key, problem: "must not stand in an index")
        }
        let manifests = try json.list("manifests", limit: limitManifests) { (value) throws(ManifestError) in
            try ContentDescriptor(value)
        }
        guard let manifests else { throw ManifestError(path: "manifests", problem: "is missing") }
        return ImageIndex(
            mediaType: type.isEmpty ? MediaType.index : type, manifests: manifests,
            annotations: try json.pairs("annotations") ?? [])
    }

    public func encoded() -> [UInt8] {
        var members: [JSONNode.Member] = [
            .init("schemaVersion", .int(2)),
            .init("mediaType", .string(mediaType)),
            .init("manifests", .array(manifests.map(\.node))),
        ]
        if !annotations.isEmpty { members.append(.init("annotations", annotations.node)) }
        return JSONNode.object(members).encoded()
    }

    /// The manifest for a platform: the first that fits best; entries that say nothing of platforms fit
    /// least. Throws where none fits, with the platforms that there are.
    public func choose(_ platform: Platform) throws(ManifestError) -> ContentDescriptor {
        var best: ContentDescriptor?
        var score = -1
        for entry in manifests where MediaType.isManifest(entry.mediaType) || entry.mediaType.isEmpty {
            let fits = entry.platform.map { platform.match($0) } ?? 0
            guard fits > 0 || entry.platform == nil, fits > score else { continue }
            (best, score) = (entry, fits)
        }
        if let best { return best }
        let there = manifests.compactMap { $0.platform?.description }.joined(separator: ", ")
        throw ManifestError(
            problem: "no image for \(platform)" + (there.isEmpty ? "" : ", only for \(there)"))
    }
}

func requireSchema2(_ json: JSON) throws(ManifestError) {
    guard let version = try json.number("schemaVersion") else {
        throw ManifestError(path: "schemaVersion", problem: "is missing")
    }
    guard version == 2 else {
        throw ManifestError(path: "schemaVersion", problem: "must be 2; \(version) is not read here")
    }
}
