import JSON
import Kernel
import OCI

/// What is written down of a user's container when it is made: `container.json` in its folder.
///
/// `image` and `layers` are also what keeps the sweep of images away from them.
public struct VesselRecord: Sendable, Equatable {
    public var id = ""
    public var name = ""
    /// RFC 3339.
    public var created = ""
    /// The digest of the image's configuration.
    public var image = ""
    /// As it was asked for.
    public var imageName = ""
    /// The layers' folders, the topmost first.
    public var layers: [String] = []
    public var command: [String] = []
    public var hostname = ""
    /// Publications as they were asked for.
    public var ports: [String] = []
    /// `--network` in the words of the room Addressing; empty for none, the host's, or another's.
    public var networks: [NetworkChoice] = []
    public var labels: [(name: String, value: String)] = []
    public var hosts: [(name: String, address: String)] = []
    public var dns: [String] = []
    public var dnsSearch: [String] = []
    public var dnsOptions: [String] = []
    /// The containers whose namespaces are joined, by their ids. `Vessels.join` keeps the links to them.
    public var joins: [NamespaceKind: String] = [:]
    /// Volumes without a name, which go with the container.
    public var ownVolumes: [String] = []

    public init() {}

    public static func == (left: VesselRecord, right: VesselRecord) -> Bool {
        left.node.encoded() == right.node.encoded()
    }

    /// One network, and how the container is on it.
    public struct NetworkChoice: Sendable, Equatable {
        /// Empty for the default one.
        public var name = ""
        public var addresses: [String] = []
        public var mac = ""
        public var aliases: [String] = []
        public var interface = ""

        public init() {}
    }

    public var node: JSONNode {
        [
            "version": .int(1), "id": .string(id), "name": .string(name), "created": .string(created),
            "image": .string(image), "imageName": .string(imageName), "layers": .strings(layers),
            "command": .strings(command), "hostname": .string(hostname), "ports": .strings(ports),
            "networks": .array(
                networks.map {
                    [
                        "name": .string($0.name), "addresses": .strings($0.addresses), "mac": .string($0.mac),
                        "aliases": .strings($0.aliases), "interface": .string($0.interface),
                    ]
                }),
            "labels": .object(labels.map { .init($0.name, .string($0.value)) }),
            "hosts": .array(hosts.map { ["name": .string($0.name), "address": .string($0.address)] }),
            "dns": .strings(dns), "dnsSearch": .strings(dnsSearch), "dnsOptions": .strings(dnsOptions),
            "ownVolumes": .strings(ownVolumes),
            "joins": .object(
                NamespaceKind.allCases.compactMap { kind in
                    joins[kind].map { .init(kind.rawValue, .string($0)) }
                }),
        ]
    }

    public init(decoding bytes: [UInt8]) throws {
        let json = try JSON.parse(bytes, limits: .init(depth: 8, bytes: 1 << 20))
        func text(_ json: JSON, _ key: String) throws -> String {
            guard let value = json[key: key]?.string else {
                throw VesselError("container.json: \(key): is not a string")
            }
            return value
        }
        func texts(_ json: JSON, _ key: String) throws -> [String] {
            guard let value = json[key: key] else { throw VesselError("container.json: \(key): is missing") }
            return value.elements.compactMap(\.string)
        }
        guard json["version"]?.int == 1 else { throw VesselError("container.json: version: is not 1") }
        id = try text(json, "id")
        name = try text(json, "name")
        created = try text(json, "created")
        image = try text(json, "image")
        imageName = try text(json, "imageName")
        layers = try texts(json, "layers")
        command = try texts(json, "command")
        hostname = try text(json, "hostname")
        ports = try texts(json, "ports")
        for entry in json["networks"]?.elements.map({ $0 }) ?? [] {
            var choice = NetworkChoice()
            choice.name = try text(entry, "name")
            choice.addresses = try texts(entry, "addresses")
            choice.mac = try text(entry, "mac")
            choice.aliases = try texts(entry, "aliases")
            choice.interface = try text(entry, "interface")
            networks.append(choice)
        }
        if var members = json["labels"]?.members {
            while let (key, value) = members.next() {
                guard let name = key.string, let text = value.string else { continue }
                labels.append((name, text))
            }
        }
        for entry in json["hosts"]?.elements.map({ $0 }) ?? [] {
            hosts.append((try text(entry, "name"), try text(entry, "address")))
        }
        dns = try texts(json, "dns")
        dnsSearch = try texts(json, "dnsSearch")
        dnsOptions = try texts(json, "dnsOptions")
        ownVolumes = try texts(json, "ownVolumes")
        for kind in NamespaceKind.allCases { joins[kind] = json["joins"]?[key: kind.rawValue]?.string }
    }
}
