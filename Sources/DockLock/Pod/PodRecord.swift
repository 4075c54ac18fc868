import JSON

/// Why something asked of a vPod is refused: names the flag or the member.
public struct PodError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// A name and its value.
public struct PodLabel: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What is written down of a vPod when it is made: `vpod.json` in its folder. The static program reads
/// `id`, `name`, `infra`, `envelope`, `sharedMemory`, `sharesPids` and `hostNetwork` of it.
public struct PodRecord: Sendable, Equatable {
    /// 64 hexadecimal digits.
    public var id = ""
    public var name = ""
    /// RFC 3339.
    public var created = ""
    /// The id of the container that holds the namespaces; empty until it is made.
    public var infra = ""
    /// The cgroup in which every container has its own, in each hierarchy.
    public var envelope = ""
    /// The directory that all have as /dev/shm.
    public var sharedMemory = ""
    public var request = PodRequest()
    public var volumes: [PodVolume] = []
    /// Parts of volumes that containers have for themselves.
    public var parts: [PodPart] = []

    public init() {}

    /// Labels of containers, by which a vPod's are found: its id, and what they are in it.
    public static let label = "io.docklock.vpod"
    public static let roleLabel = "io.docklock.vpod.role"

    /// Where the cgroups of every vPod lie.
    public static func envelope(of id: String) -> String { "/docklock/vpod-" + id }

    public var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("version", .int(1)), .init("id", .string(id)), .init("name", .string(name)),
            .init("created", .string(created)), .init("infra", .string(infra)),
            .init("envelope", .string(envelope)), .init("sharedMemory", .string(sharedMemory)),
        ]
        members += request.members
        members.append(.init("volumes", .array(volumes.map(\.node))))
        members.append(.init("parts", .array(parts.map(\.node))))
        return .object(members)
    }

    /// Reads what `node` wrote.
    public init(decoding bytes: [UInt8]) throws(PodError) {
        let json: JSON
        do {
            json = try JSON.parse(bytes, limits: .init(depth: 32, bytes: 4 << 20))
        } catch {
            throw PodError("vpod.json: \(error)")
        }
        let members = RecordMembers(json)
        guard json["version"]?.int == 1 else { throw PodError("vpod.json: version: is not 1") }
        id = try members.text("id")
        name = try members.text("name")
        created = try members.text("created")
        infra = try members.text("infra")
        envelope = try members.text("envelope")
        sharedMemory = try members.text("sharedMemory")
        request = try PodRequest(members)
        volumes = try members.list("volumes").map { entry throws(PodError) in try PodVolume(entry) }
        parts = try members.list("parts").map { entry throws(PodError) in try PodPart(entry) }
    }
}

/// A directory of a vPod's own, which goes with it.
public struct PodVolume: Sendable, Equatable {
    public enum Kind: String, Sendable, Equatable {
        /// On disk, as long as there is the vPod.
        case directory
        /// Of tmpfs, as long as it runs.
        case memory
    }

    public var name: String
    public var kind: Kind
    /// Bytes that a volume of memory may hold; nil for half of the host's.
    public var size: Int64?
    /// The group to which it belongs, with its files.
    public var group: UInt32?

    public init(name: String, kind: Kind, size: Int64? = nil, group: UInt32? = nil) {
        self.name = name
        self.kind = kind
        self.size = size
        self.group = group
    }

    var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("name", .string(name)), .init("kind", .string(kind.rawValue)),
        ]
        if let size { members.append(.init("size", .int(size))) }
        if let group { members.append(.init("group", .int(Int64(group)))) }
        return .object(members)
    }

    init(_ members: RecordMembers) throws(PodError) {
        name = try members.text("name")
        guard let kind = Kind(rawValue: try members.text("kind")) else {
            throw PodError("vpod.json: kind: is neither directory nor memory")
        }
        self.kind = kind
        size = members.json["size"]?.int
        group = members.json["group"]?.int.flatMap { UInt32(exactly: $0) }
    }
}

/// A path below a volume that is mounted by itself: found at the vPod's start, when nobody can lead it
/// elsewhere, and bound to a place of its own.
public struct PodPart: Sendable, Equatable {
    /// The volume's directory, absolute.
    public var root: String
    public var path: String
    /// The name of its place.
    public var name: String

    public init(root: String, path: String, name: String) {
        self.root = root
        self.path = path
        self.name = name
    }

    var node: JSONNode { ["root": .string(root), "path": .string(path), "name": .string(name)] }

    init(_ members: RecordMembers) throws(PodError) {
        root = try members.text("root")
        path = try members.text("path")
        name = try members.text("name")
    }
}

/// The members of an object of vpod.json.
struct RecordMembers {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    func text(_ key: String) throws(PodError) -> String {
        guard let text = json[key: key]?.string else { throw PodError("vpod.json: \(key): is not a string") }
        return text
    }

    func texts(_ key: String) throws(PodError) -> [String] {
        guard let value = json[key: key], value.kind == .array else {
            throw PodError("vpod.json: \(key): is not a list")
        }
        var texts: [String] = []
        for element in value.elements {
            guard let text = element.string else {
                throw PodError("vpod.json: \(key): is not a list of strings")
            }
            texts.append(text)
        }
        return texts
    }

    func list(_ key: String) throws(PodError) -> [RecordMembers] {
        guard let value = json[key: key], value.kind == .array else {
            throw PodError("vpod.json: \(key): is not a list")
        }
        return value.elements.map { RecordMembers($0) }
    }

    func labels(_ key: String) throws(PodError) -> [PodLabel] {
        guard let value = json[key: key], value.kind == .object else {
            throw PodError("vpod.json: \(key): is not an object")
        }
        return value.members.map { PodLabel($0.key.string ?? "", $0.value.string ?? "") }
    }
}
