/// An Ethernet address.
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    /// Six.
    public let bytes: [UInt8]

    /// Reads `02:42:0a:58:00:02`. Refused is what no device may have: a group's address, or all zeros.
    public init(_ text: String) throws(AddressError) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for part in parts {
            guard part.count == 2, let value = IPAddress.hexadecimal(part) else {
                throw AddressError("\"\(text)\" is no MAC address; one looks like 02:42:0a:58:00:02")
            }
            bytes.append(UInt8(value))
        }
        guard bytes.count == 6 else {
            throw AddressError("\"\(text)\" is no MAC address; one looks like 02:42:0a:58:00:02")
        }
        guard bytes[0] & 1 == 0, bytes.contains(where: { $0 != 0 }) else {
            throw AddressError("MAC address \(text) is that of a group, which no device can have")
        }
        self.bytes = bytes
    }

    /// One that goes with an IP address, administered locally: whoever gets the IP address next has the same,
    /// so that nobody's table of neighbours is stale.
    public init(for address: IPAddress) {
        if address.isIPv6 {
            // FNV-1a over the address.
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in address.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            bytes = [0x02] + (0..<5).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
        } else {
            bytes = [0x02, 0x42] + address.bytes
        }
    }

    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
