import Digest
import JSON

/// The configuration of an image (image-spec, config.md, with Docker's additions).
public struct ImageConfig: Sendable, Equatable {
    public static let limitBytes = 8 << 20

    /// RFC 3339, or nil where nobody said.
    public var created: String?
    public var author: String
    public var platform: Platform
    /// What a container of this image runs unless told otherwise.
    public var run: Execution
    /// Digests of the layers uncompressed, the lowest first.
    public var diffIDs: [Digest]
    public var history: [History]

    /// One step of how the image was made.
    public struct History: Sendable, Equatable {
        public var created: String?
        public var createdBy: String
        public var author: String
        public var comment: String
        /// Whether the step left no layer.
        public var isEmptyLayer: Bool

        public init(
            created: String?, createdBy: String = "", author: String = "", comment: String = "",
            isEmptyLayer: Bool = false
        ) {
            self.created = created
            self.createdBy = createdBy
            self.author = author
            self.comment = comment
            self.isEmptyLayer = isEmptyLayer
        }
    }

    public init(platform: Platform = .host) {
        self.platform = platform
        author = ""
        run = Execution()
        diffIDs = []
        history = []
    }

    public static func decode(_ bytes: [UInt8]) throws(ManifestError) -> ImageConfig {
        let json = try JSON.object(bytes, limit: limitBytes)
        var config = ImageConfig(platform: try Platform(json))
        config.created = try json.text("created")
        config.author = try json.text("author") ?? ""
        config.run =
            try json.member("config") { (value) throws(ManifestError) in try Execution(value) }
            ?? Execution()
        config.diffIDs = try json.required("rootfs") { (rootfs) throws(ManifestError) in
            try rootfs.requireObject()
            guard try rootfs.text("type") ?? "layers" == "layers" else {
                throw ManifestError(path: "type", problem: "must be \"layers\"")
            }
            let limit = ImageManifest.limitLayers
            return try rootfs.list("diff_ids", limit: limit) { (value) throws(ManifestError) in
                try value.digest()
            } ?? []
        }
        config.history =
            try json.list("history", limit: 10_000) { (value) throws(ManifestError) in
                try History(value)
            } ?? []
        return config
    }

    /// The document: the same bytes for the same values.
    public func encoded() -> [UInt8] {
        var members: [JSONNode.Member] = []
        if let created { members.append(.init("created", .string(created))) }
        if !author.isEmpty { members.append(.init("author", .string(author))) }
        if case .object(let names) = platform.node { members += names }
        members.append(.init("config", run.node))
        members.append(
            .init("rootfs", ["type": .string("layers"), "diff_ids": .strings(diffIDs.map(\.description))]))
        if !history.isEmpty { members.append(.init("history", .array(history.map(\.node)))) }
        return JSONNode.object(members).encoded()
    }

    /// Each layer's step of the history, the lowest first; nil where the history does not tell.
    public var layerSteps: [History?] {
        let steps = history.filter { !$0.isEmptyLayer }
        return diffIDs.indices.map { steps.count == diffIDs.count ? steps[$0] : nil }
    }
}

extension ImageConfig.History {
    init(_ json: JSON) throws(ManifestError) {
        try json.requireObject()
        self.init(
            created: try json.text("created"), createdBy: try json.text("created_by") ?? "",
            author: try json.text("author") ?? "", comment: try json.text("comment") ?? "",
            isEmptyLayer: try json.flag("empty_layer"))
    }

    var node: JSONNode {
        var members: [JSONNode.Member] = []
        if let created { members.append(.init("created", .string(created))) }
        if !createdBy.isEmpty { members.append(.init("created_by", .string(createdBy))) }
        if !author.isEmpty { members.append(.init("author", .string(author))) }
        if !comment.isEmpty { members.append(.init("comment", .string(comment))) }
        if isEmptyLayer { members.append(.init("empty_layer", .bool(true))) }
        return .object(members)
    }
}
