import Addressing
import JSON

/// A network as DATA/networks/NAME/network.json keeps it.
public struct Network: Equatable, Sendable {
    /// A range of addresses and the bridge's own in it.
    public struct Subnet: Equatable, Sendable {
        public var prefix: Prefix
        public var gateway: IPAddress
    }

    public var name: String
    /// When it was made, as the caller wrote it.
    public var created: String
    /// The bridge's name on the host.
    public var bridge: String
    /// In bytes; nil for the kernel's own.
    public var mtu: UInt32?
    /// At most one of IPv4 and one of IPv6.
    public var subnets: [Subnet]
    /// Without a way out.
    public var isInternal = false
    /// Without a way to other isolated networks.
    public var isIsolated = true
    /// Whether names are resolved.
    public var resolvesNames = true
    public var labels: [(key: String, value: String)] = []

    public static func == (left: Network, right: Network) -> Bool { left.node == right.node }

    var hasIPv6: Bool { subnets.contains { $0.prefix.address.isIPv6 } }

    func contains(_ address: IPAddress) -> Bool { subnets.contains { $0.prefix.contains(address) } }

    /// The record in the order in which it is written and shown.
    public var node: JSONNode {
        [
            "name": .string(name), "created": .string(created), "driver": .string("bridge"),
            "bridge": .string(bridge), "mtu": mtu.map { .uint(UInt64($0)) } ?? .null,
            "subnets": .array(
                subnets.map {
                    [
                        "subnet": .string($0.prefix.description),
                        "gateway": .string($0.gateway.description),
                    ]
                }),
            "internal": .bool(isInternal), "isolated": .bool(isIsolated), "dns": .bool(resolvesNames),
            "labels": .object(labels.map { JSONNode.Member($0.key, .string($0.value)) }),
        ]
    }
}

extension Network {
    /// Reads a record; nil where it is none.
    init?(_ json: JSON) {
        guard let name = json["name"]?.string, let bridge = json["bridge"]?.string,
            let listed = json["subnets"]
        else { return nil }
        var subnets: [Subnet] = []
        for entry in listed.elements {
            guard let prefix = try? Prefix(entry["subnet"]?.string ?? ""),
                let gateway = IPAddress(entry["gateway"]?.string ?? "")
            else { return nil }
            subnets.append(Subnet(prefix: prefix, gateway: gateway))
        }
        self.init(
            name: name, created: json["created"]?.string ?? "", bridge: bridge,
            mtu: json["mtu"]?.uint.flatMap { UInt32(exactly: $0) }, subnets: subnets)
        isInternal = json["internal"]?.bool == true
        isIsolated = json["isolated"]?.bool == true
        resolvesNames = json["dns"]?.bool == true
        if let members = json["labels"]?.members {
            labels = members.map { ($0.key.string ?? "", $0.value.string ?? "") }
        }
    }
}

/// A container on a network, as DATA/networks/NAME/members/ID.json keeps it.
public struct Member: Equatable, Sendable {
    public var id: String
    public var name: String
    public var aliases: [String]
    /// The device in the container, and its other end on the host.
    public var interface: String
    public var hostInterface: String
    public var hardware: HardwareAddress
    public var addresses: [IPAddress]
    /// Whom the resolver asks for this container; the host's where there are none.
    public var servers: [IPAddress] = []
    /// Ports of the host's that lead here, each with its number.
    public var ports: [Publication] = []

    public var node: JSONNode {
        [
            "id": .string(id), "name": .string(name), "aliases": .strings(aliases),
            "interface": .string(interface), "hostInterface": .string(hostInterface),
            "mac": .string(hardware.description),
            "addresses": .strings(addresses.map(\.description)),
            "servers": .strings(servers.map(\.description)),
            "ports": .array(
                ports.map {
                    [
                        "hostAddress": $0.hostAddress.map { .string($0.description) } ?? .null,
                        "hostPort": $0.hostPort.map { .uint(UInt64($0)) } ?? .null,
                        "port": .uint(UInt64($0.port)), "protocol": .string($0.transport.rawValue),
                    ]
                }),
        ]
    }
}

extension Member {
    init?(_ json: JSON) {
        guard let id = json["id"]?.string, let name = json["name"]?.string,
            let interface = json["interface"]?.string, let other = json["hostInterface"]?.string,
            let hardware = try? HardwareAddress(json["mac"]?.string ?? "")
        else { return nil }
        func texts(_ list: JSON?) -> [String] { list?.elements.compactMap(\.string) ?? [] }
        self.init(
            id: id, name: name, aliases: texts(json["aliases"]), interface: interface, hostInterface: other,
            hardware: hardware, addresses: texts(json["addresses"]).compactMap { IPAddress($0) },
            servers: texts(json["servers"]).compactMap { IPAddress($0) })
        guard let listed = json["ports"] else { return nil }
        for entry in listed.elements {
            guard let port = entry["port"]?.uint.flatMap({ UInt16(exactly: $0) }),
                let transport = Transport(rawValue: entry["protocol"]?.string ?? "")
            else { return nil }
            ports.append(
                Publication(
                    hostAddress: IPAddress(entry["hostAddress"]?.string ?? ""),
                    hostPort: entry["hostPort"]?.uint.flatMap { UInt16(exactly: $0) }, port: port,
                    transport: transport))
        }
    }
}
