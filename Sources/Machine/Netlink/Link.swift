/// A network device, as RTM_NEWLINK tells it.
public struct Link: Equatable, Sendable {
    public var index: UInt32
    public var name: String
    /// The bridge that it is a port of.
    public var master: UInt32?
    /// The index of a veth's other end, in the other end's namespace.
    public var other: UInt32?
    /// The hardware address, 6 bytes for Ethernet.
    public var hardware: [UInt8] = []
    /// In bytes.
    public var mtu: UInt32 = 0
    public var isUp: Bool
    /// `bridge`, `veth`; empty for a device of the hardware's.
    public var kind = ""

    static let nameAttribute: UInt16 = 3
    static let hardwareAttribute: UInt16 = 1
    static let mtuAttribute: UInt16 = 4
    static let otherAttribute: UInt16 = 5
    static let masterAttribute: UInt16 = 10
    static let informationAttribute: UInt16 = 18
    static let namespaceAttribute: UInt16 = 28
    static let kindAttribute: UInt16 = 1
    static let dataAttribute: UInt16 = 2
    static let peerAttribute: UInt16 = 1

    /// Nil for another message, or wrong lengths.
    init?(_ message: Message) {
        guard message.type == Message.newLink, let attributes = message.attributes(after: 16),
            let index = Message.word(message.body[...], at: 4),
            let flags = Message.word(message.body[...], at: 8)
        else { return nil }
        self.index = index
        isUp = flags & 1 != 0
        name = ""
        for (type, value) in attributes {
            switch type {
            case Link.nameAttribute: name = Link.text(value)
            case Link.hardwareAttribute: hardware = Array(value)
            case Link.mtuAttribute: mtu = Message.word(value, at: 0) ?? 0
            case Link.otherAttribute: other = Message.word(value, at: 0)
            case Link.masterAttribute: master = Message.word(value, at: 0)
            case Link.informationAttribute:
                guard let inner = Message.attributes(in: value) else { return nil }
                for (type, value) in inner where type == Link.kindAttribute { kind = Link.text(value) }
            default: continue
            }
        }
        if name.isEmpty { return nil }
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String {
        String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// A pair of devices to make: one end here, the other in a container's namespace.
public struct VethPair: Sendable {
    /// The end here, and the index of the bridge that it becomes a port of.
    public var name: String
    public var master: UInt32
    /// The end there.
    public var peerName: String
    /// 6 bytes.
    public var peerHardware: [UInt8]
    /// In bytes; nil for the kernel's own.
    public var mtu: UInt32?

    public init(
        name: String, master: UInt32, peerName: String, peerHardware: [UInt8], mtu: UInt32?
    ) {
        self.name = name
        self.master = master
        self.peerName = peerName
        self.peerHardware = peerHardware
        self.mtu = mtu
    }
}

/// Where packets to a destination go, in the main table.
public struct Route: Equatable, Sendable {
    /// 4 or 16 bytes, zeros for the default route.
    public var destination: [UInt8]
    /// Length of the network's part in bits.
    public var prefix: UInt8
    public var gateway: [UInt8]?
    /// The device's index.
    public var device: UInt32

    public init(destination: [UInt8], prefix: UInt8, gateway: [UInt8]?, device: UInt32) {
        self.destination = destination
        self.prefix = prefix
        self.gateway = gateway
        self.device = device
    }

    static let mainTable: UInt8 = 254
    private static let administrator: UInt8 = 4
    private static let unicast: UInt8 = 1

    /// Nil for another message, another table, a route without a device, or wrong lengths.
    init?(_ message: Message) {
        guard message.type == Message.newRoute, let attributes = message.attributes(after: 12),
            message.body[4] == Route.mainTable, message.body[7] == Route.unicast
        else { return nil }
        let family = message.body[0]
        let size = family == 2 ? 4 : 16
        prefix = message.body[1]
        guard family == 2 || family == 10, Int(prefix) <= size * 8 else { return nil }
        destination = [UInt8](repeating: 0, count: size)
        var found: UInt32?
        for (type, value) in attributes {
            switch type {
            case 1: destination = Array(value)
            case 4: found = Message.word(value, at: 0)
            case 5: gateway = Array(value)
            default: continue
            }
        }
        guard let found, destination.count == size, (gateway ?? destination).count == size else {
            return nil
        }
        device = found
    }

    /// The header of struct rtmsg and the attributes.
    var body: [UInt8] {
        let family: UInt8 = destination.count == 4 ? 2 : 10
        // A neighbour's network is of the link's scope, what lies behind a gateway is universal.
        let scope: UInt8 = gateway == nil && family == 2 ? 253 : 0
        var body: [UInt8] = [
            family, prefix, 0, 0, Route.mainTable, Route.administrator, scope, Route.unicast,
        ]
        body += [0, 0, 0, 0]
        if prefix > 0 { Message.append(&body, 1, destination) }
        Message.append(&body, 4, Message.bytes(device))
        if let gateway { Message.append(&body, 5, gateway) }
        return body
    }
}
