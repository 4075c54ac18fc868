import Digest
import Images
import Kernel
import Manifest
import Testing

/// Documents that are attached to images.
@Suite struct ArtifactTests {
    private static let type = "application/x-note"

    private func attach(_ text: String, to name: String, in store: ImageStore) throws {
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        try store.attach(
            Array(text.utf8), Self.type, to: store.find(name).manifest, annotations: [Pair("k", text)])
    }

    private func document(_ name: String, in store: ImageStore) throws -> String? {
        let image = try store.find(name).manifest.digest
        guard let found = try store.attached(Self.type, to: image) else { return nil }
        #expect(found.manifest.artifactType == Self.type)
        #expect(found.manifest.subject.digest == image)
        let digest = try #require(found.manifest.layers.first).digest
        return String(decoding: try store.read(digest, limit: 100), as: UTF8.self)
    }

    @Test func theyLiveAsLongAsTheirImage() throws {
        let scratch = try Scratch()
        let store = scratch.store
        try scratch.make(["a"], as: ["one", "other"])
        try scratch.make(["b"], as: ["two"])
        let before = try scratch.blobs()
        try attach("first", to: "one", in: store)
        try attach("second", to: "one", in: store)
        try attach("third", to: "two", in: store)
        #expect(try document("other", in: store) == "second")
        #expect(try store.images().count == 2)
        _ = try store.sweep { [] }
        // Each has its document and its manifest; the empty configuration is one. The first is gone.
        #expect(try scratch.blobs().count == before.count + 5)
        #expect(try store.remove("other") { [] }.count == 1)
        #expect(try document("one", in: store) == "second")
        _ = try store.remove("one") { [] }
        #expect(try document("two", in: store) == "third")
        _ = try store.prune(all: true) { [] }
        #expect(try scratch.blobs().isEmpty)
        let index = try Files.text(store.layout + "/index.json")
        #expect(!index.contains("artifactType"))
    }

    @Test func whatOthersReadIsTheSpecifications() throws {
        let scratch = try Scratch()
        try scratch.make(["a"], as: ["one"])
        try attach("note", to: "one", in: scratch.store)
        let found = try #require(
            try scratch.store.attached(Self.type, to: scratch.store.find("one").manifest.digest))
        let bytes = try scratch.store.read(found.digest, limit: 4096)
        #expect(try Artifact.decode(bytes).encoded() == bytes)
        #expect(found.manifest.config.mediaType == "application/vnd.oci.empty.v1+json")
        #expect(
            found.manifest.config.digest.description
                == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        // An artifact is no image, and an image no artifact.
        #expect(throws: ManifestError.self) { try ImageManifest.decode(bytes) }
        let image = try scratch.store.read(found.manifest.subject.digest, limit: 4096)
        #expect(throws: ManifestError.self) { try Artifact.decode(image) }
    }

    @Test func anImageWithoutANameIsWithdrawn() throws {
        let scratch = try Scratch()
        let id = try scratch.make(["a"], as: [])
        let named = try scratch.make(["b"], as: ["kept"])
        try scratch.store.withdraw(id)
        try scratch.store.withdraw(named)
        #expect(try scratch.store.images().map(\.id) == [named])
    }
}
