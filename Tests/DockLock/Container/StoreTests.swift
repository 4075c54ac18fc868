import Cgroups
import Glibc
import Kernel
import OCI
import Testing

@testable import Container

/// Containers by name: each made once, found until it is deleted, and deletable whatever was killed when.
@Suite final class StoreTests {
    let store: Store

    init() throws {
        var template = Array("/tmp/store.XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        store = Store(
            root: String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) + "/s")
    }

    deinit {
        for id in (try? store.ids()) ?? [] { try? store.open(id).delete() }
        try? Files.removeDirectory(store.root)
        try? Files.removeDirectory(String(store.root.dropLast(2)))
    }

    private func record(_ id: String) -> Record {
        var record = Record(cgroup: CgroupPlace(driver: .cgroupfs, path: "/x/\(id)"))
        record.id = id
        record.phase = .created
        record.bundle = "/b \"quoted\""
        record.rootfs = "/b/rootfs"
        record.pid = 77
        record.start = .max
        record.created = "2026-01-02T03:04:05Z"
        record.annotations = [Annotation(key: "k", value: "v\n"), Annotation(key: "a", value: "")]
        return record
    }

    @Test func anIdIsGivenOnce() throws {
        _ = try store.create("one")
        #expect(throws: ContainerError("container with id one exists already")) { try store.create("one") }
        #expect(try store.ids() == ["one"])
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", "a b", "ü"])
    func aNameThatIsNoIdOpensNothing(_ id: String) {
        #expect(throws: ContainerError.self) { try store.open(id) }
    }

    @Test func anAbsentContainerIsNamed() {
        #expect(throws: ContainerError.absent("none")) { try store.lock("none") }
        #expect((try? store.ids()) == [])
    }

    @Test func aLinkIsNoContainer() throws {
        _ = try store.create("one")
        #expect(symlink("one", store.path("two")) == 0)
        #expect(throws: (any Error).self) { try store.open("two") }
        try Files.remove(store.path("two"))
    }

    @Test func recordsComeBackAsTheyWent() throws {
        let folder = try store.create("one")
        try folder.write(record("one"))
        #expect(try folder.record() == record("one"))
    }

    @Test(arguments: ["", "{}", "{\"version\":2,\"id\":\"x\"}", "[1]", "{\"version\":1,\"id\":\"x\"}"])
    func aStateThatIsNotOursIsRefused(_ text: String) throws {
        let folder = try store.create("one")
        try folder.write(Store.stateFile, Array(text.utf8))
        #expect(throws: (any Error).self) { try folder.record() }
        try folder.delete()
    }

    @Test func deletionLeavesNothing() throws {
        let folder = try store.create("one")
        try folder.write(record("one"))
        try folder.write(Store.configFile, Array("{}".utf8))
        try folder.delete()
        #expect(try Files.list(store.root) == [])
        #expect(throws: ContainerError.absent("one")) { try store.open("one") }
    }

    @Test func aPidThatCameAgainIsNotTheContainer() throws {
        var own = record("one")
        own.pid = getpid()
        own.start = try #require(Processes.identity(of: getpid())).start
        #expect(own.isAlive)
        own.start += 1
        #expect(!own.isAlive)
    }

    @Test func aCreatedContainerIsOneWhoseFifoIsHeld() throws {
        let folder = try store.create("one")
        let fifo = store.path("one") + "/" + Store.fifo
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(!record("one").isWaiting(in: folder))
        let reader = try Descriptor.open(fifo, O_RDONLY | O_NONBLOCK)
        #expect(record("one").isWaiting(in: folder))
        _ = reader.number
    }
}
