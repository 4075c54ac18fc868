import CKeys

/// Why a key cannot be used.
public struct KeyError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// A secret key of Ed25519 (RFC 8032): its seed of 32 bytes, which is also how it is kept in a file.
public struct SigningKey: Sendable {
    public let seed: [UInt8]
    /// The public half.
    public let publicKey: PublicKey

    /// - Throws: `KeyError` where the seed does not have 32 bytes.
    public init(seed: [UInt8]) throws(KeyError) {
        guard seed.count == 32 else { throw KeyError("a key has 32 bytes, and this has \(seed.count)") }
        var point = [UInt8](repeating: 0, count: 32)
        guard dl_ed25519_public(seed, &point) == 0 else { throw KeyError("the key is refused") }
        self.seed = seed
        publicKey = PublicKey(point: point)
    }

    /// A new key, of libcrypto's chance for secrets.
    public static func generate() throws(KeyError) -> SigningKey {
        var seed = [UInt8](repeating: 0, count: 32)
        guard dl_ed25519_generate(&seed) == 0 else { throw KeyError("there is no chance for a new key") }
        return try SigningKey(seed: seed)
    }

    /// The 64 bytes of a signature; the same message gives the same one.
    public func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        guard dl_ed25519_sign(seed, message, message.count, &signature) == 0 else {
            throw KeyError("the message cannot be signed")
        }
        return signature
    }
}

/// A public key of Ed25519. Its text is `ed25519:` and the 32 bytes as 64 lower-case hexadecimal digits.
public struct PublicKey: Sendable, Equatable, CustomStringConvertible {
    private static let prefix = "ed25519:"
    public let point: [UInt8]

    init(point: [UInt8]) { self.point = point }

    /// Reads the text form; nil where it is none.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let point = Hexadecimal.bytes(text.dropFirst(Self.prefix.count)),
            point.count == 32
        else { return nil }
        self.point = point
    }

    public var description: String { Self.prefix + Hexadecimal.text(point) }

    /// Whether the signature of 64 bytes is this key's, of this very message.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        signature.count == 64 && dl_ed25519_verify(point, message, message.count, signature) == 0
    }
}

/// Bytes as lower-case hexadecimal digits.
public enum Hexadecimal {
    public static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// nil where there is anything but pairs of lower-case digits.
    public static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { byte -> UInt8? in
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x61...0x66: byte - 0x57
            default: nil
            }
        }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
