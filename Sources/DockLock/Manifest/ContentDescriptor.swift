import Digest
import JSON

/// What is pointed at by digest (image-spec, descriptor.md).
public struct ContentDescriptor: Sendable, Equatable {
    public var mediaType: String
    public var digest: Digest
    /// Bytes.
    public var size: Int64
    public var annotations: [Pair]
    public var platform: Platform?
    /// Of what kind the artifact is that is pointed at; nil for an image.
    public var artifactType: String?

    public init(
        mediaType: String, digest: Digest, size: Int64, annotations: [Pair] = [], platform: Platform? = nil,
        artifactType: String? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
        self.artifactType = artifactType
    }

    init(_ json: JSON) throws(ManifestError) {
        try json.requireObject()
        mediaType = try json.text("mediaType") ?? ""
        digest = try json.required("digest") { (value) throws(ManifestError) in try value.digest() }
        guard let size = try json.number("size") else {
            throw ManifestError(path: "size", problem: "is missing")
        }
        guard size >= 0 else { throw ManifestError(path: "size", problem: "must not be negative") }
        self.size = size
        annotations = try json.pairs("annotations") ?? []
        platform = try json.member("platform") { (value) throws(ManifestError) in try Platform(value) }
        artifactType = try json.text("artifactType")
    }

    /// The descriptor as a document, its members in the order of the specification.
    public var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("mediaType", .string(mediaType)),
            .init("digest", .string(digest.description)),
            .init("size", .int(size)),
        ]
        if !annotations.isEmpty { members.append(.init("annotations", annotations.node)) }
        if let platform { members.append(.init("platform", platform.node)) }
        if let artifactType { members.append(.init("artifactType", .string(artifactType))) }
        return .object(members)
    }
}

/// The media types of images: OCI's (image-spec, media-types.md) and Docker's, schema 2.
public enum MediaType {
    public static let index = "application/vnd.oci.image.index.v1+json"
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let config = "application/vnd.oci.image.config.v1+json"
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    public static let gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let zstdLayer = "application/vnd.oci.image.layer.v1.tar+zstd"
    public static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    public static let dockerGzipLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    /// Whether this is an index of images for several platforms.
    public static func isIndex(_ type: String) -> Bool { type == index || type == dockerList }

    /// Whether this is one image's manifest.
    public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }

    /// Whether a manifest with this configuration is an image that can be run, and no other artifact.
    public static func isConfig(_ type: String) -> Bool { type == config || type == dockerConfig }

    /// Whether this is a layer that belongs in a root filesystem. Layers that must be had from elsewhere
    /// (`nondistributable`, `foreign`) are not.
    public static func isLayer(_ type: String) -> Bool {
        type == layer || type == gzipLayer || type == zstdLayer || type == dockerLayer
            || type == dockerGzipLayer || type == "application/vnd.docker.image.rootfs.diff.tar.zstd"
    }
}
