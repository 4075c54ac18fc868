import Digest
import Hash
import Testing

@Suite struct HashTests {
    /// The examples of FIPS 180-4: one block, and two.
    static let examples: [(String, String)] = [
        ("", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abc",
            """
            sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
            2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
            """
        ),
    ]

    @Test(arguments: examples)
    func examplesOfTheStandard(message: String, expected: String) throws {
        let digest = try Digest(expected)
        #expect(Hash.digest(Array(message.utf8), digest.algorithm) == digest)
    }

    /// A million letters, in pieces that never meet a block's border.
    @Test(arguments: [Digest.Algorithm.sha256, .sha512])
    func piecesMakeTheWhole(algorithm: Digest.Algorithm) throws {
        var hash = Hash(algorithm)
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 997)
        var left = 1_000_000
        while left > 0 {
            hash.update(Array(piece.prefix(left)))
            left -= min(left, piece.count)
        }
        #expect(hash.digest() == Hash.digest([UInt8](repeating: 97, count: 1_000_000), algorithm))
        if algorithm == .sha256 {
            #expect(hash.digest().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        }
    }

    @Test func theOldHashIsThereForThoseWhoAsk() {
        var hash = SHA1()
        Array("abc".utf8).withUnsafeBytes { hash.update($0) }
        #expect(Hex.encode(hash.bytes()) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        Array("d".utf8).withUnsafeBytes { hash.update($0) }
        #expect(Hex.encode(hash.bytes()) == "81fe8bfe87576c3ecb22426f8e57847382917acf")
    }

    @Test func aDigestIsNoEnd() {
        var hash = Hash()
        hash.update(Array("a".utf8))
        #expect(hash.digest() == Hash.digest(Array("a".utf8)))
        hash.update(Array("bc".utf8))
        #expect(hash.digest() == Hash.digest(Array("abc".utf8)))
    }
}
