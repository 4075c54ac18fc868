import Addressing
import Kernel
import Netlink

/// What `network create` asks for.
public struct NetworkOptions: Sendable {
    public var name: String
    /// When it is made, as it is shown.
    public var created: String
    /// At most one of IPv4 and one of IPv6; chosen where there is none.
    public var subnets: [Prefix] = []
    /// The bridge's own addresses; the first of a subnet where there is none.
    public var gateways: [IPAddress] = []
    /// Whether it has IPv6 too.
    public var hasIPv6 = false
    /// Without a way out.
    public var isInternal = false
    /// Without a way to other isolated networks.
    public var isIsolated = true
    /// Whether names are resolved.
    public var resolvesNames = true
    /// In bytes.
    public var mtu: UInt32?
    /// The bridge's name; chosen where there is none.
    public var bridge: String?
    public var labels: [(key: String, value: String)] = []

    public init(name: String, created: String) {
        self.name = name
        self.created = created
    }
}

extension Wiring {
    /// Makes a network. Its bridge comes with its first container.
    public func create(_ options: NetworkOptions) throws -> Network {
        try NetworkName.check(options.name)
        return try folders.locked {
            guard try folders.find(options.name) == nil else {
                throw WiringError("there is a network \(options.name) already")
            }
            return try make(options, try Host())
        }
    }

    func make(_ options: NetworkOptions, _ host: borrowing Host) throws -> Network {
        let others = try folders.all()
        var taken = others.flatMap { $0.subnets.map(\.prefix) }
        // A bridge that is there may be one that a lost record leaves, so its routes are not in the way.
        for route in try host.links.routes() {
            if let address = IPAddress(route.destination),
                let prefix = Prefix(address, length: Int(route.prefix)), prefix.length > 0
            {
                taken.append(prefix)
            }
        }
        var network = Network(
            name: options.name, created: options.created,
            bridge: try bridgeName(options, others, host), mtu: try mtu(options),
            subnets: try subnets(options, taken, others))
        network.isInternal = options.isInternal
        network.isIsolated = options.isIsolated
        network.resolvesNames = options.resolvesNames
        network.labels = options.labels
        try folders.save(network)
        return network
    }

    private func mtu(_ options: NetworkOptions) throws -> UInt32? {
        guard let mtu = options.mtu else { return nil }
        // IPv6 needs 1280 of a link (RFC 8200, 5), IPv4 gets along with 68 (RFC 791).
        let least: UInt32 = options.hasIPv6 || options.subnets.contains { $0.address.isIPv6 } ? 1280 : 68
        guard (least...65535).contains(mtu) else {
            throw WiringError("MTU \(mtu) is not between \(least) and 65535")
        }
        return mtu
    }

    private func bridgeName(
        _ options: NetworkOptions, _ others: [Network], _ host: borrowing Host
    ) throws -> String {
        let used = Set(others.map(\.bridge))
        if let name = options.bridge {
            try NetworkName.checkDevice(name)
            guard !used.contains(name) else {
                throw WiringError("bridge \(name) is that of another network")
            }
            return name
        }
        // The default network's has the first number, whoever comes first.
        if options.name == NetworkName.standard, !used.contains("docklock0") { return "docklock0" }
        let present = Set(try host.links.list().map(\.name))
        for number in 1..<10000 {
            let name = "docklock" + String(number)
            if !used.contains(name), !present.contains(name) { return name }
        }
        throw WiringError("there are too many networks")
    }

    private func subnets(
        _ options: NetworkOptions, _ taken: [Prefix], _ others: [Network]
    ) throws -> [Network.Subnet] {
        var prefixes = options.subnets
        for prefix in prefixes {
            for other in others where other.subnets.contains(where: { $0.prefix.overlaps(prefix) }) {
                throw WiringError("subnet \(prefix) overlaps with that of network \(other.name)")
            }
            guard prefix.address.bytes.count * 8 - prefix.length >= 2 else {
                throw WiringError("subnet \(prefix) has no room for containers")
            }
        }
        if Set(prefixes.map(\.address.isIPv6)).count != prefixes.count {
            throw WiringError("network \(options.name) has two subnets of one family")
        }
        if !prefixes.contains(where: { !$0.address.isIPv6 }) && !(options.hasIPv6 && !prefixes.isEmpty) {
            let isDefault = options.name == NetworkName.standard
            guard let free = Subnets.free(besides: taken, isDefault: isDefault) else {
                throw WiringError("there is no free subnet; give one")
            }
            prefixes.insert(free, at: 0)
        }
        if options.hasIPv6, !prefixes.contains(where: \.address.isIPv6) {
            let chance = (0..<5).map { _ in UInt8.random(in: 0...255) }
            if let prefix = Subnets.uniqueLocal(chance: chance) { prefixes.append(prefix) }
        }
        for gateway in options.gateways where !prefixes.contains(where: { $0.isUsable(gateway) }) {
            throw WiringError("gateway \(gateway) is in no subnet of the network")
        }
        return try prefixes.map { prefix in
            let given = options.gateways.first { prefix.contains($0) }
            guard let gateway = given ?? prefix.address.advanced(by: 1) else {
                throw WiringError("subnet \(prefix) has no room for containers")
            }
            return Network.Subnet(prefix: prefix, gateway: gateway)
        }
    }

    /// Every network, by name.
    public func networks() throws -> [Network] { try folders.all() }

    /// A network, and the containers on it.
    public func inspect(_ name: String) throws -> (network: Network, members: [Member]) {
        guard let network = try folders.find(name) else { throw WiringError("there is no network \(name)") }
        return (network, try folders.members(of: name))
    }

    /// Removes a network that no container is on, with its bridge.
    public func remove(_ name: String) throws {
        try folders.locked {
            guard let network = try folders.find(name) else {
                throw WiringError("there is no network \(name)")
            }
            let members = try folders.members(of: name)
            guard members.isEmpty else {
                let names = members.map(\.name).joined(separator: ", ")
                throw WiringError("network \(name) is used by \(names)")
            }
            try Host().remove(network)
            try folders.remove(name)
        }
    }

    /// Removes every network that no container is on, but for the default one.
    /// - Returns: their names.
    public func prune() throws -> [String] {
        var removed: [String] = []
        for network in try networks() where network.name != NetworkName.standard {
            guard try folders.members(of: network.name).isEmpty else { continue }
            try remove(network.name)
            removed.append(network.name)
        }
        return removed
    }

    /// Puts a running container on one more network.
    public func connect(
        _ request: NetworkRequest, id: String, name: String, time: String, namespace: Int32
    ) throws -> Attachment.Interface {
        try folders.locked {
            let host = try Host()
            let network = try network(request, time, host)
            guard try folders.member(id, of: network.name) == nil else {
                throw WiringError("container \(name) is on network \(network.name) already")
            }
            let inside = try Links(namespace: namespace)
            let number = try (0..<1000).first { try inside.find("eth" + String($0)) == nil } ?? 0
            let isPrimary = try !network.isInternal && !inside.routes().contains { $0.prefix == 0 }
            let asked = Request(id: id, name: name, networks: [request], time: time)
            do {
                var member = try admit(asked, request, to: network, number, host)
                try folders.save(member, of: network.name)
                try connect(&member, to: network, namespace, inside, host, isPrimary: isPrimary)
                if network.resolvesNames { try startResolver(of: network) }
                return Attachment.Interface(member, network)
            } catch {
                try? leave(id, network.name, host)
                try? folders.release(network.name) { $1 == id }
                throw error
            }
        }
    }

    /// Takes a running container off a network.
    public func disconnect(id: String, from name: String) throws {
        try folders.locked {
            guard let member = try folders.member(id, of: name) else {
                throw WiringError("container \(id.prefix(12)) is not on network \(name)")
            }
            let host = try Host()
            try host.links.delete(member.hostInterface)
            try leave(id, name, host)
        }
    }
}
