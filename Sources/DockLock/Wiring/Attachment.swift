import Addressing

extension Wiring {
    /// What a container has got.
    public struct Attachment: Sendable {
        public struct Interface: Sendable {
            public var network: String
            /// In the container.
            public var name: String
            public var hardware: HardwareAddress
            public var addresses: [(address: IPAddress, length: Int)]
            public var gateways: [IPAddress]
            /// Whether the first gateway resolves names.
            public var resolvesNames: Bool
            public var isInternal: Bool

            init(_ member: Member, _ network: Network) {
                self.network = network.name
                name = member.interface
                hardware = member.hardware
                addresses = zip(member.addresses, network.subnets).map { ($0, $1.prefix.length) }
                gateways = network.subnets.map(\.gateway)
                resolvesNames = network.resolvesNames
                isInternal = network.isInternal
            }
        }

        public var interfaces: [Interface] = []
        /// Each with its number.
        public var ports: [Publication] = []
        /// Sockets that keep other programs from the published ports as long as they are open: the
        /// container's keeper holds them till its end. The caller closes them.
        public var sockets: [Int32] = []
        var resolves = false

        /// The lines of /etc/hosts.
        /// - Parameters:
        ///   - names: the container's own, the host name first.
        ///   - extra: entries of `--add-host`.
        public func hosts(
            names: [String], extra: [(address: IPAddress, names: [String])] = []
        ) -> HostsFile {
            var lines = interfaces.flatMap { $0.addresses.map { (address: $0.address, names: names) } }
            if let gateway = interfaces.first(where: { !$0.isInternal })?.gateways.first {
                lines.append((gateway, ["host.containers.internal", "host.docker.internal"]))
            }
            return HostsFile(lines + extra)
        }

        /// What /etc/resolv.conf says: our resolvers, or where no network has one, the servers asked for or
        /// the host's.
        public func resolver(host: ResolverFile, servers: [IPAddress] = []) -> ResolverFile {
            var file = host
            let own = resolves ? interfaces.filter(\.resolvesNames).compactMap(\.gateways.first) : []
            if !own.isEmpty {
                file.servers = own
            } else if !servers.isEmpty {
                file.servers = servers
            } else {
                // The host's own loopback is not the container's.
                file.servers = host.servers.filter { !$0.isLoopback }
            }
            return file
        }
    }
}
