import Addressing
import Glibc
import JSON
import Kernel
import Request
import Upkeep
import Wiring

extension Vessels {
    /// `network`, all of it. `confirm` is asked before `prune` without `--force`, with what would go.
    /// - Returns: the exit status.
    public func network(
        _ request: NetworkVerbRequest, tell: (String) throws -> Void, complain: (String) -> Void,
        confirm: (String) -> Bool
    ) throws -> Int32 {
        switch request.action {
        case .create: try tell(wiring.create(options(request)).name)
        case .exists: return try wiring.networks().contains { $0.name == request.names[0] } ? 0 : 1
        case .list: try tell(String(try list(request).dropLast()))
        case .inspect:
            return try inspect(request.names, request.format, tell, complain) { try node(ofNetwork: $0) }
        case .remove:
            var status: Int32 = 0
            for name in request.names {
                do {
                    if request.force, try !wiring.networks().contains(where: { $0.name == name }) { continue }
                    try wiring.remove(name)
                    try tell(name)
                } catch {
                    complain("\(error)")
                    status = 1
                }
            }
            return status
        case .prune:
            guard request.force || confirm("all networks that no container is on") else { return 0 }
            for name in try wiring.prune() { try tell(name) }
        case .connect: try connect(request)
        case .disconnect: try disconnect(request)
        }
        return 0
    }

    private func options(_ request: NetworkVerbRequest) throws -> NetworkOptions {
        var options = NetworkOptions(name: request.names[0], created: Moment(Vessels.now).text)
        options.subnets = try request.subnets.map { try Prefix($0) }
        options.gateways = try request.gateways.map { try Vessels.address($0) }
        options.hasIPv6 = request.hasIPv6
        options.isInternal = request.isInternal
        options.resolvesNames = request.resolvesNames
        options.bridge = request.bridge
        options.labels = request.labels.map { ($0.name, $0.value) }
        for option in request.options {
            switch option.name {
            case "mtu", "com.docker.network.driver.mtu":
                guard let mtu = UInt32(option.value) else {
                    throw VesselError("--opt \(option.name): \"\(option.value)\" is no number")
                }
                options.mtu = mtu
            case "isolate":
                guard ["true", "false"].contains(option.value) else {
                    throw VesselError("--opt isolate: \"\(option.value)\" is neither true nor false")
                }
                options.isIsolated = option.value == "true"
            case "com.docker.network.bridge.name": options.bridge = option.value
            default: throw VesselError("--opt: there is no option \"\(option.name)\" of networks")
            }
        }
        return options
    }

    private static func address(_ text: String) throws -> IPAddress {
        guard let address = IPAddress(text) else { throw VesselError("\"\(text)\" is no address") }
        return address
    }

    private func list(_ request: NetworkVerbRequest) throws -> String {
        let networks = try wiring.networks().filter { network in
            try request.filters.allSatisfy { try holds($0, network) }
        }
        if request.isQuiet { return networks.map { $0.name + "\n" }.joined() }
        let rows = networks.map { network -> JSONNode in
            [
                "ID": .string(network.name), "Name": .string(network.name), "Driver": .string("bridge"),
                "Scope": .string("local"), "CreatedAt": .string(network.created),
                "Internal": .string(String(network.isInternal)),
                "Subnets": .string(network.subnets.map(\.prefix.description).joined(separator: ", ")),
                "Labels": .string(network.labels.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
            ]
        }
        return try listing(
            rows, request.format,
            columns: [("Name", "NAME"), ("Driver", "DRIVER"), ("Scope", "SCOPE"), ("Subnets", "SUBNETS")])
    }

    private func holds(_ filter: Setting, _ network: Network) throws -> Bool {
        switch filter.name {
        case "name": return network.name.contains(filter.value)
        case "driver": return filter.value == "bridge"
        case "dangling":
            let isUnused = try wiring.inspect(network.name).members.isEmpty
            return isUnused == ["true", "1"].contains(filter.value)
        case "label":
            return network.labels.contains {
                $0.key == filter.value || "\($0.key)=\($0.value)" == filter.value
            }
        default: throw VesselError("--filter: there is no filter \"\(filter.name)\" of networks")
        }
    }

    /// Now, where the container runs, and at every later start.
    private func connect(_ request: NetworkVerbRequest) throws {
        let name = request.names[0]
        var vessel = try find(request.names[1])
        try refuseShared(vessel)
        guard !vessel.record.networks.contains(where: { $0.network == name }) else {
            throw VesselError("container \(vessel.record.name) is on network \(name) already", status: 1)
        }
        var choice = VesselRecord.NetworkChoice()
        choice.name = name
        choice.addresses = [request.ip, request.ip6].compactMap { $0 }
        choice.aliases = request.aliases
        choice.mac = request.mac ?? ""
        vessel.record.networks.append(choice)
        guard vessel.isRunning, let pid = vessel.state?.pid, pid > 0 else {
            _ = try wiring.inspect(name)
            return try Files.replace(vessel.folder + "/container.json", with: vessel.record.node.encoded())
        }
        let namespace = try Descriptor.open("/proc/\(pid)/ns/net", O_RDONLY)
        var only = vessel.record
        only.networks = [choice]
        let made = try wiring.connect(
            try only.wanted().networks[0], id: vessel.record.id, name: vessel.record.name,
            time: vessel.record.created, namespace: namespace.number)
        try Files.replace(vessel.folder + "/container.json", with: vessel.record.node.encoded())
        let names = vessel.record.hostname + " " + vessel.record.name
        let lines = made.addresses.map { "\($0.address)\t\(names)\n" }.joined()
        let hosts = try Descriptor.open(vessel.folder + "/hosts", O_WRONLY | O_APPEND | O_NOFOLLOW)
        try hosts.write(lines, name: "hosts")
    }

    private func disconnect(_ request: NetworkVerbRequest) throws {
        let name = request.names[0]
        var vessel = try find(request.names[1])
        try refuseShared(vessel)
        guard let index = vessel.record.networks.firstIndex(where: { $0.network == name }) else {
            throw VesselError("container \(vessel.record.name) is not on network \(name)", status: 1)
        }
        vessel.record.networks.remove(at: index)
        if vessel.isRunning {
            let addresses =
                try wiring.inspect(name).members.first { $0.id == vessel.record.id }?.addresses ?? []
            try wiring.disconnect(id: vessel.record.id, from: name)
            let gone = addresses.map(\.description)
            let path = vessel.folder + "/hosts"
            let kept = try Files.text(path).split(separator: "\n", omittingEmptySubsequences: false)
                .filter { line in
                    !gone.contains(String(line.prefix { $0 != "\t" && $0 != " " }))
                }
            // In place: the container has this very file mounted.
            try Descriptor.open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW)
                .write(kept.joined(separator: "\n"), name: path)
        }
        try Files.replace(vessel.folder + "/container.json", with: vessel.record.node.encoded())
    }

    /// A container in the host's network namespace, or in another's, has no networks of its own.
    private func refuseShared(_ vessel: Vessel) throws {
        let bundle = try JSON.parse(try Files.read(vessel.folder + "/config.json", limit: 16 << 20))
        let space = bundle["linux"]?["namespaces"]?.elements.first { $0["type"]?.string == "network" }
        guard let space, space["path"] == nil else {
            throw VesselError("container \(vessel.record.name) has no network namespace of its own")
        }
    }
}

extension VesselRecord.NetworkChoice {
    /// The network's name.
    var network: String { name.isEmpty ? NetworkName.standard : name }
}
