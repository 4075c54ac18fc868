import Digest
import Testing

@Suite struct DigestTests {
    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func textComesBack() throws {
        let digest = try Digest("sha256:" + Self.empty)
        #expect(digest.algorithm == .sha256)
        #expect(digest.bytes.count == 32)
        #expect(digest.bytes.prefix(3) == [0xe3, 0xb0, 0xc4])
        #expect(digest.hex == Self.empty)
        #expect(digest.description == "sha256:" + Self.empty)
        let long = try Digest("sha512:" + Self.empty + Self.empty)
        #expect(long.algorithm == .sha512)
        #expect(long.description == "sha512:" + Self.empty + Self.empty)
    }

    @Test func equalContentIsEqual() throws {
        let digest = try Digest("sha256:" + Self.empty)
        #expect(try Digest(.sha256, digest.bytes) == digest)
        #expect(Set([digest, try Digest("sha256:" + Self.empty)]).count == 1)
    }

    /// Texts, and a word of the reason why each is none.
    static let refused: [(String, String)] = [
        ("", "no colon"), (empty, "no colon"), (":\(empty)", "algorithm"), ("md5:\(empty)", "algorithm"),
        ("SHA256:\(empty)", "algorithm"), (" sha256:\(empty)", "algorithm"),
        ("sha256:\(empty.dropLast())", "64 hex digits"), ("sha256:\(empty)0", "64 hex digits"),
        ("sha256:\(empty)\n", "64 hex digits"), ("sha512:\(empty)", "128 hex digits"),
        ("sha256:\(empty.uppercased())", "0-9 and a-f"), ("sha256: \(empty.dropLast())", "0-9 and a-f"),
        ("sha256:../\(empty.dropLast(3))", "0-9 and a-f"), ("sha256:\0\(empty.dropLast())", "0-9 and a-f"),
    ]

    @Test(arguments: refused)
    func whatIsNoDigestIsRefused(text: String, reason: String) {
        let error = #expect(throws: DigestError.self) { try Digest(text) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func anErrorRepeatsLittleOfALongText() {
        let error = #expect(throws: DigestError.self) {
            try Digest("sha256:" + String(repeating: "a", count: 1 << 20))
        }
        #expect((error?.description.count ?? 0) < 300)
    }

    @Test func bytesOfAnotherLengthAreRefused() {
        #expect(throws: DigestError.self) { try Digest(.sha512, [UInt8](repeating: 0, count: 32)) }
        #expect(throws: DigestError.self) { try Digest(.sha256, []) }
    }

    @Test func hexHasTwoDigitsAByte() {
        #expect(Hex.encode([0, 0x0f, 0xf0, 0xff]) == "000ff0ff")
        #expect(Hex.decode("000ff0ff".utf8) == [0, 0x0f, 0xf0, 0xff])
        #expect(Hex.decode("".utf8) == [])
        #expect(Hex.decode("0".utf8) == nil)
        #expect(Hex.decode("0G".utf8) == nil)
    }
}
