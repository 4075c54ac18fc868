/// One step of a rule of nftables: it loads into a register, decides on one, or acts.
///
/// Registers count as the kernel's do: 1 to 4 are of 16 bytes, 8 to 23 the same room in words of 4.
public struct Expression: Equatable, Sendable {
    let name: String
    let data: [UInt8]

    /// What a packet is known by beside its bytes (NFT_META_*).
    public enum Meta: UInt32, Sendable {
        case inputName = 6
        case outputName = 7
        case family = 15
        case transport = 16
    }

    /// Where bytes of a packet are counted from (NFT_PAYLOAD_*).
    public enum Header: UInt32, Sendable {
        case network = 1
        case transport = 2
    }

    /// What is known of the packet's connection (NFT_CT_*), 4 bytes in the machine's order.
    public enum Connection: UInt32, Sendable {
        case state = 0
        case status = 2

        /// Bits of `state`: established or related.
        public static let known: UInt32 = 2 | 4
        /// Bit of `status`: its destination was rewritten.
        public static let isRedirected: UInt32 = 0x20
    }

    public enum Verdict: Equatable, Sendable {
        case accept, drop
        /// Back to the chain that jumped here.
        case leave
        case jump(String)
    }

    /// A value of nftables' own: big-endian.
    static func number(_ type: UInt16, _ value: UInt32) -> [UInt8] {
        Message.attribute(type, Message.bytes(value.bigEndian))
    }

    static func value(_ type: UInt16, _ bytes: [UInt8]) -> [UInt8] {
        Message.nest(type, Message.attribute(1, bytes))
    }

    static func verdict(_ type: UInt16, _ verdict: Verdict) -> [UInt8] {
        switch verdict {
        case .drop: return Message.nest(type, Message.nest(2, number(1, 0)))
        case .accept: return Message.nest(type, Message.nest(2, number(1, 1)))
        case .leave: return Message.nest(type, Message.nest(2, number(1, UInt32(bitPattern: -5))))
        case .jump(let chain):
            let code = UInt32(bitPattern: -3)
            return Message.nest(type, Message.nest(2, number(1, code), Message.attribute(2, text: chain)))
        }
    }

    /// The expression as an element of a rule.
    var encoded: [UInt8] {
        Message.nest(1, Message.attribute(1, text: name), Message.attribute(2 | 0x8000, data))
    }

    public static func meta(_ key: Meta, into register: UInt32 = 1) -> Expression {
        Expression(name: "meta", data: number(1, register) + number(2, key.rawValue))
    }

    public static func payload(
        _ header: Header, offset: UInt32, length: UInt32, into register: UInt32 = 1
    ) -> Expression {
        Expression(
            name: "payload",
            data: number(1, register) + number(2, header.rawValue) + number(3, offset) + number(4, length))
    }

    public static func connection(_ key: Connection) -> Expression {
        Expression(name: "ct", data: number(1, 1) + number(2, key.rawValue))
    }

    /// The kind of the destination's address: `localAddress` for one of this host's own.
    public static let destinationKind = Expression(
        name: "fib", data: number(1, 1) + number(2, 3) + number(3, 2))
    /// RTN_LOCAL.
    public static let localAddress: [UInt8] = Message.bytes(UInt32(2))

    /// Goes on where register 1 holds these bytes.
    public static func equals(_ bytes: [UInt8]) -> Expression {
        Expression(name: "cmp", data: number(1, 1) + number(2, 0) + value(3, bytes))
    }

    /// Goes on where a word in register 1 has one of these bits.
    public static func hasAny(_ bits: UInt32) -> [Expression] {
        let zero = Message.bytes(UInt32(0))
        return [
            masked(Message.bytes(bits)),
            Expression(name: "cmp", data: number(1, 1) + number(2, 1) + value(3, zero)),
        ]
    }

    /// Keeps those bits of register 1 that the mask has.
    public static func masked(_ mask: [UInt8]) -> Expression {
        let nothing = [UInt8](repeating: 0, count: mask.count)
        return Expression(
            name: "bitwise",
            data: number(1, 1) + number(2, 1) + number(3, UInt32(mask.count)) + value(4, mask)
                + value(5, nothing))
    }

    /// Goes on where the set has what stands from register 1 on; where it has not, if `isInverted`.
    public static func isIn(_ set: String, isInverted: Bool = false) -> Expression {
        Expression(
            name: "lookup",
            data: Message.attribute(1, text: set) + number(2, 1) + (isInverted ? number(5, 1) : []))
    }

    /// Goes on where the map has what stands from register 1 on, with its value from register 1 on.
    public static func mapped(_ map: String) -> Expression {
        Expression(name: "lookup", data: Message.attribute(1, text: map) + number(2, 1) + number(3, 1))
    }

    /// Rewrites the destination: the address in register 1, the port in another.
    public static func redirect(isIPv6: Bool, portRegister: UInt32) -> Expression {
        Expression(
            name: "nat",
            data: number(1, 1) + number(2, isIPv6 ? 10 : 2) + number(3, 1) + number(5, portRegister))
    }

    /// Rewrites the source to the address of the device that the packet leaves by.
    public static let masquerade = Expression(name: "masq", data: [])

    public static func verdict(_ verdict: Verdict) -> Expression {
        Expression(name: "immediate", data: number(1, 0) + self.verdict(2, verdict))
    }
}
