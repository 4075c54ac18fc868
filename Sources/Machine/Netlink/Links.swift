import Glibc
import Kernel

/// The devices, addresses and routes of one network namespace, over rtnetlink(7).
///
/// Every error names the call in words, the device, and what the kernel said.
public struct Links: ~Copyable {
    private let conversation: Conversation

    /// Of the calling thread's namespace.
    public init() throws(SystemError) { conversation = try Conversation() }

    /// Of the namespace that the descriptor refers to; the calling thread visits it.
    public init(namespace: Int32) throws(SystemError) {
        conversation = try Conversation.visiting(namespace)
    }

    /// The device of a name, or nil where there is none.
    public func find(_ name: String) throws(SystemError) -> Link? {
        do {
            let answers = try conversation.ask(.find(name), "find network device", name)
            for answer in answers {
                if let link = Link(answer) { return link }
            }
        } catch {
            guard error.code == ENODEV else { throw error }
            return nil
        }
        throw SystemError("find network device", EBADMSG, name)
    }

    /// Every device.
    public func list() throws(SystemError) -> [Link] {
        try conversation.ask(.links(), "list", "network devices").compactMap { Link($0) }
    }

    /// Makes a bridge, down and without ports. EEXIST where the name is taken.
    /// - Parameters:
    ///   - hardware: its own address, 6 bytes; without one it would take its ports', and change with them.
    ///   - mtu: in bytes; nil for the kernel's own.
    public func addBridge(_ name: String, hardware: [UInt8], mtu: UInt32?) throws(SystemError) {
        try conversation.tell(.bridge(name, hardware: hardware, mtu: mtu), "add bridge", name)
    }

    /// Makes a pair of devices: one end here, up, as a bridge's port, the other born in the namespace, down.
    /// EEXIST where either name is taken.
    public func add(_ pair: VethPair, namespace: Int32) throws(SystemError) {
        try conversation.tell(.veth(pair, namespace: namespace), "add network device", pair.name)
    }

    public func setUp(_ link: Link) throws(SystemError) {
        try conversation.tell(.link(link.index, up: true), "set up network device", link.name)
    }

    /// Lets a bridge send a packet back out of the port it came in by. Where bridged packets go through the
    /// tables of IP (br_netfilter), a container reaches its own published port only so.
    public func setHairpin(_ link: Link) throws(SystemError) {
        try conversation.tell(.hairpin(link.index), "set hairpin mode of", link.name)
    }

    /// Deletes a device, and with one end of a pair the other. One that is gone already is no error.
    ///
    /// It waits until no processor looks at the device, about 20 ms.
    public func delete(_ name: String) throws(SystemError) {
        do {
            try conversation.tell(.deleteLink(name), "delete network device", name)
        } catch {
            guard error.code == ENODEV else { throw error }
        }
    }

    /// Gives a device an address, usable at once: IPv6 is not asked whether somebody else has it. One that it
    /// has already is no error.
    /// - Parameters:
    ///   - address: 4 or 16 bytes.
    ///   - prefix: length of the network's part in bits.
    public func add(address: [UInt8], prefix: UInt8, to link: Link) throws(SystemError) {
        do {
            try conversation.tell(
                .address(address, prefix, link.index, isNew: true), "add an address to", link.name)
        } catch {
            guard error.code == EEXIST else { throw error }
        }
    }

    public func delete(address: [UInt8], prefix: UInt8, of link: Link) throws(SystemError) {
        try conversation.tell(
            .address(address, prefix, link.index, isNew: false), "delete an address of", link.name)
    }

    /// The addresses of a device, 4 or 16 bytes each, with the length of the network's part.
    public func addresses(of link: Link) throws(SystemError) -> [(bytes: [UInt8], prefix: UInt8)] {
        try conversation.ask(.addresses(), "list the addresses of", link.name)
            .compactMap { Address($0) }.filter { $0.index == link.index }
            .map { ($0.localBytes, $0.prefix) }
    }

    /// Adds a route to the main table. EEXIST where there is one to that destination.
    public func add(_ route: Route) throws(SystemError) {
        try conversation.tell(.route(route, isNew: true), "add", "route")
    }

    public func delete(_ route: Route) throws(SystemError) {
        try conversation.tell(.route(route, isNew: false), "delete", "route")
    }

    /// The unicast routes of the main table that go through a device, IPv4's and IPv6's.
    public func routes() throws(SystemError) -> [Route] {
        try conversation.ask(.routes(), "list", "routes").compactMap { Route($0) }
    }
}

extension Message {
    static let deleteLinkType: UInt16 = 17
    static let deleteAddress: UInt16 = 21
    static let newRoute: UInt16 = 24
    static let deleteRoute: UInt16 = 25
    static let getRoute: UInt16 = 26

    private static let new = request | acknowledge | create | exclusive

    static func links() -> Message {
        Message(type: getLink, flags: request | dump, body: linkHeader(0, flags: 0, change: 0))
    }

    static func bridge(_ name: String, hardware: [UInt8], mtu: UInt32?) -> Message {
        var body = linkHeader(0, flags: 0, change: 0)
        body += attribute(Link.nameAttribute, text: name)
        append(&body, Link.hardwareAttribute, hardware)
        if let mtu { append(&body, Link.mtuAttribute, bytes(mtu)) }
        body += nest(Link.informationAttribute, attribute(Link.kindAttribute, text: "bridge"))
        return Message(type: newLink, flags: new, body: body)
    }

    static func veth(_ pair: VethPair, namespace: Int32) -> Message {
        // The kernel refuses to set it up before it knows its other end.
        var peer = linkHeader(0, flags: 0, change: 0)
        peer += attribute(Link.nameAttribute, text: pair.peerName)
        append(&peer, Link.hardwareAttribute, pair.peerHardware)
        append(&peer, Link.namespaceAttribute, bytes(UInt32(bitPattern: namespace)))
        var body = linkHeader(0, flags: 1, change: 1)
        body += attribute(Link.nameAttribute, text: pair.name)
        append(&body, Link.masterAttribute, bytes(pair.master))
        if let mtu = pair.mtu {
            append(&peer, Link.mtuAttribute, bytes(mtu))
            append(&body, Link.mtuAttribute, bytes(mtu))
        }
        body += nest(
            Link.informationAttribute, attribute(Link.kindAttribute, text: "veth"),
            nest(Link.dataAttribute, attribute(Link.peerAttribute, peer)))
        return Message(type: newLink, flags: new, body: body)
    }

    /// RTM_SETLINK of the family AF_BRIDGE, with IFLA_BRPORT_MODE in IFLA_PROTINFO.
    static func hairpin(_ index: UInt32) -> Message {
        var body = linkHeader(index, flags: 0, change: 0)
        body[0] = 7
        body += nest(12, attribute(4, [1]))
        return Message(type: 19, flags: request | acknowledge, body: body)
    }

    static func deleteLink(_ name: String) -> Message {
        var body = linkHeader(0, flags: 0, change: 0)
        body += attribute(Link.nameAttribute, text: name)
        return Message(type: deleteLinkType, flags: request | acknowledge, body: body)
    }

    static func address(_ address: [UInt8], _ prefix: UInt8, _ index: UInt32, isNew: Bool) -> Message {
        let noDetection: UInt8 = 2
        var body = addressHeader(address.count == 4 ? 2 : 10, prefix, noDetection, 0, index: index)
        append(&body, Address.local, address)
        append(&body, Address.peer, address)
        if isNew, address.count == 4, prefix < 31 {
            let host = UInt32.max >> UInt32(prefix)
            let broadcast = (0..<4).map {
                address[$0] | UInt8(truncatingIfNeeded: host >> UInt32(24 - 8 * $0))
            }
            append(&body, Address.broadcast, broadcast)
        }
        return Message(
            type: isNew ? newAddress : deleteAddress, flags: isNew ? new : request | acknowledge, body: body)
    }

    static func route(_ route: Route, isNew: Bool) -> Message {
        Message(
            type: isNew ? newRoute : deleteRoute, flags: isNew ? new : request | acknowledge, body: route.body
        )
    }

    static func routes() -> Message {
        Message(type: getRoute, flags: request | dump, body: [UInt8](repeating: 0, count: 12))
    }
}
