import Digest
import Images
import Kernel
import Layers
import Manifest

/// What `commit` is told beside the container.
public struct CommitOptions: Sendable {
    public var reference: Reference?
    public var author = ""
    public var message = ""
    /// Instructions of a Dockerfile, as `--change` has them.
    public var changes: [String] = []
    /// RFC 3339.
    public var created: String

    public init(created: String) { self.created = created }
}

extension ImageStore {
    /// Makes an image of a container's image and of what the container changed, as a layer on top. Returns
    /// the image's id.
    public func commit(_ container: StoredContainer, _ options: CommitOptions) throws -> Digest {
        guard let base = container.use.image else {
            throw ImageError(.invalid, "the container \(container.id.prefix(12)) was made of no image")
        }
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        var config = try config(base)
        guard let below = try images().first(where: { $0.id == base }) else {
            throw ImageError(.absent, "the container's image \(base.short) is gone")
        }
        var layers = try manifest(below.manifest.digest).layers
        for change in options.changes { try config.run.apply(change) }
        let incoming = try Incoming(self)
        try Layers.pack(container.upper, as: .layer(Self.privilege)) { try incoming.append($0) }
        let size = incoming.size
        let digest = try incoming.finish()
        layers.append(.init(mediaType: MediaType.layer, digest: digest, size: size))
        config.diffIDs.append(digest)
        config.created = options.created
        if !options.author.isEmpty { config.author = options.author }
        config.history.append(
            .init(
                created: options.created, createdBy: (config.run.cmd ?? []).joined(separator: " "),
                author: options.author, comment: options.message))
        return try add(
            config: config.encoded(), layers: layers, as: options.reference.map { [$0] } ?? [])
    }

    /// What a container changed against its image, sorted, as `diff` shows it. What was made for a mount to
    /// lie on is none of its doing.
    public func changes(of container: StoredContainer) throws -> [Change] {
        let points = container.mountPoints
        return try Layers.changes(
            in: container.upper, lowers: container.use.layers.map { layers + "/" + $0 },
            privilege: Self.privilege
        ).filter { $0.kind != .added || !points.contains($0.path) }
    }

    /// Whose overlays this process makes.
    static var privilege: Privilege { Host.isInitialUserNamespace ? .root : .rootless }
}
