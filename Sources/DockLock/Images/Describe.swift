import Digest
import JSON
import Manifest

extension ImageStore {
    /// What `image inspect` prints of an image, member by member as docker does.
    public func describe(_ image: Image) throws -> JSONNode {
        let config = try config(image.id)
        let layers = chainIDs(of: config).reversed().map { self.layers + "/" + Self.folder(of: $0) }
        let last = config.history.last
        return [
            "Id": .string(image.id.description),
            "RepoTags": .strings(image.tags.map { $0.withoutDigest.familiar }),
            "RepoDigests": .strings(image.repositoryDigests),
            "Parent": .string(""),
            "Comment": .string(last?.comment ?? ""),
            "Created": .string(config.created ?? ""),
            "Author": .string(config.author),
            "Config": Self.describe(config.run),
            "Architecture": .string(config.platform.architecture),
            "Variant": .string(config.platform.variant),
            "Os": .string(config.platform.os),
            "Size": .int(size(of: config)),
            "VirtualSize": .int(size(of: config)),
            "GraphDriver": [
                "Data": ["LowerDir": .string(layers.joined(separator: ":"))], "Name": .string("overlay"),
            ],
            "RootFS": ["Type": .string("layers"), "Layers": .strings(config.diffIDs.map(\.description))],
            "Digest": .string(image.manifest.digest.description),
            "ManifestType": .string(image.manifest.mediaType),
            "Sbom": try describeBill(of: image),
        ]
    }

    /// Where the list of what the image is made of lies, and how long it is; null where there is none.
    private func describeBill(of image: Image) throws -> JSONNode {
        guard let bill = try attached("application/spdx+json", to: image.manifest.digest),
            let document = bill.manifest.layers.first
        else { return .null }
        func count(_ name: String) -> JSONNode {
            bill.manifest.annotations["io.docklock.sbom." + name].flatMap { Int64($0) }.map { .int($0) }
                ?? .null
        }
        return [
            "Digest": .string(bill.digest.description), "MediaType": .string(document.mediaType),
            "Document": .string(blob(document.digest)), "Packages": count("packages"),
            "Files": count("files"),
        ]
    }

    /// Members that docker always shows come first, null where there is nothing.
    private static func describe(_ run: Execution) -> JSONNode {
        guard case .object(let given) = run.node else { return .null }
        let always: [(String, JSONNode)] = [
            ("User", .string("")), ("ExposedPorts", .null), ("Env", .null), ("Cmd", .null),
            ("Volumes", .null), ("WorkingDir", .string("")), ("Entrypoint", .null), ("OnBuild", .null),
            ("Labels", .null), ("StopSignal", .string("")),
        ]
        var members = always.map { key, nothing in
            JSONNode.Member(key, given.first { $0.key == key }?.value ?? nothing)
        }
        members += given.filter { member in !always.contains { $0.0 == member.key } }
        return .object(members)
    }

    /// The history with the size of each layer, the newest first, as `history` prints it; the newest step has
    /// the image's id and those below none, which nobody kept.
    public func history(of image: Image) throws -> [HistoryLine] {
        let config = try config(image.id)
        let chain = chainIDs(of: config)
        var steps = config.history
        // A history that tells less than there are layers tells nothing of which is which.
        while steps.filter({ !$0.isEmptyLayer }).count < chain.count {
            steps.insert(ImageConfig.History(created: nil), at: 0)
        }
        var next = 0
        var lines: [HistoryLine] = []
        for step in steps {
            var size: Int64 = 0
            if !step.isEmptyLayer, next < chain.count {
                size = layer(chain[next])?.size ?? 0
                next += 1
            }
            lines.append(HistoryLine(id: nil, step: step, size: size))
        }
        if !lines.isEmpty { lines[lines.count - 1].id = image.id }
        return lines.reversed()
    }
}

/// A line of `history`.
public struct HistoryLine: Sendable, Equatable {
    public var id: Digest?
    public var step: ImageConfig.History
    /// Bytes of the files in the step's layer.
    public var size: Int64
}

extension Image {
    /// `name@digest` of every repository that it has a name in.
    public var repositoryDigests: [String] {
        var shown: [String] = []
        for reference in references {
            let digest = reference.digest ?? manifest.digest
            let text = reference.familiarName + "@" + digest.description
            if !shown.contains(text) { shown.append(text) }
        }
        return shown
    }
}
