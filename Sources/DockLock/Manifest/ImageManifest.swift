import Digest
import JSON

/// The manifest of one image (image-spec, manifest.md, or Docker's schema 2).
public struct ImageManifest: Sendable, Equatable {
    public static let limitBytes = 4 << 20
    /// What the kernel stacks (overlayfs, OVL_MAX_STACK).
    public static let limitLayers = 500

    public var mediaType: String
    public var config: ContentDescriptor
    /// The lowest first.
    public var layers: [ContentDescriptor]
    public var annotations: [Pair]

    public init(
        mediaType: String = MediaType.manifest, config: ContentDescriptor, layers: [ContentDescriptor],
        annotations: [Pair] = []
    ) {
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
        self.annotations = annotations
    }

    /// Reads the manifest of an image that can be run; other artifacts are refused.
    public static func decode(_ bytes: [UInt8]) throws(ManifestError) -> ImageManifest {
        let json = try JSON.object(bytes, limit: limitBytes)
        try requireSchema2(json)
        let type = try json.text("mediaType") ?? ""
        guard type.isEmpty || MediaType.isManifest(type) else {
            throw ManifestError(path: "mediaType", problem: "\"\(type)\" is no image manifest")
        }
        if let manifests = json["manifests"], !manifests.isNull {
            throw ManifestError(path: "manifests", problem: "must not stand in a manifest")
        }
        let config = try json.required("config") { (value) throws(ManifestError) in
            try ContentDescriptor(value)
        }
        guard MediaType.isConfig(config.mediaType) else {
            throw ManifestError(
                path: "config.mediaType", problem: "\"\(config.mediaType)\" is not an image's")
        }
        let layers = try json.list("layers", limit: limitLayers) { (value) throws(ManifestError) in
            let layer = try ContentDescriptor(value)
            guard MediaType.isLayer(layer.mediaType) else {
                throw ManifestError(
                    path: "mediaType", problem: "\"\(layer.mediaType)\" is no layer that is read here")
            }
            return layer
        }
        guard let layers else { throw ManifestError(path: "layers", problem: "is missing") }
        return ImageManifest(
            mediaType: type.isEmpty ? MediaType.manifest : type, config: config, layers: layers,
            annotations: try json.pairs("annotations") ?? [])
    }

    public func encoded() -> [UInt8] {
        var members: [JSONNode.Member] = [
            .init("schemaVersion", .int(2)),
            .init("mediaType", .string(mediaType)),
            .init("config", config.node),
            .init("layers", .array(layers.map(\.node))),
        ]
        if !annotations.isEmpty { members.append(.init("annotations", annotations.node)) }
        return JSONNode.object(members).encoded()
    }
}

/// Whether a document is an index or a manifest, for readers that were not told.
public enum DocumentKind: Sendable, Equatable {
    case index, manifest

    public static func of(_ bytes: [UInt8]) throws(ManifestError) -> DocumentKind {
        let json = try JSON.object(bytes, limit: ImageIndex.limitBytes)
        return json["manifests"] != nil ? .index : .manifest
    }
}
