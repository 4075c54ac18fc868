/// An address of IPv4 or IPv6.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    public let bytes: [UInt8]

    /// Nil for another number of bytes than 4 or 16.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// Reads dotted decimal without leading zeros, or the text of RFC 4291, 2.2, without a zone.
    public init?(_ text: String) {
        let text = Array(text.utf8)
        guard text.count <= 45,
            let bytes = text.contains(UInt8(ascii: ":")) ? Self.six(text) : Self.four(text)
        else { return nil }
        self.bytes = bytes
    }

    public var isIPv6: Bool { bytes.count == 16 }

    /// 0.0.0.0 or `::`, which stand for every address of the host.
    public var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    public var isLoopback: Bool {
        isIPv6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 : bytes[0] == 127
    }

    /// Multicast, and IPv4's reserved block with its broadcast: nothing that one device can have.
    public var isGroup: Bool { isIPv6 ? bytes[0] == 0xff : bytes[0] >= 224 }

    /// The address so many further on, or nil beyond the last.
    public func advanced(by distance: UInt64) -> IPAddress? {
        var bytes = bytes
        var rest = distance
        for index in bytes.indices.reversed() where rest > 0 {
            let (sum, carry) = (rest & 0xff + UInt64(bytes[index]), rest >> 8)
            bytes[index] = UInt8(truncatingIfNeeded: sum)
            rest = carry + sum >> 8
        }
        return rest == 0 ? IPAddress(checked: bytes) : nil
    }

    /// As RFC 5952 writes it.
    public var description: String {
        if !isIPv6 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xffff {
            return "::ffff:" + bytes[12...].map { String($0) }.joined(separator: ".")
        }
        // The first of the longest runs of two or more zeros is shortened.
        var best = 0..<0
        var at = 0
        while at < 8 {
            let end = groups[at...].firstIndex { $0 != 0 } ?? 8
            if end - at > max(best.count, 1) { best = at..<end }
            at = max(end, at) + 1
        }
        let words = groups.map { String($0, radix: 16) }
        if best.isEmpty { return words.joined(separator: ":") }
        return words[..<best.lowerBound].joined(separator: ":") + "::"
            + words[best.upperBound...].joined(separator: ":")
    }

    private static func four(_ text: [UInt8]) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                part.allSatisfy({ (48...57).contains($0) })
            else { return nil }
            let value = part.reduce(0) { $0 * 10 + Int($1 - 48) }
            guard value < 256 else { return nil }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    private static func six(_ text: [UInt8]) -> [UInt8]? {
        let colon = UInt8(ascii: ":")
        var gap: Int?
        for index in text.indices.dropLast() where text[index] == colon && text[index + 1] == colon {
            // A second gap, or a third colon.
            guard gap == nil else { return nil }
            gap = index
        }
        guard let gap else {
            guard let all = groups(text[...], mayEndInFour: true), all.count == 16 else { return nil }
            return all
        }
        guard let before = gap == 0 ? [] : groups(text[..<gap], mayEndInFour: false),
            let after = gap + 2 == text.count ? [] : groups(text[(gap + 2)...], mayEndInFour: true),
            before.count + after.count <= 14
        else { return nil }
        return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
    }

    private static func groups(_ text: ArraySlice<UInt8>, mayEndInFour: Bool) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if mayEndInFour, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let four = four(Array(part)) else { return nil }
                bytes += four
                continue
            }
            guard (1...4).contains(part.count), let value = hexadecimal(part) else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
        }
        return bytes.count <= 16 ? bytes : nil
    }

    static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            switch digit {
            case 48...57: value = value << 4 | Int(digit - 48)
            case 65...70: value = value << 4 | Int(digit - 55)
            case 97...102: value = value << 4 | Int(digit - 87)
            default: return nil
            }
        }
        return value
    }
}

extension IPAddress: Comparable {
    /// IPv4 first, then by number.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        if left.bytes.count != right.bytes.count { return left.bytes.count < right.bytes.count }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
