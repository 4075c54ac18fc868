import Addressing
import Glibc
import Keeper
import Kernel
import Request
import Upkeep
import Wiring

extension VesselRecord {
    /// What a request says of networks, ports and names.
    mutating func takeNetworks(_ request: ContainerRequest) throws {
        hosts = request.hosts.map { ($0.name, $0.address) }
        dns = request.dns
        dnsSearch = request.dnsSearch
        dnsOptions = request.dnsOptions
        // Of a name given twice the last value holds.
        for label in request.labels {
            labels.removeAll { $0.name == label.name }
            labels.append((label.name, label.value))
        }
        ports = request.publications
        let asked = request.networks.isEmpty ? [Request.NetworkRequest(.standard)] : request.networks
        for network in asked {
            var choice = NetworkChoice()
            switch network.kind {
            case .standard, .bridge: break
            case .named(let name): choice.name = name
            case .none, .host, .container, .path:
                guard ports.isEmpty else {
                    throw VesselError("-p: ports are published on a network of the container's own")
                }
                return
            case .pasta: throw VesselError("--network pasta: is for containers without privilege")
            }
            choice.addresses = [network.ip, network.ip6].compactMap { $0 }
            choice.mac = network.mac ?? ""
            choice.aliases = network.aliases
            choice.interface = network.interface ?? ""
            networks.append(choice)
        }
    }

    /// The same in the words of the room Wiring.
    func wanted() throws -> Wiring.Request {
        let networks = try self.networks.map { choice in
            var request = Addressing.NetworkRequest(network: choice.name.isEmpty ? nil : choice.name)
            request.addresses = try choice.addresses.map { text in
                guard let address = IPAddress(text) else {
                    throw VesselError("--ip: \"\(text)\" is no address")
                }
                return address
            }
            if !choice.mac.isEmpty { request.hardware = try HardwareAddress(choice.mac) }
            request.aliases = choice.aliases
            request.interface = choice.interface.isEmpty ? nil : choice.interface
            return request
        }
        var request = Wiring.Request(id: id, name: name, networks: networks, time: created)
        request.ports = try ports.flatMap { try Publication.parse($0) }
        request.servers = dns.compactMap { IPAddress($0) }
        return request
    }
}

extension ContainerRequest {
    /// `-p` and `-P`, in the words of the room Addressing.
    var publications: [String] {
        var texts = ports.map { port in
            let address = port.address.map { ($0.utf8.contains(0x3A) ? "[\($0)]" : $0) + ":" } ?? ""
            let host = port.host.map { "\($0.lowerBound)" } ?? ""
            return "\(address)\(host)\(host.isEmpty && address.isEmpty ? "" : ":")\(port.container)/"
                + port.transport.rawValue
        }
        guard publishesAll else { return texts }
        for port in exposed
        where !ports.contains(where: { $0.container == port.port && $0.transport == port.transport }) {
            texts.append("\(port.port)/\(port.transport.rawValue)")
        }
        return texts
    }
}

/// The networks of one container while it runs: held by its keeper.
final class Connection {
    private let vessels: Vessels
    private var sockets: [Int32] = []

    init(_ vessels: Vessels) { self.vessels = vessels }

    /// Connects a container that is made and not yet started, and writes its files.
    func connect(_ keeping: Keeping, pid: Int32) throws {
        // A bundle that somebody has kept without an image has the networks of its configuration.
        guard Files.exists(keeping.folder + "/container.json") else { return }
        let record = try VesselRecord(decoding: try Files.read(keeping.folder + "/container.json"))
        let host = ResolverFile(parsing: (try? Files.text("/etc/resolv.conf")) ?? "")
        var hosts = HostsFile()
        var resolver = host
        let extra = try record.hosts.compactMap { entry -> (address: IPAddress, names: [String])? in
            if entry.address == "host-gateway" { return nil }
            guard let address = IPAddress(entry.address) else {
                throw VesselError("--add-host: \"\(entry.address)\" is no address")
            }
            return (address, [entry.name])
        }
        let servers = record.dns.compactMap { IPAddress($0) }
        if record.networks.isEmpty {
            hosts = HostsFile(extra)
            if !servers.isEmpty { resolver.servers = servers }
            if let other = record.joins[.network], try shareNames(keeping, other, extra) { return }
        } else {
            let namespace = try Descriptor.open("/proc/\(pid)/ns/net", O_RDONLY)
            let attachment = try vessels.wiring.attach(record.wanted(), namespace: namespace.number)
            sockets = attachment.sockets
            hosts = attachment.hosts(names: [record.hostname, record.name], extra: extra)
            resolver = attachment.resolver(host: host, servers: servers)
            let ports = attachment.ports.map { $0.description }
            try Files.replace(
                keeping.folder + "/ports", with: Array(ports.map { $0 + "\n" }.joined().utf8))
        }
        if !record.dnsSearch.isEmpty { resolver.search = record.dnsSearch.filter { $0 != "." } }
        if !record.dnsOptions.isEmpty { resolver.options = record.dnsOptions }
        // In place: the container has these very files mounted.
        try write(hosts.text, to: keeping.folder + "/hosts")
        try write(resolver.text, to: keeping.folder + "/resolv.conf")
        try write(record.hostname + "\n", to: keeping.folder + "/hostname")
    }

    /// The names of the container whose network is joined, and what was added to them. False where the other
    /// container has none.
    private func shareNames(
        _ keeping: Keeping, _ other: String, _ extra: [(address: IPAddress, names: [String])]
    ) throws -> Bool {
        let folder = vessels.places.containers + "/" + other
        guard let names = try? Files.text(folder + "/hosts"), !names.isEmpty else { return false }
        let added = extra.reduce("") { $0 + "\($1.address)\t\($1.names.joined(separator: " "))\n" }
        try write(names + added, to: keeping.folder + "/hosts")
        for file in ["/resolv.conf", "/hostname"] {
            try write(try Files.text(folder + file), to: keeping.folder + file)
        }
        return true
    }

    func disconnect(_ keeping: Keeping) {
        for socket in sockets { close(socket) }
        sockets = []
        try? vessels.wiring.detach(keeping.id)
        try? Files.remove(keeping.folder + "/ports")
    }

    private func write(_ text: String, to path: String) throws(SystemError) {
        try Descriptor.open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW).write(text, name: path)
    }
}

extension Vessels {
    var wiring: Wiring { Wiring(data: places.data, program: try? Files.link("/proc/self/exe")) }

    /// What a keeper does beside keeping: for `Keeper.serve`.
    public static func tasks() -> KeeperTasks {
        var connection: Connection?
        return KeeperTasks(
            prepare: { keeping in
                try Vessels(Places(data: data(of: keeping), stateRoot: keeping.stateRoot)).join(keeping)
            },
            connect: { keeping, pid in
                let made = Connection(Vessels(Places(data: data(of: keeping), stateRoot: keeping.stateRoot)))
                connection = made
                try made.connect(keeping, pid: pid)
            },
            finish: { keeping in
                let last = connection ?? Connection(Vessels(Places(data: data(of: keeping))))
                last.disconnect(keeping)
                connection = nil
            },
            remove: { keeping in
                let vessels = Vessels(Places(data: data(of: keeping), stateRoot: keeping.stateRoot))
                guard let vessel = try? vessels.load(keeping.id) else { return }
                try? vessels.removeOwnVolumes(of: vessel.record)
            })
    }

    /// DATA, two levels above a container's folder.
    private static func data(of keeping: Keeping) -> String {
        keeping.folder.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
    }
}
