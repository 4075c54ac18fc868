/// An address of a device, as RTM_NEWADDR tells it.
struct Address: Equatable {
    static let peer: UInt16 = 1
    static let local: UInt16 = 2
    static let broadcast: UInt16 = 4
    private static let flags: UInt16 = 8
    private static let permanent: UInt32 = 0x80
    private static let globalScope: UInt8 = 0

    /// AF_INET or AF_INET6.
    var family: UInt8
    /// Length of the network's part in bits.
    var prefix: UInt8
    var scope: UInt8
    var index: UInt32
    var flags: UInt32
    /// 4 or 16 bytes, in network order.
    var localBytes: [UInt8]
    /// The other end of a point-to-point link, where it is not the address itself.
    var peerBytes: [UInt8]?
    var broadcastBytes: [UInt8]?

    /// Nil for another message, another family, or wrong lengths.
    init?(_ message: Message) {
        guard message.type == Message.newAddress, let attributes = message.attributes(after: 8),
            let index = Message.word(message.body[...], at: 4)
        else { return nil }
        family = message.body[0]
        prefix = message.body[1]
        flags = UInt32(message.body[2])
        scope = message.body[3]
        self.index = index
        let size = family == 2 ? 4 : 16
        guard family == 2 || family == 10, Int(prefix) <= size * 8 else { return nil }
        var local: [UInt8]?
        for (type, value) in attributes {
            switch type {
            case Address.local: local = Array(value)
            case Address.peer: peerBytes = Array(value)
            case Address.broadcast: broadcastBytes = Array(value)
            // The header's eight bits are the lower ones of these.
            case Address.flags: flags = Message.word(value, at: 0) ?? flags
            default: continue
            }
        }
        // IPv6 tells its address as the peer where there is no other end.
        guard let bytes = local ?? peerBytes, bytes.count == size, (peerBytes ?? bytes).count == size,
            (broadcastBytes ?? bytes).count == size
        else { return nil }
        localBytes = bytes
    }

    /// Whether it goes with its device: it was given by the owner and means the same elsewhere.
    var isKept: Bool { scope == Address.globalScope && flags & Address.permanent != 0 }
}
