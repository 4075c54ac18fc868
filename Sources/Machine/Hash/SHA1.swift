import CCrypto

/// SHA-1 (FIPS 180-4) of bytes that come in pieces: for documents that ask for it, such as SPDX. Collisions
/// are made at will; nothing may be known by it alone.
public struct SHA1: Sendable {
    private var state = dl_sha1()

    public init() { dl_sha1_init(&state) }

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        dl_sha1_update(&state, bytes.baseAddress, bytes.count)
    }

    /// The hash of all bytes so far: 20 bytes. More may follow.
    public func bytes() -> [UInt8] {
        var final = state
        return [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
            dl_sha1_final(&final, buffer.baseAddress)
            count = 20
        }
    }
}
