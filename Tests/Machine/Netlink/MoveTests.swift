import Glibc
import Kernel
import Testing

@testable import Netlink

/// Two new network namespaces, the test's thread in the first. Leaving ends them.
private struct Namespaces: ~Copyable {
    let home: Descriptor
    let first: Descriptor
    let second: Descriptor

    init() throws {
        let home = try Namespaces.current()
        try SystemError.check(unshare(CLONE_NEWNET), "unshare")
        let second = try Namespaces.current()
        try SystemError.check(unshare(CLONE_NEWNET), "unshare")
        let first = try Namespaces.current()
        self.home = home
        self.first = first
        self.second = second
    }

    private static func current() throws -> Descriptor {
        try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY)
    }

    func enter(_ namespace: borrowing Descriptor) throws {
        try SystemError.check(setns(namespace.number, CLONE_NEWNET), "setns")
    }

    deinit { _ = setns(home.number, CLONE_NEWNET) }
}

/// What ip(8) prints in the thread's namespace.
private func ip(_ words: String) throws -> String {
    let arguments = ["ip"] + words.split(separator: " ").map { String($0) }
    var ends: [Int32] = [-1, -1]
    try SystemError.check(pipe2(&ends, O_CLOEXEC), "pipe")
    let reading = Descriptor(ends[0])
    let writing = ends[1]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, writing, 1)
    var pid: pid_t = 0
    let pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let result = posix_spawnp(&pid, "ip", &actions, nil, pointers, environ)
    close(writing)
    if result != 0 { throw SystemError("run", result, "ip") }
    let output = try reading.readAll()
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    #expect(status == 0, "ip \(words)")
    return String(decoding: output, as: UTF8.self)
}

@Suite("Moving a network device", .serialized, .enabled(if: geteuid() == 0))
struct MoveTests {
    @Test("it goes under its new name, up, with its addresses, and without those of the link")
    func move() throws {
        let namespaces = try Namespaces()
        _ = try ip("link add dlt0 type veth peer name dlt1")
        _ = try ip("addr add 10.99.0.1/24 broadcast + dev dlt0")
        _ = try ip("addr add 10.98.0.1 peer 10.98.0.2/32 dev dlt0")
        _ = try ip("addr add 10.97.0.1/24 dev dlt0 valid_lft 600 preferred_lft 600")
        _ = try ip("addr add 10.96.0.1/24 dev dlt1")
        _ = try ip("-6 addr add fd00:99::1/64 dev dlt0 nodad")
        _ = try ip("-6 addr add fe80::99/64 dev dlt0 nodad")
        _ = try ip("link set dlt0 up")
        _ = try ip("link set dlt1 up")

        try Netlink.move(device: "dlt0", name: "inner", intoNamespace: namespaces.second.number)

        #expect(if_nametoindex("dlt0") == 0)
        #expect(if_nametoindex("dlt1") != 0, "the thread is back")
        try namespaces.enter(namespaces.second)
        let shown = try ip("-o addr show dev inner scope global")
        #expect(shown.contains("inet 10.99.0.1/24 brd 10.99.0.255 scope global"))
        #expect(shown.contains("inet 10.98.0.1 peer 10.98.0.2/32 scope global"))
        #expect(shown.contains("inet6 fd00:99::1/64 scope global"))
        #expect(shown.split(separator: "\n").count == 3, "\(shown)")
        #expect(!(try ip("-o addr show dev inner")).contains("fe80::99/"))
        #expect(try ip("-o link show inner").contains("UP"))
    }

    @Test("a missing device is named")
    func missing() throws {
        let namespaces = try Namespaces()
        #expect(throws: SystemError("find network device", ENODEV, "dlt9")) {
            try Netlink.move(device: "dlt9", name: "inner", intoNamespace: namespaces.second.number)
        }
    }

    @Test("a taken name is refused, and the device stays where it was")
    func taken() throws {
        let namespaces = try Namespaces()
        try namespaces.enter(namespaces.second)
        _ = try ip("link add inner type veth peer name other")
        try namespaces.enter(namespaces.first)
        _ = try ip("link add dlt0 type veth peer name dlt1")
        #expect(throws: SystemError("name network device", EEXIST, "inner")) {
            try Netlink.move(device: "dlt0", name: "inner", intoNamespace: namespaces.second.number)
        }
        #expect(if_nametoindex("dlt0") != 0)
    }

    @Test("an index that is taken there is no hindrance, nor is the old name")
    func takenIndex() throws {
        let namespaces = try Namespaces()
        try namespaces.enter(namespaces.second)
        _ = try ip("link add dlt0 index 77 type veth peer name other")
        try namespaces.enter(namespaces.first)
        _ = try ip("link add dlt0 index 77 type veth peer name dlt1")
        _ = try ip("addr add 10.99.0.1/24 dev dlt0")
        try Netlink.move(device: "dlt0", name: "inner", intoNamespace: namespaces.second.number)
        try namespaces.enter(namespaces.second)
        #expect(try ip("-o -4 addr show dev inner").contains("10.99.0.1/24"))
        #expect(if_nametoindex("inner") != 77)
    }
}
