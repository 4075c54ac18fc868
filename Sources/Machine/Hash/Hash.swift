import CCrypto
import Digest

/// The hash of bytes that come in pieces, by either algorithm that a digest may have (FIPS 180-4).
public struct Hash: Sendable {
    private enum State {
        case sha256(dl_sha256)
        case sha512(dl_sha512)
    }

    private var state: State

    public init(_ algorithm: Digest.Algorithm = .sha256) {
        switch algorithm {
        case .sha256:
            var initial = dl_sha256()
            dl_sha256_init(&initial)
            state = .sha256(initial)
        case .sha512:
            var initial = dl_sha512()
            dl_sha512_init(&initial)
            state = .sha512(initial)
        }
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .sha256(var current):
            dl_sha256_update(&current, bytes.baseAddress, bytes.count)
            state = .sha256(current)
        case .sha512(var current):
            dl_sha512_update(&current, bytes.baseAddress, bytes.count)
            state = .sha512(current)
        }
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes so far; more may follow.
    public func digest() -> Digest {
        switch state {
        case .sha256(var current):
            return Hash.digest(.sha256) { dl_sha256_final(&current, $0) }
        case .sha512(var current):
            return Hash.digest(.sha512) { dl_sha512_final(&current, $0) }
        }
    }

    /// The digest of bytes that are all there.
    public static func digest(_ bytes: [UInt8], _ algorithm: Digest.Algorithm = .sha256) -> Digest {
        var hash = Hash(algorithm)
        hash.update(bytes)
        return hash.digest()
    }

    private static func digest(
        _ algorithm: Digest.Algorithm, _ final: (UnsafeMutablePointer<UInt8>?) -> Void
    ) -> Digest {
        let bytes = [UInt8](unsafeUninitializedCapacity: algorithm.size) { buffer, count in
            final(buffer.baseAddress)
            count = algorithm.size
        }
        guard let digest = try? Digest(algorithm, bytes) else {
            preconditionFailure("a hash of another size")
        }
        return digest
    }
}
