import Addressing
import Kernel
import Netlink

extension Wiring {
    /// Makes what is there agree with who is there.
    ///
    /// Containers that have gone lose addresses, ports and devices; those that live get back what somebody
    /// took from the table; devices, entries and bridges that belong to nobody go. Everything else of the
    /// host's stays untouched.
    ///
    /// - Parameter living: says whether a container of that id exists; one that is being made or stands
    ///   stopped with its networks counts.
    public func reconcile(living: (String) -> Bool) throws {
        try folders.locked {
            let host = try Host()
            let networks = try folders.all()
            var wanted: [String: Set<Batch.Element>] = [:]
            for network in networks {
                for member in try folders.members(of: network.name) where !living(member.id) {
                    if !member.hostInterface.isEmpty { try host.links.delete(member.hostInterface) }
                    try leave(member.id, network.name, host)
                }
                let members = try folders.members(of: network.name)
                let addresses = Set(members.flatMap(\.addresses))
                try folders.release(network.name) { address, _ in !addresses.contains(address) }
                if members.isEmpty {
                    try host.remove(network)
                    continue
                }
                try removeStrangers(of: network, members, host)
                for entry in members.flatMap({ entries(of: $0) }) {
                    wanted[entry.set, default: []].insert(entry.element)
                }
            }
            try reconcilePorts(wanted, networks, host)
        }
    }

    /// Ports of the bridge that no member has.
    private func removeStrangers(
        of network: Network, _ members: [Member], _ host: borrowing Host
    ) throws {
        let bridge = try host.prepare(network) { try folders.all() }
        let known = Set(members.map(\.hostInterface))
        for link in try host.links.list() where link.master == bridge.index && link.kind == "veth" {
            if !known.contains(link.name) { try host.links.delete(link.name) }
        }
    }

    /// Entries that lead to an address of ours which nobody publishes go, those that are missing come.
    private func reconcilePorts(
        _ wanted: [String: Set<Batch.Element>], _ networks: [Network], _ host: borrowing Host
    ) throws {
        var batch = Batch(table: Ruleset.table)
        for map in Ruleset.maps {
            let there = Set(try host.elements(map))
            let wanted = wanted[map] ?? []
            for element in there.subtracting(wanted) {
                guard let (_, target) = Ruleset.publication(element, in: map),
                    networks.contains(where: { $0.contains(target) })
                else { continue }
                batch.delete(element, from: map, label: map)
            }
            for element in wanted.subtracting(there) { batch.add(element, to: map, label: map) }
        }
        try host.tables.commit(batch)
    }
}
