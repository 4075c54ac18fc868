import Digest
import JSON

/// The manifest of an artifact that speaks of an image: its subject (image-spec 1.1, manifest.md,
/// "Guidelines for Artifact Usage").
public struct Artifact: Sendable, Equatable {
    /// The media type and the content of the empty configuration.
    public static let emptyType = "application/vnd.oci.empty.v1+json"
    public static let empty = Array("{}".utf8)

    public var artifactType: String
    /// The empty one, where there is nothing to configure.
    public var config: ContentDescriptor
    public var layers: [ContentDescriptor]
    /// The manifest of the image.
    public var subject: ContentDescriptor
    public var annotations: [Pair]

    public init(
        artifactType: String, config: ContentDescriptor, layers: [ContentDescriptor],
        subject: ContentDescriptor, annotations: [Pair] = []
    ) {
        self.artifactType = artifactType
        self.config = config
        self.layers = layers
        self.subject = subject
        self.annotations = annotations
    }

    /// Reads the manifest of an artifact that has a type and a subject; any other manifest is refused.
    public static func decode(_ bytes: [UInt8]) throws(ManifestError) -> Artifact {
        let json = try JSON.object(bytes, limit: ImageManifest.limitBytes)
        try requireSchema2(json)
        guard let type = try json.text("artifactType"), !type.isEmpty else {
            throw ManifestError(path: "artifactType", problem: "is missing")
        }
        let layers = try json.list("layers", limit: ImageManifest.limitLayers) {
            (value) throws(ManifestError) in try ContentDescriptor(value)
        }
        return Artifact(
            artifactType: type,
            config: try json.required("config") { (value) throws(ManifestError) in
                try ContentDescriptor(value)
            },
            layers: layers ?? [],
            subject: try json.required("subject") { (value) throws(ManifestError) in
                try ContentDescriptor(value)
            },
            annotations: try json.pairs("annotations") ?? [])
    }

    public func encoded() -> [UInt8] {
        var members: [JSONNode.Member] = [
            .init("schemaVersion", .int(2)),
            .init("mediaType", .string(MediaType.manifest)),
            .init("artifactType", .string(artifactType)),
            .init("config", config.node),
            .init("layers", .array(layers.map(\.node))),
            .init("subject", subject.node),
        ]
        if !annotations.isEmpty { members.append(.init("annotations", annotations.node)) }
        return JSONNode.object(members).encoded()
    }
}
