/// Names content by its hash, as descriptors of images do: `sha256:` and 64 lower-case hex digits, or
/// `sha512:` and 128 (OCI image-spec 1.1, descriptor.md, "Digests").
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The two registered algorithms.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256
        case sha512

        /// Length of a hash in bytes.
        public var size: Int { self == .sha256 ? 32 : 64 }
    }

    public let algorithm: Algorithm
    /// The hash itself: `algorithm.size` bytes.
    public let bytes: [UInt8]

    /// A hash that was calculated. Refuses a length that the algorithm does not have.
    public init(_ algorithm: Algorithm, _ bytes: [UInt8]) throws(DigestError) {
        guard bytes.count == algorithm.size else {
            throw DigestError(
                "a \(algorithm.rawValue) digest has \(algorithm.size) bytes, not \(bytes.count)")
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads `algorithm:hex`. Strict: nothing around it, lower case only, an algorithm that is registered.
    public init(_ text: some StringProtocol) throws(DigestError) {
        // Errors repeat no more of a hostile text than a digest could be long.
        let shown = "\"\(text.prefix(140))\""
        let utf8 = text.utf8
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw DigestError("\(shown) is no digest: there is no colon in it")
        }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw DigestError("\(shown): the algorithm must be sha256 or sha512")
        }
        let digits = utf8[utf8.index(after: colon)...]
        guard digits.count == 2 * algorithm.size else {
            throw DigestError("\(shown): \(algorithm.rawValue) wants \(2 * algorithm.size) hex digits")
        }
        guard let bytes = Hex.decode(digits) else {
            throw DigestError("\(shown): only the digits 0-9 and a-f may follow the colon")
        }
        try self.init(algorithm, bytes)
    }

    /// The hash in lower-case hex digits: the name of its blob below `blobs/ALGORITHM`.
    public var hex: String { Hex.encode(bytes) }

    /// `algorithm:hex`, which `init(_:)` reads.
    public var description: String { algorithm.rawValue + ":" + hex }
}

/// Why a text or a run of bytes is no digest.
public struct DigestError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// Bytes as pairs of lower-case hex digits.
public enum Hex {
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.underestimatedCount)
        for byte in bytes {
            digits.append(digit(byte >> 4))
            digits.append(digit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The bytes of an even number of lower-case hex digits; nil for anything else.
    public static func decode(_ digits: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for character in digits {
            guard let value = value(character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
