import Distribution
import Testing

@Suite struct FileTests {
    private func file(_ text: String) throws -> CredentialFile {
        try CredentialFile(Array(text.utf8), name: "auth.json")
    }

    /// `user:pass`
    private let auth = "dXNlcjpwYXNz"
    private let password = CredentialFile.Finding.credential(.password(user: "user", password: "pass"))

    @Test(arguments: [
        ("h:5000", "h:5000", "a/b", true), ("h:5000/a", "h:5000", "a/b", true),
        ("h:5000/a/b", "h:5000", "a/b", true), ("h:5000/a/b", "h:5000", "a/bc", false),
        ("h", "h:5000", "a", false), ("https://h:5000", "h:5000", "a", true),
        ("https://h:5000/v1/", "h:5000", "a", true),
        ("https://index.docker.io/v1/", "docker.io", "library/a", true),
        ("docker.io", "docker.io", "library/a", true), ("h:5000/a", "h:5000", nil, false),
    ])
    func entriesAreFound(_ key: String, _ registry: String, _ repository: String?, _ isFound: Bool) throws {
        let file = try file(#"{"auths":{"\#(key)":{"auth":"\#(auth)"}}}"#)
        #expect(try file.find(registry: registry, repository: repository) == (isFound ? password : nil))
    }

    @Test func theLongestNameCounts() throws {
        let file = try file(
            #"{"auths":{"h":{"auth":"eDp5"},"h/a":{"auth":"\#(auth)"}},"credHelpers":{"h/b":"pass"}}"#)
        #expect(try file.find(registry: "h", repository: "a/x") == password)
        #expect(
            try file.find(registry: "h", repository: "c") == .credential(.password(user: "x", password: "y")))
        #expect(try file.find(registry: "h", repository: "b/c") == .helper(name: "pass", server: "h/b"))
    }

    @Test func helpersAreNamed() throws {
        let file = try file(#"{"auths":{"h":{}},"credsStore":"secretservice"}"#)
        #expect(
            try file.find(registry: "h", repository: "a") == .helper(name: "secretservice", server: "h"))
        #expect(
            try file.find(registry: "docker.io", repository: "a")
                == .helper(name: "secretservice", server: "https://index.docker.io/v1/"))
        for text in [#"{"credHelpers":{"h":"../x"}}"#, #"{"credsStore":"a/b"}"#, #"{"credHelpers":{"h":1}}"#]
        {
            #expect(throws: DistributionError.self) {
                try self.file(text).find(registry: "h", repository: nil)
            }
        }
    }

    @Test func tokensAreCredentialsToo() throws {
        let file = try file(#"{"auths":{"h":{"auth":"\#(auth)","identitytoken":"t"}}}"#)
        #expect(try file.find(registry: "h", repository: nil) == .credential(.identityToken("t")))
        let answer = #"{"ServerURL":"h","Username":"<token>","Secret":"s"}"#
        #expect(try HelperAnswer.decode(Array(answer.utf8), helper: "x") == .identityToken("s"))
        #expect(throws: DistributionError.self) { try HelperAnswer.decode([0x7B, 0x7D], helper: "x") }
        #expect(HelperAnswer.isAbsent(Array("credentials not found in native keychain\n".utf8)))
    }

    @Test(arguments: [
        "", "[]", "{", #"{"auths":{"h":{"auth":"%%"}}}"#, #"{"auths":{"h":{"auth":"YQ=="}}}"#,
        #"{"auths":{"h":{"auth":"dXNlcjpwYXNz="}}}"#, #"{"auths":{"h":"x"}}"#,
    ])
    func brokenFilesAreErrors(_ text: String) {
        #expect(throws: DistributionError.self) { try file(text).find(registry: "h", repository: nil) }
    }

    @Test func whatIsWrittenIsRead() throws {
        var file = try file(#"{"auths":{"a":{"auth":"eDp5","x":1.5}},"HttpHeaders":{"k":"v"}}"#)
        for secret in ["", "p", "pa", "pas", "pass", "p:\u{e9}:s"] {
            let credential = Credential.password(user: "u", password: secret)
            file.set("h:1", credential)
            let again = try CredentialFile(file.encoded, name: "again")
            #expect(try again.find(registry: "h:1", repository: "x") == .credential(credential))
        }
        let text = String(decoding: file.encoded, as: UTF8.self)
        #expect(text.contains(#""x": 1.5"#) && text.contains("HttpHeaders"))
        #expect(file.set("h:1", nil) == true)
        #expect(file.set("h:1", nil) == false)
        #expect(try file.find(registry: "h:1", repository: nil) == nil)
        #expect(Credential.password(user: "user", password: "pass").basic == "Basic \(auth)")
    }

    @Test func settingsAreRead() throws {
        let text = #"{"registries":{"h:5":{"insecure":true,"ca":"/x.pem","mirrors":["m:1/p","n"]}}}"#
        let settings = try RegistrySettings(Array(text.utf8), name: "registries.json")
        #expect(settings["h:5"].isInsecure && settings["h:5"].ca == "/x.pem" && !settings["h"].isInsecure)
        let sources = settings.sources(of: Repository(registry: "h:5", path: "a/b"))
        #expect(sources.map(\.name) == ["m:1/p/a/b", "n/a/b", "h:5/a/b"])
        #expect(settings.sources(of: Repository(registry: "n", path: "a")).map(\.name) == ["n/a"])
    }

    @Test(arguments: [
        ("[]", "must be an object"), (#"{"x":{}}"#, "x"), (#"{"registries":[]}"#, "registries"),
        (#"{"registries":{"a b":{}}}"#, "a b"),
        (#"{"registries":{"h":{"insecure":1}}}"#, "registries.h.insecure"),
        (#"{"registries":{"h":{"ca":"x"}}}"#, "registries.h.ca"),
        (#"{"registries":{"h":{"mirrors":["/x"]}}}"#, "registries.h.mirrors"),
        (#"{"registries":{"h":{"mirrors":["m/UP"]}}}"#, "mirrors"),
        (#"{"registries":{"h":{"z":1}}}"#, "registries.h.z"),
    ])
    func wrongSettingsNameTheMember(_ text: String, _ word: String) {
        let error = #expect(throws: DistributionError.self) {
            try RegistrySettings(Array(text.utf8), name: "registries.json")
        }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
}
