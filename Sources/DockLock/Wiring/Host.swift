import Addressing
import Glibc
import Kernel
import Netlink

/// The network namespace that the bridges are in: the calling thread's.
struct Host: ~Copyable {
    let links: Links
    let tables: Tables

    init() throws(SystemError) {
        let links = try Links()
        let tables = try Tables()
        self.links = links
        self.tables = tables
    }

    /// Makes what a network needs and is missing: the table, the bridge with its addresses, forwarding.
    /// - Returns: the bridge.
    func prepare(_ network: Network, others: () throws -> [Network]) throws -> Link {
        try enableForwarding(network)
        var bridge = try links.find(network.bridge)
        if bridge == nil {
            let hardware = network.subnets.first.map { HardwareAddress(for: $0.gateway).bytes } ?? []
            try links.addBridge(network.bridge, hardware: hardware, mtu: network.mtu)
            bridge = try links.find(network.bridge)
        }
        guard let bridge, bridge.kind == "bridge" else {
            throw WiringError("network \(network.name) needs \(network.bridge), which is no bridge")
        }
        if !bridge.isUp {
            if !network.hasIPv6 { try? set("ipv6/conf/" + network.bridge + "/disable_ipv6", "1") }
            for subnet in network.subnets {
                try links.add(
                    address: subnet.gateway.bytes, prefix: UInt8(subnet.prefix.length), to: bridge)
            }
            // Lets the host's 127.0.0.1 reach published ports; the table keeps others from using it.
            try set("ipv4/conf/" + network.bridge + "/route_localnet", "1")
            // Last, since it says that the rest is done.
            try links.setUp(bridge)
        }
        try admit(network, others: others)
        return bridge
    }

    private func enableForwarding(_ network: Network) throws(SystemError) {
        try set("ipv4/ip_forward", "1")
        if network.hasIPv6 { try set("ipv6/conf/all/forwarding", "1") }
    }

    /// Writes a value below /proc/sys/net, where there is another.
    private func set(_ name: String, _ value: String) throws(SystemError) {
        let path = "/proc/sys/net/" + name
        if try Files.text(path).utf8.first == value.utf8.first { return }
        try Files.put(value, to: path)
    }

    /// Enters the bridge in the table, which is made where somebody flushed it.
    private func admit(_ network: Network, others: () throws -> [Network]) throws {
        let entries = Ruleset.entries(of: network)
        do {
            let known = try tables.elements(of: Ruleset.bridges, in: Ruleset.table)
            if known.contains(entries[0].element) { return }
        } catch {
            guard error.code == ENOENT else { throw error }
            try tables.commit(Ruleset.foundation())
            for other in try others() where other.name != network.name {
                if try links.find(other.bridge) != nil { try enter(Ruleset.entries(of: other)) }
            }
        }
        try enter(entries)
    }

    private func enter(_ entries: [(set: String, element: Batch.Element)]) throws(SystemError) {
        var batch = Batch(table: Ruleset.table)
        for entry in entries { batch.add(entry.element, to: entry.set, label: entry.set, replaces: true) }
        try tables.commit(batch)
    }

    /// Takes a network's bridge away, with its entries.
    func remove(_ network: Network) throws(SystemError) {
        let entries = Ruleset.entries(of: network)
        try delete(entries.map { ($0.set, $0.element) })
        try links.delete(network.bridge)
    }

    /// The entries of a set or map; none where the table is gone.
    func elements(_ set: String) throws(SystemError) -> [Batch.Element] {
        do {
            return try tables.elements(of: set, in: Ruleset.table)
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
    }

    /// Deletes those of the entries that are there.
    func delete(_ entries: [(set: String, element: Batch.Element)]) throws(SystemError) {
        var batch = Batch(table: Ruleset.table)
        var seen: [String: Set<Batch.Element>] = [:]
        for (set, element) in entries {
            if seen[set] == nil { seen[set] = Set(try elements(set)) }
            guard seen[set]?.contains(element) == true else { continue }
            batch.delete(element, from: set, label: set)
        }
        try tables.commit(batch)
    }
}
