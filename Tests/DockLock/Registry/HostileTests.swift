import Digest
import Distribution
import Images
import Kernel
import Manifest
import Registry
import Testing

/// Against a registry that misbehaves: nothing wrong is stored, nothing is waited for without end.
@Suite struct HostileTests {
    private func make() throws -> (scratch: Scratch, id: Digest) {
        let scratch = try Scratch()
        let id = try scratch.makeImage("app:1")
        try scratch.serve("app:1")
        return (scratch, id)
    }

    private func isEmpty(_ store: ImageStore) throws -> Bool {
        _ = try store.sweep { [] }
        return try store.images().isEmpty && Files.list(store.layers).isEmpty
            && Files.list(store.data + "/ingest").isEmpty
            && Files.list(store.layout + "/blobs/sha256").isEmpty
    }

    private static let wrong: [(mode: String, words: String)] = [
        ("loop", "leads on more than 5 times"), ("manifest-loop", "leads on more than 5 times"),
        ("long", "bytes, not"), ("short", "bytes, not"), ("wrong", "the layer should be"),
        ("endless", "longer than the"), ("manifest-endless", "longer than 4194304 bytes"),
        ("manifest-large", "longer than 4194304 bytes"), ("manifest-lie", "has the digest"),
        ("manifest-garbage", "schema"), ("headers", "127.0.0.1"), ("busy-always", "not available now"),
        ("cut-always", "the connection ended early"), ("range-lie", "another part"),
        ("token-denied", "incorrect username"),
    ]

    @Test func whatIsWrongIsRefused() async throws {
        let (scratch, _) = try make()
        let server = try Service.hostile(scratch)
        let other = try scratch.another("other")
        for (mode, words) in Self.wrong {
            let error = await #expect(throws: (any Error).self) {
                try await scratch.pull("\(server.address)/\(mode):1", into: other)
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(mode)")
            #expect(try isEmpty(other), "\(mode)")
        }
    }

    @Test func whatPassesIsTriedAgain() async throws {
        let (scratch, id) = try make()
        let server = try Service.hostile(scratch)
        for mode in ["plain", "busy", "cut", "cut-whole", "token"] {
            let other = try scratch.another(mode)
            let registries = try scratch.registries(as: mode == "token" ? user : nil)
            let pulled = try await scratch.pull("\(server.address)/\(mode):1", into: other, by: registries)
            #expect(pulled.id == id)
            #expect(try other.runnable("\(server.address)/\(mode):1").layers.count == 3)
        }
    }

    @Test func aBrokenConnectionIsGoneOnWith() async throws {
        let (scratch, _) = try make()
        let server = try Service.hostile(scratch)
        let large = try scratch.store.manifest(scratch.store.find("app:1").manifest.digest).layers[0]
        try await scratch.pull("\(server.address)/cut:1", into: scratch.another("other"))
        let asked = try scratch.requests().filter { $0.contains("GET") && $0.contains(large.digest.hex) }
        #expect(asked.count == 2)
    }

    @Test func authorizationStaysWithItsServer() async throws {
        let (scratch, id) = try make()
        try scratch.serve("app:1", in: "second")
        let (server, other) = (try Service.hostile(scratch), try Service.hostile(scratch, "second"))
        try scratch.sh("echo http://\(other.address) >served/elsewhere")
        try scratch.sh("echo unused >second/elsewhere")
        let pulled = try await scratch.pull(
            "\(server.address)/token:1", into: scratch.another("a"), by: scratch.registries(as: user))
        #expect(pulled.id == id)
        #expect(try scratch.requests().contains { $0.contains("blobs") && $0.hasSuffix(" Bearer good") })
        try await scratch.pull("\(server.address)/elsewhere:1", into: scratch.another("b"))
        #expect(try scratch.requests("second").contains { $0.contains("blobs") })
        #expect(try scratch.requests("second").allSatisfy { $0.hasSuffix(" -") })
    }

    @Test func aPasswordIsNotGivenToMirrors() async throws {
        let (scratch, _) = try make()
        let server = try Service.hostile(scratch)
        let settings = #"{"registries":{"nowhere.invalid":{"mirrors":["\#(server.address)"]}}}"#
        await #expect(throws: RegistryError.self) {
            try await scratch.pull(
                "nowhere.invalid/token:1", into: scratch.another("other"),
                by: scratch.registries(as: user, settings: settings))
        }
        #expect(try scratch.requests().contains { $0.hasPrefix("GET /token") })
        #expect(try scratch.requests().allSatisfy { $0.hasSuffix(" -") })
    }

    @Test func httpsNeverBecomesHTTP() async throws {
        let (scratch, _) = try make()
        try scratch.makeCertificates()
        try scratch.serve("app:1", in: "second")
        let (server, other) = (
            try Service.hostile(scratch, tls: true), try Service.hostile(scratch, "second")
        )
        try scratch.sh("echo http://\(other.address) >served/elsewhere; touch second/requests")
        let error = await #expect(throws: (any Error).self) {
            try await scratch.pull("\(server.address)/elsewhere:1", into: scratch.another("other"))
        }
        #expect("\(String(describing: error))".contains("plain http"), "\(String(describing: error))")
        #expect(try scratch.requests("second").isEmpty)
        // Its token server is plain too.
        await #expect(throws: DistributionError.self) {
            try await scratch.pull(
                "\(server.address)/token:1", into: scratch.another("other"), by: scratch.registries(as: user))
        }
        #expect(try scratch.requests().allSatisfy { !$0.hasPrefix("GET /token") })
    }

    @Test func aBrokenUploadIsGoneOnWith() async throws {
        let scratch = try Scratch()
        let id = try scratch.makeImage("app:1", layers: ["head -c 40000000 /dev/urandom >$tree/large"])
        try scratch.serve("app:1")
        let server = try Service.hostile(scratch)
        let name = server.address + "/push-cut:1"
        try scratch.store.tag("app:1", as: Reference(name))
        try await scratch.push(name)
        let manifest = try scratch.store.manifest(scratch.store.find(name).manifest.digest)
        for digest in manifest.layers.map(\.digest) + [id] {
            let sum = try scratch.sh("sha256sum served/pushed-\(digest.hex)").prefix(64)
            #expect(digest.hex == sum)
        }
        #expect(try scratch.requests().contains { $0.hasPrefix("GET /upload/") })
    }

    @Test func aFullDiskLeavesNothing() async throws {
        let scratch = try Scratch()
        let id = try scratch.makeImage("app:1", layers: ["head -c 30000000 /dev/urandom >$tree/large"])
        try scratch.serve("app:1")
        let server = try Service.hostile(scratch)
        try scratch.sh("mkdir small && mount -t tmpfs -o size=16m small small")
        do {
            let store = ImageStore(scratch.folder + "/small/data")
            try store.prepare()
            let error = await #expect(throws: (any Error).self) {
                try await scratch.pull("\(server.address)/plain:1", into: store)
            }
            #expect("\(String(describing: error))".lowercased().contains("no space left"))
            #expect(try isEmpty(store))
        }
        try scratch.sh("umount small")
        #expect(try await scratch.pull("\(server.address)/plain:1", into: scratch.another("other")).id == id)
    }
}
