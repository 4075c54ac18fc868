import Digest
import Glibc
import Hash
import Images
import Kernel
import Manifest
import Testing

@Suite struct RemovalTests {
    private func conflict(_ work: () throws -> Void) -> String {
        let error = #expect(throws: ImageError.self) { try work() }
        #expect(error?.kind == .conflict)
        return error?.description ?? ""
    }

    @Test func theLastNameTakesTheImageAlong() throws {
        let scratch = try Scratch()
        let store = scratch.store
        let kept = try scratch.make(["base", "x"], as: ["kept"])
        let id = try scratch.make(["base", "top"], as: ["app:1", "app:2"])
        let chain = store.chainIDs(of: try store.config(id))
        #expect(try store.remove("app:1") { [] } == [.untagged(Reference("app:1"))])
        #expect(
            try store.remove("app:2") { [] } == [
                .untagged(Reference("app:2")), .deleted(id), .deleted(chain[1]),
            ])
        #expect(!store.has(id) && !store.has(Hash.digest(Array("top".utf8))))
        #expect(store.has(Hash.digest(Array("base".utf8))))
        #expect(try store.runnable("kept").image.id == kept)
        #expect(try scratch.blobs().count == 4)
        #expect(try scratch.layers().count == 2)
    }

    @Test func imagesInUseStay() throws {
        let scratch = try Scratch()
        let store = scratch.store
        let id = try scratch.make(["a"], as: ["app", "x.io/app"])
        let layers = try store.rootfs(of: store.config(id))
        var use = ImageUse(container: "c0ffee0123456789", image: id, layers: layers)
        #expect(conflict { _ = try store.remove(id.hex) { [] } }.contains("multiple repositories"))
        _ = try store.remove("x.io/app") { [use] }
        #expect(
            conflict { _ = try store.remove("app") { [use] } }
                == "conflict: unable to remove repository reference \"app:latest\" (must force) - "
                + "container c0ffee012345 is using its referenced image \(id.short)")
        use.isRunning = true
        #expect(conflict { _ = try store.remove(id.hex, force: true) { [use] } }.contains("cannot be forced"))
        use.isRunning = false
        _ = try store.remove("app", force: true) { [use] }
        #expect(try store.images().isEmpty)
        #expect(try scratch.layers() == layers)
        _ = try store.sweep { [] }
        #expect(try scratch.layers().isEmpty)
        #expect(try scratch.blobs().isEmpty)
    }

    @Test func aLeaseKeepsTheSweepAway() throws {
        let scratch = try Scratch()
        let lease = try scratch.store.lease()
        let digest = try scratch.store.add([1, 2, 3])
        #expect(try scratch.store.sweep { [] } == nil)
        #expect(scratch.store.has(digest))
        withExtendedLifetime(lease) {}
    }

    @Test func theSweepTakesWhatDeadProcessesLeft() throws {
        let scratch = try Scratch()
        let store = scratch.store
        let id = try scratch.make(["a"], as: ["app"])
        try Files.makeDirectories(store.layers + "/0123456789abcdef01234567/sub")
        try Files.replace(store.layers + "/aaaaaaaaaaaaaaaaaaaaaaaa.json", with: [UInt8(ascii: "{")])
        try Files.replace(store.data + "/ingest/abc", with: [1])
        try store.add([9, 9])
        let swept = try #require(try store.sweep { [] })
        #expect(swept.layers.isEmpty && swept.bytes == 2)
        #expect(try scratch.layers().count == 1)
        #expect(try Files.list(store.data + "/ingest").isEmpty)
        #expect(try scratch.blobs().count == 3)
        #expect(try store.runnable("app").image.id == id)
    }

    @Test func pruneTakesWhatNobodyNames() throws {
        let scratch = try Scratch()
        let store = scratch.store
        let old = try scratch.make(["a"], as: ["app"])
        let new = try scratch.make(["b"], as: ["app"])
        let used = try scratch.make(["c"], as: ["used"])
        let use = ImageUse(container: "c", image: used, layers: try store.rootfs(of: store.config(used)))
        let dangling = try store.prune(all: false) { [use] }
        #expect(dangling.removals.first == .deleted(old) && dangling.removals.count == 2)
        #expect(dangling.bytes > 0)
        let all = try store.prune(all: true) { [use] }
        #expect(all.removals.prefix(2) == [.untagged(try Reference("app:latest")), .deleted(new)])
        #expect(try store.images().map(\.id) == [used])
        let disk = try store.diskUse(uses: [use])
        #expect(disk.images == 1 && disk.active == 1 && disk.reclaimableBytes == 0 && disk.bytes > 0)
        #expect(try store.diskUse(uses: []).reclaimableBytes == disk.bytes)
    }

    @Test func deepAndForbiddenTreesGo() throws {
        let scratch = try Scratch()
        let top = scratch.folder + "/deep"
        try Files.makeDirectory(top)
        var place = try Descriptor.open(top, O_RDONLY | O_DIRECTORY).take()
        for _ in 0..<1200 {
            try Files.makeDirectory("d", mode: 0o500, at: place)
            let next = try Descriptor.open("d", O_RDONLY | O_DIRECTORY, at: place).take()
            close(place)
            place = next
        }
        #expect(symlinkat("/etc", place, "link") == 0)
        close(place)
        try Trees.remove(top)
        #expect(!Files.exists(top) && Files.exists("/etc/passwd"))
        try Trees.remove(top)
    }
}
