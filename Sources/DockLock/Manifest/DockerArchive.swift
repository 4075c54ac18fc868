import Digest
import JSON

/// An image of `docker save`: an entry of the archive's `manifest.json`. Paths are names in the archive.
public struct DockerArchive: Sendable, Equatable {
    public var config: String
    public var repoTags: [String]
    /// The lowest first.
    public var layers: [String]

    public init(config: String, repoTags: [String], layers: [String]) {
        self.config = config
        self.repoTags = repoTags
        self.layers = layers
    }

    /// Reads `manifest.json`.
    public static func decode(_ bytes: [UInt8]) throws(ManifestError) -> [DockerArchive] {
        let json = try JSON.image(bytes, limit: ImageManifest.limitBytes)
        guard json.kind == .array else { throw ManifestError(problem: "must be an array") }
        return try json.list(limit: 10_000) { (value) throws(ManifestError) in
            try value.requireObject()
            let config = try value.required("Config") { (name) throws(ManifestError) in try name.path() }
            let layers = try value.list("Layers", limit: ImageManifest.limitLayers) {
                (name) throws(ManifestError) in try name.path()
            }
            return DockerArchive(
                config: config, repoTags: try value.texts("RepoTags") ?? [], layers: layers ?? [])
        }
    }

    /// Writes `manifest.json`.
    public static func encode(_ images: [DockerArchive]) -> [UInt8] {
        JSONNode.array(
            images.map { image in
                [
                    "Config": .string(image.config),
                    "RepoTags": image.repoTags.isEmpty ? .null : .strings(image.repoTags),
                    "Layers": .strings(image.layers),
                ]
            }
        ).encoded()
    }

    /// Writes `repositories`, which readers before `manifest.json` want: name, tag, and the top layer's
    /// name (its folder in the archive).
    public static func repositories(_ tops: [(reference: Reference, top: String)]) -> [UInt8] {
        var members: [JSONNode.Member] = []
        for (reference, top) in tops {
            guard let tag = reference.tag else { continue }
            let entry = JSONNode.Member(tag, .string(top))
            let name = reference.familiarName
            if let place = members.firstIndex(where: { $0.key == name }),
                case .object(let tags) = members[place].value
            {
                members[place].value = .object(tags.filter { $0.key != tag } + [entry])
            } else {
                members.append(.init(name, .object([entry])))
            }
        }
        return JSONNode.object(members).encoded()
    }
}

extension JSON {
    /// The name of an entry: relative, and it does not climb.
    fileprivate func path() throws(ManifestError) -> String {
        let path = try text()
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, path.utf8.first != UInt8(ascii: "/"), !steps.contains("..") else {
            throw ManifestError(problem: "must be the name of an entry")
        }
        return path
    }
}
