/// A network of addresses: those that begin with the same bits.
public struct Prefix: Hashable, Sendable, CustomStringConvertible {
    /// The first address: every bit after the prefix is 0.
    public let address: IPAddress
    /// In bits.
    public let length: Int

    /// Bits of the address beyond the length are cleared. Nil where the length is beyond the address.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.bytes.count * 8).contains(length) else { return nil }
        self.length = length
        var bytes = address.bytes
        for index in bytes.indices {
            let kept = min(max(length - 8 * index, 0), 8)
            bytes[index] &= kept == 0 ? 0 : 0xff << UInt8(8 - kept)
        }
        self.address = IPAddress(checked: bytes)
    }

    /// Reads `10.88.0.0/16`. Bits after the prefix must be 0: a typing error would be lost otherwise.
    public init(_ text: String) throws(AddressError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])),
            let length = Number.small(parts[1], to: address.bytes.count * 8),
            let prefix = Prefix(address, length: length)
        else { throw AddressError("\"\(text)\" is no subnet; one looks like 10.89.1.0/24 or fd00:1::/64") }
        guard prefix.address == address else {
            throw AddressError("subnet \(text) has bits set after its \(length); meant is \(prefix)")
        }
        self = prefix
    }

    public var description: String { "\(address)/\(length)" }

    public func contains(_ other: IPAddress) -> Bool {
        other.isIPv6 == address.isIPv6 && Prefix(other, length: length)?.address == address
    }

    public func overlaps(_ other: Prefix) -> Bool { contains(other.address) || other.contains(address) }

    /// How many addresses follow the first; what does not fit is the largest number.
    public var last: UInt64 {
        let bits = address.bytes.count * 8 - length
        return bits >= 64 ? .max : (1 << UInt64(bits)) - 1
    }

    /// The first address behind it; nil where there is none.
    public var end: IPAddress? {
        var bytes = address.bytes
        for index in bytes.indices.reversed() where 8 * index < length {
            let step = 1 << min(max(8 * index + 8 - length, 0), 7)
            let sum = Int(bytes[index]) + step
            bytes[index] = UInt8(sum & 0xff)
            if sum < 256 { return IPAddress(checked: bytes) }
        }
        return nil
    }

    /// How far behind the first an address lies; nil for one outside, or further than 2^64.
    public func distance(to other: IPAddress) -> UInt64? {
        guard contains(other) else { return nil }
        let tail = max(other.bytes.count - 8, 0)
        guard other.bytes[..<tail] == address.bytes[..<tail] else { return nil }
        let ends = [other, address].map { $0.bytes[tail...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return ends[0] - ends[1]
    }

    /// Whether a device may have the address: in here, and neither the network's own nor IPv4's broadcast.
    public func isUsable(_ other: IPAddress) -> Bool {
        guard contains(other), other != address else { return false }
        return address.isIPv6 || other != address.advanced(by: last)
    }
}

/// Which subnets new networks get.
public enum Subnets {
    /// The first of 10.88.0.0/16, then 10.89.0.0/24 to 10.255.255.0/24, that touches nothing taken.
    ///
    /// - Parameter isDefault: whether it may be the large first one.
    /// - Returns: nil where all are taken.
    public static func free(besides taken: [Prefix], isDefault: Bool) -> Prefix? {
        let taken = taken.filter { !$0.address.isIPv6 && $0.length > 0 }
        func isFree(_ prefix: Prefix) -> Bool { !taken.contains { $0.overlaps(prefix) } }
        if isDefault, let first = Prefix(IPAddress(checked: [10, 88, 0, 0]), length: 16), isFree(first) {
            return first
        }
        for number in (89 << 8)..<(256 << 8) {
            let bytes: [UInt8] = [10, UInt8(number >> 8), UInt8(number & 0xff), 0]
            if let prefix = Prefix(IPAddress(checked: bytes), length: 24), isFree(prefix) { return prefix }
        }
        return nil
    }

    /// A /64 of unique local addresses (RFC 4193, 3.1) from 40 bits of chance.
    public static func uniqueLocal(chance: [UInt8]) -> Prefix? {
        var bytes: [UInt8] = [0xfd] + chance.prefix(5)
        bytes += [UInt8](repeating: 0, count: 16 - bytes.count)
        return Prefix(IPAddress(checked: bytes), length: 64)
    }
}

enum Number {
    /// Decimal digits without sign or leading zero, at most `limit`.
    static func small(_ text: some StringProtocol, to limit: Int) -> Int? {
        let digits = Array(text.utf8)
        guard (1...5).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            digits.count == 1 || digits[0] != 48
        else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        return value <= limit ? value : nil
    }
}
