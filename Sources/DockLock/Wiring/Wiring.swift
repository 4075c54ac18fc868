import Addressing
import Glibc
import JSON
import Kernel
import Netlink

/// Networks of containers, and who is on them.
///
/// Everything is said by files under DATA/networks, which survive whatever is killed: an address is taken
/// before a device has it and given back after; what a killed call left is found by `reconcile`. The bridges
/// are in the calling thread's network namespace, which must be the host's.
public struct Wiring: Sendable {
    let folders: Folders
    let data: String
    /// The program that resolves names.
    let program: String?

    /// - Parameters:
    ///   - data: DATA, absolute.
    ///   - program: is run as `PROGRAM network-resolver DATA NETWORK`, which must call `Resolver.start`; with
    ///     nil no names are resolved.
    public init(data: String, program: String?) {
        self.data = data
        self.program = program
        folders = Folders(data: data)
    }

    /// What a container asks for.
    public struct Request: Sendable {
        public var id: String
        /// By which the others on its networks find it, besides aliases and the first 12 characters of the
        /// id.
        public var name: String
        public var networks: [NetworkRequest]
        public var ports: [Publication] = []
        /// Whom the resolver asks for it; the host's where there are none.
        public var servers: [IPAddress] = []
        /// The time, as the default network's record is to have it where that is made now.
        public var time: String

        public init(id: String, name: String, networks: [NetworkRequest], time: String) {
            self.id = id
            self.name = name
            self.networks = networks
            self.time = time
        }
    }

    /// Makes a container's devices, gives it addresses and publishes its ports.
    ///
    /// - Parameters:
    ///   - namespace: a descriptor of its network namespace, for example of /proc/PID/ns/net. It must be new
    ///     or have no device of the same name; its loopback device is the caller's affair.
    /// - Throws: `WiringError`, `AddressError` or `SystemError`; then nothing is left of it.
    public func attach(_ request: Request, namespace: Int32) throws -> Attachment {
        try folders.locked {
            let host = try Host()
            // A life that ended without a word may have left the container on its networks.
            for name in try folders.names() {
                if try folders.member(request.id, of: name) != nil { try leave(request.id, name, host) }
            }
            do {
                return try attach(request, namespace, host)
            } catch {
                try? detach(request.id, host, isFailed: true)
                throw error
            }
        }
    }

    private func attach(
        _ request: Request, _ namespace: Int32, _ host: borrowing Host
    ) throws -> Attachment {
        var networks: [Network] = []
        for wanted in request.networks { networks.append(try network(wanted, request.time, host)) }
        let primary = networks.firstIndex { !$0.isInternal }
        guard primary != nil || request.ports.isEmpty else {
            throw WiringError("ports cannot be published on an internal network")
        }
        let inside = try Links(namespace: namespace)
        var attachment = Attachment()
        var held: [Int32] = []
        var loopbacks: [(listener: Int32, port: UInt16)] = []
        do {
            for (index, wanted) in request.networks.enumerated() {
                let network = networks[index]
                var member = try admit(request, wanted, to: network, index, host)
                if index == primary, !request.ports.isEmpty {
                    var ports = try ports(request.ports, of: member, host)
                    member.ports = ports.publications
                    held = ports.take()
                    loopbacks = ports.loopbacks
                    attachment.ports = member.ports
                }
                try folders.save(member, of: network.name)
                try connect(&member, to: network, namespace, inside, host, isPrimary: index == primary)
                try publish(member, host)
                if index == primary, let program, let address = member.addresses.first {
                    for (listener, port) in loopbacks {
                        held.append(
                            try Forwarder.spawn(
                                program: program, to: SocketAddress(address, port: port), listener: listener))
                    }
                }
                if network.resolvesNames { try startResolver(of: network) }
                attachment.interfaces.append(Attachment.Interface(member, network))
            }
        } catch {
            for socket in held { close(socket) }
            throw error
        }
        attachment.sockets = held
        attachment.resolves = program != nil
        return attachment
    }

    func network(
        _ wanted: NetworkRequest, _ time: String, _ host: borrowing Host
    ) throws -> Network {
        let name = wanted.network ?? NetworkName.standard
        if let network = try folders.find(name) { return network }
        guard name == NetworkName.standard else { throw WiringError("there is no network \(name)") }
        return try make(NetworkOptions(name: name, created: time), host)
    }

    /// Takes addresses for a container, and writes down who has them.
    func admit(
        _ request: Request, _ wanted: NetworkRequest, to network: Network, _ index: Int,
        _ host: borrowing Host
    ) throws -> Member {
        guard try folders.member(request.id, of: network.name) == nil else {
            throw WiringError("container \(request.name) is on network \(network.name) already")
        }
        for address in wanted.addresses where !network.contains(address) {
            throw WiringError("address \(address) is in no subnet of network \(network.name)")
        }
        var addresses: [IPAddress] = []
        for subnet in network.subnets {
            let given = wanted.addresses.first { subnet.prefix.contains($0) }
            addresses.append(
                try folders.lease(given, of: subnet, network: network.name, to: request.id))
        }
        guard let first = addresses.first else {
            throw WiringError("network \(network.name) has no subnet")
        }
        return Member(
            id: request.id, name: request.name, aliases: wanted.aliases + [String(request.id.prefix(12))],
            interface: wanted.interface ?? "eth" + String(index), hostInterface: "",
            hardware: wanted.hardware ?? HardwareAddress(for: first), addresses: addresses,
            servers: request.servers)
    }

    private func ports(
        _ wanted: [Publication], of member: Member, _ host: borrowing Host
    ) throws -> Ports {
        var published: [(Publication, IPAddress)] = []
        for map in Ruleset.maps {
            published += try host.elements(map).compactMap { Ruleset.publication($0, in: map) }
        }
        let networks = try folders.names()
        let folders = folders
        return try Ports(
            wanted,
            wildcards: member.addresses.compactMap {
                IPAddress([UInt8](repeating: 0, count: $0.bytes.count))
            },
            published: published
        ) { address in
            networks.lazy.compactMap { folders.owner(of: address, in: $0) }.first.map {
                String($0.prefix(12))
            }
                ?? "\(address)"
        }
    }

    /// Makes the pair of devices and gives the inner one its addresses and routes.
    func connect(
        _ member: inout Member, to network: Network, _ namespace: Int32, _ inside: borrowing Links,
        _ host: borrowing Host, isPrimary: Bool
    ) throws {
        let bridge = try host.prepare(network) { try folders.all() }
        guard try inside.find(member.interface) == nil else {
            throw WiringError("the container has a network device \(member.interface) already")
        }
        // A container that starts again may find the device of its last life, which ends on its own time.
        for attempt in 0..<36 {
            member.hostInterface = "dl" + String(member.id.prefix(8)) + String(bridge.index, radix: 36)
            member.hostInterface = String(member.hostInterface.prefix(14)) + String(attempt, radix: 36)
            if try host.links.find(member.hostInterface) == nil { break }
        }
        try folders.save(member, of: network.name)
        try host.links.add(
            VethPair(
                name: member.hostInterface, master: bridge.index, peerName: member.interface,
                peerHardware: member.hardware.bytes, mtu: network.mtu),
            namespace: namespace)
        if !member.ports.isEmpty, let outer = try host.links.find(member.hostInterface) {
            try host.links.setHairpin(outer)
        }
        guard let device = try inside.find(member.interface) else {
            throw WiringError("network device \(member.interface) went away")
        }
        for (address, subnet) in zip(member.addresses, network.subnets) {
            try inside.add(address: address.bytes, prefix: UInt8(subnet.prefix.length), to: device)
        }
        try inside.setUp(device)
        guard isPrimary else { return }
        for subnet in network.subnets {
            let anywhere = [UInt8](repeating: 0, count: subnet.gateway.bytes.count)
            try inside.add(
                Route(
                    destination: anywhere, prefix: 0, gateway: subnet.gateway.bytes, device: device.index))
        }
    }

    private func publish(_ member: Member, _ host: borrowing Host) throws {
        var batch = Batch(table: Ruleset.table)
        for publication in member.ports {
            for entry in Ruleset.entries(of: publication, to: member.addresses) {
                batch.add(entry.element, to: entry.map, label: publication.description)
            }
        }
        try host.tables.commit(batch)
        for publication in member.ports where publication.transport == .udp {
            for address in member.addresses {
                try host.tables.forgetConnections(
                    transport: publication.transport.number, port: publication.hostPort ?? 0,
                    isIPv6: address.isIPv6)
            }
        }
    }

    /// Takes a container off its networks: its ports are free and its addresses another's from now on.
    ///
    /// Its devices go with its namespace, asynchronously, which is why nothing waits for them here. A
    /// container that is on no network is no error.
    public func detach(_ id: String) throws {
        try folders.locked {
            try detach(id, try Host(), isFailed: false)
        }
    }

    private func detach(_ id: String, _ host: borrowing Host, isFailed: Bool) throws {
        for name in try folders.names() {
            // A namespace that goes takes its devices along; one whose call failed may stay.
            if isFailed, let device = try folders.member(id, of: name)?.hostInterface, !device.isEmpty {
                try host.links.delete(device)
            }
            try leave(id, name, host)
            // A call that failed may hold an address before its record was there.
            if isFailed { try folders.release(name) { $1 == id } }
        }
    }

    /// The record goes last: as long as it is there, `reconcile` knows what else may be.
    func leave(_ id: String, _ network: String, _ host: borrowing Host) throws {
        guard let member = try folders.member(id, of: network) else { return }
        try host.delete(entries(of: member))
        try folders.release(network) { $1 == id && member.addresses.contains($0) }
        try folders.removeMember(id, of: network)
    }

    func entries(of member: Member) -> [(set: String, element: Batch.Element)] {
        member.ports.flatMap { Ruleset.entries(of: $0, to: member.addresses) }.map { ($0.map, $0.element) }
    }
}
