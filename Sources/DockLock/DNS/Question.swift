/// A question of a DNS client's: a standard query about one name (RFC 1035, 4.1).
public struct Question: Equatable, Sendable {
    /// Kinds of records that have answers here.
    public enum Kind: UInt16, Sendable {
        case ipv4 = 1
        case pointer = 12
        case ipv6 = 28
    }

    /// What the answer repeats.
    public var id: UInt16
    public var wantsRecursion: Bool
    /// Lower-case labels with dots between them; the root is empty.
    public var name: String
    /// The type's number; `Kind` names those known here.
    public var type: UInt16
    /// The question's bytes, for the answer.
    var section: [UInt8]
    /// The size of answer that the client takes over UDP where it speaks EDNS (RFC 6891).
    var sizeTaken: UInt16?

    public var kind: Kind? { Kind(rawValue: type) }

    /// Nil for what is no standard query of class IN about exactly one name, or is cut short.
    public init?(_ message: [UInt8]) {
        guard message.count >= 12, message.count <= 65535, message[2] & 0xf8 == 0,
            Wire.half(message, 4) == 1, Wire.half(message, 6) == 0, Wire.half(message, 8) == 0
        else { return nil }
        id = Wire.half(message, 0)
        wantsRecursion = message[2] & 1 != 0
        var at = 12
        guard let name = Wire.name(message, &at), at + 4 <= message.count,
            Wire.half(message, at + 2) == 1
        else { return nil }
        self.name = name
        type = Wire.half(message, at)
        at += 4
        section = Array(message[12..<at])
        let additional = Wire.half(message, 10)
        // The pseudo-record of EDNS has the root's name; a client sends it alone.
        if additional > 0, at + 11 <= message.count, message[at] == 0, Wire.half(message, at + 1) == 41 {
            sizeTaken = Wire.half(message, at + 3)
        }
    }

    /// Whether a message is an answer to this very question: its number, and its question byte for byte.
    public func isAnswered(by message: [UInt8]) -> Bool {
        message.count >= 12 + section.count && message[2] & 0x80 != 0 && Wire.half(message, 0) == id
            && message[12..<12 + section.count].elementsEqual(section)
    }

    /// The address that a name of in-addr.arpa or ip6.arpa stands for: its 4 or 16 bytes.
    public var reversed: [UInt8]? {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 2, labels[labels.count - 1] == "arpa" else { return nil }
        let parts = labels.dropLast(2).reversed()
        switch labels[labels.count - 2] {
        case "in-addr":
            let bytes = parts.compactMap { $0.first == "+" ? nil : UInt8($0) }
            return parts.count == 4 && bytes.count == 4 ? bytes : nil
        case "ip6":
            let digits = parts.compactMap { $0.utf8.count == 1 ? UInt8($0, radix: 16) : nil }
            guard parts.count == 32, digits.count == 32 else { return nil }
            return (0..<16).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
        default: return nil
        }
    }
}

/// Numbers and names as DNS writes them.
enum Wire {
    /// Sound for `at + 1` below the count.
    static func half(_ bytes: [UInt8], _ at: Int) -> UInt16 { UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) }

    static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xff)] }

    /// A name without compression, which a question has no use for; `at` moves behind it. Nil for a bad
    /// length, or bytes in a label that no host's name has.
    static func name(_ message: [UInt8], _ at: inout Int) -> String? {
        var name: [UInt8] = []
        while at < message.count {
            let length = Int(message[at])
            at += 1
            if length == 0 { return name.count <= 253 ? String(decoding: name, as: UTF8.self) : nil }
            guard length < 64, at + length <= message.count, name.count <= 253 else { return nil }
            if !name.isEmpty { name.append(0x2e) }
            for byte in message[at..<at + length] {
                guard byte > 0x20, byte < 0x7f, byte != 0x2e else { return nil }
                name.append((65...90).contains(byte) ? byte + 32 : byte)
            }
            at += length
        }
        return nil
    }

    /// The labels of a name; nil where one is empty or too long.
    static func labels(_ name: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for label in Array(name.utf8).split(separator: 0x2e, omittingEmptySubsequences: false) {
            guard (1...63).contains(label.count) else { return nil }
            bytes.append(UInt8(label.count))
            bytes += label
        }
        return bytes.count <= 253 ? bytes + [0] : nil
    }
}
