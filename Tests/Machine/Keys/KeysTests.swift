import Testing

@testable import Keys

/// Against the first two tests of RFC 8032, section 7.1.
@Suite struct KeysTests {
    static let vectors = [
        (
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            point: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
                + "39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            point: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
                + "3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ]

    @Test(arguments: vectors.indices) func signsAsTheStandardSays(_ index: Int) throws {
        let vector = Self.vectors[index]
        let key = try SigningKey(seed: try #require(Hexadecimal.bytes(vector.seed[...])))
        let message = try #require(Hexadecimal.bytes(vector.message[...]))
        #expect(key.publicKey.description == "ed25519:" + vector.point)
        let signature = try key.sign(message)
        #expect(Hexadecimal.text(signature) == vector.signature)
        #expect(key.publicKey.verifies(signature, of: message))
        #expect(!key.publicKey.verifies(signature, of: message + [0]))
        var other = signature
        other[3] ^= 1
        #expect(!key.publicKey.verifies(other, of: message))
        #expect(!key.publicKey.verifies(Array(signature.dropLast()), of: message))
    }

    @Test func newKeysDiffer() throws {
        let (first, second) = (try SigningKey.generate(), try SigningKey.generate())
        #expect(first.seed != second.seed && first.publicKey != second.publicKey)
        #expect(!second.publicKey.verifies(try first.sign([1]), of: [1]))
    }

    @Test func textsAreReadStrictly() throws {
        let key = try SigningKey.generate().publicKey
        #expect(PublicKey(key.description) == key)
        for wrong in ["", "ed25519:", "ed25519:00", key.description + "0", "rsa:" + key.description] {
            #expect(PublicKey(wrong) == nil, "\(wrong)")
        }
        #expect(PublicKey(key.description.uppercased()) == nil)
        #expect(throws: KeyError.self) { try SigningKey(seed: [1, 2, 3]) }
    }
}
