import Addressing
import JSON
import Kernel
import Wiring

extension Vessels {
    /// Published ports as they lead now, and the container on each of its networks.
    func networkSettings(_ vessel: Vessel) throws -> JSONNode {
        var ports: [JSONNode.Member] = []
        // As they are kept: `0.0.0.0:8080->80/tcp`.
        for line in ((try? Files.text(vessel.folder + "/ports")) ?? "").split(separator: "\n") {
            guard let arrow = line.firstIndex(of: ">") else { continue }
            let host = line[..<arrow].dropLast()
            guard let colon = host.lastIndex(of: ":") else { continue }
            var address = host[..<colon]
            if address.hasPrefix("[") { address = address.dropFirst().dropLast() }
            let leading: JSONNode = [
                "HostIp": .string(String(address)),
                "HostPort": .string(String(host[host.index(after: colon)...])),
            ]
            ports.append(.init(String(line[line.index(after: arrow)...]), .array([leading])))
        }
        var networks: [JSONNode.Member] = []
        for network in try wiring.networks() {
            let (_, members) = try wiring.inspect(network.name)
            guard let member = members.first(where: { $0.id == vessel.record.id }) else { continue }
            networks.append(.init(network.name, endpoint(member, network)))
        }
        return ["Ports": .object(ports.grouped), "Networks": .object(networks)]
    }

    private func endpoint(_ member: Member, _ network: Network) -> JSONNode {
        var members: [JSONNode.Member] = [
            .init("Aliases", .strings(member.aliases)),
            .init("MacAddress", .string(member.hardware.description)),
            .init("DNSNames", .strings([member.name] + member.aliases)),
        ]
        for (prefix, isIPv6) in [("", false), ("Global", true)] {
            let address = member.addresses.first { $0.isIPv6 == isIPv6 }
            let subnet = network.subnets.first { $0.prefix.address.isIPv6 == isIPv6 }
            let gateway = address == nil ? nil : subnet?.gateway.description
            let length = address == nil ? nil : subnet.map { Int64($0.prefix.length) }
            members += [
                .init(isIPv6 ? "IPv6Gateway" : "Gateway", .string(gateway ?? "")),
                .init(prefix + (isIPv6 ? "IPv6Address" : "IPAddress"), .string(address?.description ?? "")),
                .init(prefix + (isIPv6 ? "IPv6PrefixLen" : "IPPrefixLen"), .int(length ?? 0)),
            ]
        }
        return .object(members)
    }

    /// A network, in docker's shape.
    func node(ofNetwork name: String) throws -> JSONNode {
        let (network, members) = try wiring.inspect(name)
        return [
            "Name": .string(network.name), "Created": .string(network.created), "Scope": .string("local"),
            "Driver": .string("bridge"), "Bridge": .string(network.bridge),
            "EnableIPv6": .bool(network.subnets.contains { $0.prefix.address.isIPv6 }),
            "IPAM": [
                "Driver": .string("default"),
                "Config": .array(
                    network.subnets.map {
                        [
                            "Subnet": .string($0.prefix.description),
                            "Gateway": .string($0.gateway.description),
                        ]
                    }),
            ],
            "Internal": .bool(network.isInternal), "Isolated": .bool(network.isIsolated),
            "DNS": .bool(network.resolvesNames),
            "MTU": network.mtu.map { .int(Int64($0)) } ?? .null,
            "Containers": .object(
                members.map { member in
                    .init(
                        member.id,
                        [
                            "Name": .string(member.name),
                            "MacAddress": .string(member.hardware.description),
                            "Addresses": .strings(member.addresses.map(\.description)),
                        ])
                }),
            "Labels": .object(network.labels.map { .init($0.key, .string($0.value)) }),
        ]
    }
}
