import Digest
import Manifest
import Testing

@Suite struct ReferenceTests {
    static let hex = String(repeating: "a1", count: 32)

    @Test(arguments: [
        ("alpine", "docker.io/library/alpine", "alpine"),
        ("alpine:3.19", "docker.io/library/alpine:3.19", "alpine:3.19"),
        ("user/app", "docker.io/user/app", "user/app"),
        ("docker.io/alpine", "docker.io/library/alpine", "alpine"),
        ("index.docker.io/library/alpine:x", "docker.io/library/alpine:x", "alpine:x"),
        ("docker.io/library/a/b", "docker.io/library/a/b", "library/a/b"),
        ("localhost/a", "localhost/a", "localhost/a"),
        ("localhost:5000/a/b:t", "localhost:5000/a/b:t", "localhost:5000/a/b:t"),
        ("localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"),
        ("quay.io/x/y", "quay.io/x/y", "quay.io/x/y"),
        ("Host/x", "Host/x", "Host/x"),
        ("[::1]:80/x:y", "[::1]:80/x:y", "[::1]:80/x:y"),
        ("a__b/c-----d.e_f", "docker.io/a__b/c-----d.e_f", "a__b/c-----d.e_f"),
        ("x:Tag_1.2-3", "docker.io/library/x:Tag_1.2-3", "x:Tag_1.2-3"),
    ])
    func namesMeanWhatTheyMeanToDocker(_ text: String, _ full: String, _ familiar: String) throws {
        let reference = try Reference(text)
        #expect(reference.description == full)
        #expect(reference.familiar == familiar)
        #expect(try Reference(full) == reference)
        #expect(try Reference(familiar) == reference)
    }

    @Test func digestsStandBehindTags() throws {
        let reference = try Reference("alpine:3@sha256:\(Self.hex)")
        #expect(reference.tag == "3")
        #expect(reference.digest?.hex == Self.hex)
        #expect(reference.tagged == reference)
        #expect(reference.withoutDigest == (try Reference("alpine:3")))
        #expect(try Reference("alpine").tagged.tag == "latest")
        #expect(try Reference("alpine@sha256:\(Self.hex)").tagged.tag == nil)
    }

    @Test(arguments: [
        ("", "must not be empty"),
        ("Alpine", "must be lowercase"),
        ("a//b", "a part of the name is empty"),
        ("a/", "a part of the name is empty"),
        ("/a", "a part of the name is empty"),
        ("-a", "begin and end"),
        ("a-", "begin and end"),
        ("a..b", "\"..\" must not stand"),
        ("a___b", "\"___\" must not stand"),
        ("a b", "\" \" must not stand"),
        ("../a", "\"..\" is no registry"),
        ("a:", "is no tag"),
        ("a:.b", "is no tag"),
        ("a:b c", "is no tag"),
        ("a:" + String(repeating: "t", count: 129), "is no tag"),
        ("a@sha256:12", "wants 64 hex digits"),
        ("a@md5:12", "sha256 or sha512"),
        ("a@" + hex, "no colon"),
        ("ho_st.x/a", "is no registry"),
        ("host:99999/a", "is no registry"),
        ("host:/a", "is no registry"),
        (hex, "are an id"),
        (String(repeating: "a", count: 250), "longer than 255"),
        (String(repeating: "a", count: 1025), "longer than 1024"),
        ("a\u{0}b", "must not stand"),
        ("é", "begin and end"),
    ])
    func badNamesSayWhy(_ text: String, _ reason: String) {
        let error = #expect(throws: ManifestError.self) { try Reference(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.utf8.contains(0) == false)
    }
}
