import Digest
import Hash
import Images
import JSON
import Kernel
import Manifest

/// What a step left: when, and its layer, where it made one.
struct StepResult: Equatable {
    /// RFC 3339.
    var created: String
    var layer: StepLayer?
}

struct StepLayer: Equatable {
    /// The blob, an archive that is not compressed: its digest is the layer's diff id.
    var digest: Digest
    var size: Int64
}

/// Results of steps by what they were made of. A record is a hint: whether its layer is still there is looked
/// up when it is used, so that nothing has to be kept for it.
struct StepCache {
    let folder: String
    let store: ImageStore

    /// The result of a key, whose layer is unpacked on top of those of `below`; nil where there is none.
    func find(_ key: Digest, on below: [Digest]) -> StepResult? {
        guard let bytes = try? Files.read(path(key), limit: 4096),
            let json = try? JSON.parse(bytes, limits: .init(depth: 4, bytes: 4096)),
            let created = json["created"]?.string
        else { return nil }
        guard let text = json["layer"]?.string else { return StepResult(created: created) }
        guard let digest = try? Digest(text), let size = json["size"]?.int, store.has(digest) else {
            return nil
        }
        let chain = ChainID.all(of: below + [digest]) { Hash.digest($0) }
        guard let top = chain.last, store.layer(top) != nil else { return nil }
        return StepResult(created: created, layer: StepLayer(digest: digest, size: size))
    }

    func keep(_ key: Digest, _ result: StepResult) throws {
        var members = [JSONNode.Member("created", .string(result.created))]
        if let layer = result.layer {
            members.append(.init("layer", .string(layer.digest.description)))
            members.append(.init("size", .int(layer.size)))
        }
        try Files.replace(path(key), with: JSONNode.object(members).encoded())
    }

    private func path(_ key: Digest) -> String { folder + "/" + key.hex + ".json" }

    /// The key of a step on top of another: of all that its result depends on.
    static func key(_ below: Digest, _ words: [String]) -> Digest {
        Hash.digest(JSONNode.strings([below.description] + words).encoded())
    }

    /// Removes records whose layers are gone.
    func sweep() throws {
        for name in try Files.list(folder) {
            let path = folder + "/" + name
            guard let bytes = try? Files.read(path, limit: 4096),
                let json = try? JSON.parse(bytes, limits: .init(depth: 4, bytes: 4096)),
                let text = json["layer"]?.string
            else { continue }
            if let digest = try? Digest(text), store.has(digest) { continue }
            try Files.remove(path)
        }
    }
}
