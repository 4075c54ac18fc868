import Digest
import Glibc
import Hash
import Images
import Kernel
import Manifest
import Testing

@Suite struct StoreTests {
    @Test func anImageIsFoundByWhatPeopleCallIt() throws {
        let scratch = try Scratch()
        let id = try scratch.make(["a", "b"], as: ["app:1", "x.io/app:2"])
        let store = scratch.store
        let manifest = try store.find("app:1").manifest.digest
        for name in [
            "app:1", "docker.io/library/app:1", "x.io/app:2", id.description, id.hex,
            String(id.hex.prefix(12)), "sha256:" + id.hex.prefix(20), manifest.description,
            "app@" + manifest.description,
        ] {
            #expect(try store.find(name).id == id, "\(name)")
        }
        let image = try store.runnable("app:1")
        #expect(image.config.run.cmd == [""])
        let contents = try image.layers.map { try Files.text(store.layers + "/" + $0 + "/file") }
        #expect(contents == ["b", "a"])
        #expect(store.size(of: image.config) == 2)
    }

    @Test func whatIsNotThereIsSaid() throws {
        let scratch = try Scratch()
        try scratch.make(["a"], as: ["app:1"])
        func failure(_ name: String) -> ImageError? {
            #expect(throws: ImageError.self) { try scratch.store.find(name) }
        }
        #expect(failure("app") == .init(.absent, "No such image: app:latest"))
        #expect(failure("0") == nil || failure("0")?.kind == .absent)
        #expect(failure("A")?.kind == .invalid)
        #expect(failure("app@sha256:" + String(repeating: "0", count: 64))?.kind == .absent)
    }

    @Test func ambiguousIdsAreRefused() throws {
        let scratch = try Scratch()
        var seen: Set<Character> = []
        var shared: Character?
        for number in 0..<17 {
            let id = try scratch.make(["a"], as: ["app:\(number)"], cmd: "\(number)")
            if let first = id.hex.first, !seen.insert(first).inserted { shared = first }
        }
        let first = try #require(shared)
        let error = #expect(throws: ImageError.self) { try scratch.store.find(String(first)) }
        #expect(error?.kind == .ambiguous)
    }

    @Test func namesMoveAndTheOldImageStays() throws {
        let scratch = try Scratch()
        let old = try scratch.make(["a"], as: ["app"])
        let new = try scratch.make(["b"], as: ["app", "other"])
        #expect(try scratch.store.find("app").id == new)
        #expect(try scratch.store.find(old.hex).references.isEmpty)
        try scratch.store.tag(old.hex, as: Reference("other"))
        #expect(try scratch.store.find("other").id == old)
        #expect(try scratch.store.find(new.hex).references == [Reference("app:latest")])
        #expect(try scratch.store.images().count == 2)
    }

    @Test func blobsAreWhatTheirDigestsSay() throws {
        let scratch = try Scratch()
        let digest = try scratch.store.add(Array("content".utf8))
        #expect(try scratch.store.read(digest, limit: 100) == Array("content".utf8))
        let path = scratch.store.layout + "/blobs/sha256/" + digest.hex
        try Files.replace(path, with: Array("Content".utf8))
        let damaged = #expect(throws: ImageError.self) { try scratch.store.read(digest, limit: 100) }
        #expect(damaged?.kind == .damaged)
        let other = Hash.digest([1])
        for (expected, size) in [(other, Int64(2)), (Hash.digest([1, 2]), 3)] {
            let incoming = try Incoming(scratch.store)
            try incoming.append([1, 2])
            #expect(throws: ImageError.self) { try incoming.finish(expected: expected, expectedSize: size) }
        }
        #expect(!scratch.store.has(other) && !scratch.store.has(Hash.digest([1, 2])))
        #expect(try Files.list(scratch.store.data + "/ingest").isEmpty)
    }

    @Test func aLayerThatWasNotFinishedIsMadeAgain() throws {
        let scratch = try Scratch()
        let diff = Hash.digest([7])
        let place = scratch.store.layers + "/" + ImageStore.folder(of: diff)
        // What a killed process leaves: a tree and no record.
        try Files.makeDirectories(place + "/half/done")
        let record = LayerRecord(chainID: diff, diffID: diff, size: 5)
        var calls = 0
        let layer = UnpackedLayer(record) {
            calls += 1
            #expect(!Files.exists(place))
            try Files.makeDirectory(place)
        }
        let blob = try Incoming(scratch.store)
        try blob.append([9])
        try blob.check(expected: Hash.digest([9]), expectedSize: 1)
        #expect(!scratch.store.has(Hash.digest([9])))
        for _ in 0..<2 { try scratch.store.keep(calls == 0 ? [blob] : [], [layer]) }
        #expect(calls == 1)
        #expect(scratch.store.layer(diff) == record && scratch.store.has(Hash.digest([9])))
        let other = Hash.digest([8])
        #expect(throws: SystemError.self) {
            let failing = UnpackedLayer(LayerRecord(chainID: other, diffID: other, size: 0)) {
                throw SystemError("settle", ENOSPC)
            }
            try scratch.store.keep([], [failing])
        }
        let unchecked = try Incoming(scratch.store)
        #expect(throws: ImageError.self) { try scratch.store.keep([unchecked], []) }
        #expect(try Files.list(scratch.store.data + "/ingest").count == 1)
        #expect(scratch.store.layer(other) == nil)
        #expect(try scratch.layers() == [ImageStore.folder(of: diff)])
    }
}
