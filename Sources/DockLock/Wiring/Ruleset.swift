import Addressing
import Netlink

/// The table `docklock` of nftables: rules that never change, over sets and maps that do.
///
/// A network is entries in sets of bridges, a published port one entry in a map. The table is made in one
/// batch, so that it is there as a whole or not at all.
enum Ruleset {
    static let table = "docklock"

    /// Sets of bridges. `same` holds pairs of a bridge with itself.
    static let bridges = "bridges"
    static let same = "same"
    static let isolated = "isolated"
    static let enclosed = "enclosed"
    static let masqueraded = "masqueraded"

    /// Sets of subnets.
    static let inside4 = "inside4"
    static let inside6 = "inside6"

    /// Maps from a port of the host's to one of a container's: at one address of the host's, or at any.
    static let exact4 = "exact4"
    static let exact6 = "exact6"
    static let any4 = "any4"
    static let any6 = "any6"
    static let maps = [exact4, exact6, any4, any6]

    /// The whole table without a network.
    static func foundation() -> Batch {
        var batch = Batch(table: table)
        batch.addTable()
        for set in [bridges, isolated, enclosed, masqueraded] { batch.addSet(set, keys: [.deviceName]) }
        batch.addSet(inside4, keys: [.ipv4], isOfIntervals: true)
        batch.addSet(inside6, keys: [.ipv6], isOfIntervals: true)
        batch.addSet(same, keys: [.deviceName, .deviceName])
        batch.addSet(exact4, keys: [.transport, .ipv4, .port], values: [.ipv4, .port])
        batch.addSet(exact6, keys: [.transport, .ipv6, .port], values: [.ipv6, .port])
        batch.addSet(any4, keys: [.transport, .port], values: [.ipv4, .port])
        batch.addSet(any6, keys: [.transport, .port], values: [.ipv6, .port])
        addPublishing(&batch)
        addForwarding(&batch)
        return batch
    }

    private static let isIPv4: [Expression] = [.meta(.family), .equals([2])]
    private static let isIPv6: [Expression] = [.meta(.family), .equals([10])]
    private static let fromLoopback: [Expression] =
        isIPv4 + [
            .payload(.network, offset: 12, length: 4), .masked([255, 0, 0, 0]), .equals([127, 0, 0, 0]),
        ]
    private static let isRedirected: [Expression] =
        [.connection(.status)] + Expression.hasAny(Expression.Connection.isRedirected)
    /// Both devices, for `same`.
    private static let ways: [Expression] = [.meta(.inputName, into: 1), .meta(.outputName, into: 2)]

    private static func addPublishing(_ batch: inout Batch) {
        // The bridges route loopback addresses (below), so nobody on them may send to one.
        batch.addChain("early", hook: .init(type: "filter", point: .prerouting, priority: -300))
        batch.addRule(
            "early",
            [.meta(.inputName), .isIn(bridges)] + isIPv4 + [
                .payload(.network, offset: 16, length: 4), .masked([255, 0, 0, 0]), .equals([127, 0, 0, 0]),
                .verdict(.drop),
            ])

        batch.addChain("publish")
        // The kernel takes nothing from ::1 to another device, so that the way back would be missing.
        let loopback6 = [UInt8](repeating: 0, count: 15) + [1]
        batch.addRule(
            "publish",
            isIPv6 + [
                .payload(.network, offset: 24, length: 16), .equals(loopback6), .verdict(.leave),
            ])
        // Registers of 4 bytes from the first on: protocol, address, port.
        batch.addRule(
            "publish",
            isIPv4 + [
                .meta(.transport, into: 8), .payload(.network, offset: 16, length: 4, into: 9),
                .payload(.transport, offset: 2, length: 2, into: 10), .mapped(exact4),
                .redirect(isIPv6: false, portRegister: 9),
            ])
        batch.addRule(
            "publish",
            isIPv4 + [
                .meta(.transport, into: 8), .payload(.transport, offset: 2, length: 2, into: 9),
                .mapped(any4), .redirect(isIPv6: false, portRegister: 9),
            ])
        batch.addRule(
            "publish",
            isIPv6 + [
                .meta(.transport, into: 8), .payload(.network, offset: 24, length: 16, into: 9),
                .payload(.transport, offset: 2, length: 2, into: 13), .mapped(exact6),
                .redirect(isIPv6: true, portRegister: 12),
            ])
        batch.addRule(
            "publish",
            isIPv6 + [
                .meta(.transport, into: 8), .payload(.transport, offset: 2, length: 2, into: 9),
                .mapped(any6), .redirect(isIPv6: true, portRegister: 12),
            ])
        addEntrances(&batch)
        addSources(&batch)
    }

    /// From where packets to the host itself come to the published ports.
    private static func addEntrances(_ batch: inout Batch) {
        for (chain, point) in [("arriving", Batch.Hook.Point.prerouting), ("leaving", .output)] {
            batch.addChain(chain, hook: .init(type: "nat", point: point, priority: -100))
            batch.addRule(
                chain,
                [
                    .destinationKind, .equals(Expression.localAddress), .verdict(.jump("publish")),
                ])
        }
    }

    /// What leaves in the name of the host.
    private static func addSources(_ batch: inout Batch) {
        batch.addChain("source", hook: .init(type: "nat", point: .postrouting, priority: 100))
        // A container that reaches a neighbour, or itself, through a port of the host's would be answered
        // directly, by an address that it never spoke to. Its address tells it, since bridged packets come
        // here without the device that they came in by.
        let toBridge: [Expression] = [.meta(.outputName), .isIn(bridges)]
        let from4: [Expression] = [.payload(.network, offset: 12, length: 4), .isIn(inside4)]
        let from6: [Expression] = [.payload(.network, offset: 8, length: 16), .isIn(inside6)]
        batch.addRule("source", isRedirected + toBridge + isIPv4 + from4 + [.masquerade])
        batch.addRule("source", isRedirected + toBridge + isIPv6 + from6 + [.masquerade])
        // The same for the host itself, which speaks from 127.0.0.1.
        batch.addRule("source", fromLoopback + toBridge + [.masquerade])
        batch.addRule(
            "source",
            [
                .meta(.inputName), .isIn(masqueraded), .meta(.outputName), .isIn(bridges, isInverted: true),
                .masquerade,
            ])
    }

    private static func addForwarding(_ batch: inout Batch) {
        batch.addChain("through", hook: .init(type: "filter", point: .forward, priority: 0))
        func rule(_ expressions: [Expression]) { batch.addRule("through", expressions) }
        rule(ways + [.isIn(same), .verdict(.accept)])
        rule([.meta(.inputName), .isIn(enclosed), .verdict(.drop)])
        rule([.meta(.outputName), .isIn(enclosed), .verdict(.drop)])
        rule(
            [.connection(.state)] + Expression.hasAny(Expression.Connection.known) + [.verdict(.accept)])
        rule(isRedirected + [.verdict(.accept)])
        rule([
            .meta(.inputName), .isIn(isolated), .meta(.outputName), .isIn(isolated), .verdict(.drop),
        ])
        rule([.meta(.inputName), .isIn(bridges), .verdict(.accept)])
        // From outside, only what is published.
        rule([.meta(.outputName), .isIn(bridges), .verdict(.drop)])
    }

    /// The entries that make a bridge one of ours.
    static func entries(of network: Network) -> [(set: String, element: Batch.Element)] {
        var name = Array(network.bridge.utf8)
        name += [UInt8](repeating: 0, count: max(16 - name.count, 0))
        var sets = [bridges]
        if network.isIsolated { sets.append(isolated) }
        sets.append(network.isInternal ? enclosed : masqueraded)
        var entries = sets.map { ($0, Batch.Element(key: name)) }
        entries.append((same, Batch.Element(key: name + name)))
        for subnet in network.subnets {
            let set = subnet.prefix.address.isIPv6 ? inside6 : inside4
            entries.append((set, Batch.Element(key: subnet.prefix.address.bytes)))
            // The last subnet of all has no end.
            if let end = subnet.prefix.end {
                entries.append((set, Batch.Element(key: end.bytes, endsInterval: true)))
            }
        }
        return entries
    }

    /// The entries that lead a port of the host's to a container.
    static func entries(
        of publication: Publication, to addresses: [IPAddress]
    ) -> [(map: String, element: Batch.Element)] {
        guard let hostPort = publication.hostPort else { return [] }
        let transport: [UInt8] = [publication.transport.number, 0, 0, 0]
        return addresses.compactMap { address in
            let value = address.bytes + port(publication.port)
            guard let host = publication.hostAddress, !host.isUnspecified else {
                if let host = publication.hostAddress, host.isIPv6 != address.isIPv6 { return nil }
                let key = transport + port(hostPort)
                return (address.isIPv6 ? any6 : any4, Batch.Element(key: key, value: value))
            }
            guard host.isIPv6 == address.isIPv6 else { return nil }
            let key = transport + host.bytes + port(hostPort)
            return (address.isIPv6 ? exact6 : exact4, Batch.Element(key: key, value: value))
        }
    }

    private static func port(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(port & 0xff), 0, 0] }

    /// What an entry of one of the maps publishes, and to which address. Nil for one of another form.
    static func publication(_ element: Batch.Element, in map: String) -> (Publication, IPAddress)? {
        guard let value = element.value, value.count >= 8, let target = IPAddress(Array(value.dropLast(4))),
            let transport = Transport.allCases.first(where: { $0.number == element.key.first }),
            element.key.count >= 8
        else { return nil }
        func number(_ bytes: [UInt8]) -> UInt16 {
            UInt16(bytes[bytes.count - 4]) << 8 | UInt16(bytes[bytes.count - 3])
        }
        let isExact = map == exact4 || map == exact6
        let host = isExact ? IPAddress(Array(element.key[4..<element.key.count - 4])) : nil
        if isExact && host == nil { return nil }
        // A wildcard is of one family; the unspecified address says which.
        let wild = IPAddress([UInt8](repeating: 0, count: target.bytes.count))
        return (
            Publication(
                hostAddress: host ?? wild, hostPort: number(element.key), port: number(value),
                transport: transport), target
        )
    }
}
