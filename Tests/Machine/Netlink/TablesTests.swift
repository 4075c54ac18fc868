import Glibc
import Kernel
import Testing

@testable import Netlink

/// A new network namespace with the test's thread in it, left with the scope.
struct Place: ~Copyable {
    private let home: Descriptor

    init() throws {
        let home = try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        try SystemError.check(unshare(CLONE_NEWNET), "unshare")
        self.home = home
    }

    deinit { _ = setns(home.number, CLONE_NEWNET) }

    /// What a program prints here.
    func run(_ words: String) throws -> String {
        let arguments = words.split(separator: " ").map { String($0) }
        var ends: [Int32] = [-1, -1]
        try SystemError.check(pipe2(&ends, O_CLOEXEC), "pipe")
        let reading = Descriptor(ends[0])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var pid: pid_t = 0
        let pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let result = posix_spawnp(&pid, arguments[0], &actions, nil, pointers, environ)
        close(ends[1])
        if result != 0 { throw SystemError("run", result, words) }
        let output = try reading.readAll()
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(status == 0, "\(words)")
        return String(decoding: output, as: UTF8.self)
    }
}

@Suite("Links, addresses and routes", .serialized, .enabled(if: geteuid() == 0))
struct LinksTests {
    @Test("a bridge with a port whose other end is born elsewhere")
    func bridge() throws {
        let there = try Place()
        let namespace = try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        let here = try Place()
        let links = try Links()
        try links.addBridge("br0", hardware: [2, 0x42, 10, 99, 0, 1], mtu: 1400)
        let bridge = try #require(try links.find("br0"))
        #expect(bridge.kind == "bridge" && bridge.mtu == 1400 && !bridge.isUp)
        #expect(bridge.hardware == [2, 0x42, 10, 99, 0, 1])
        try links.setUp(bridge)
        try links.add(address: [10, 99, 0, 1], prefix: 24, to: bridge)
        try links.add(address: [10, 99, 0, 1], prefix: 24, to: bridge)
        let six: [UInt8] = [0xfd] + [UInt8](repeating: 0, count: 14) + [1]
        try links.add(address: six, prefix: 64, to: bridge)
        let shown = try here.run("ip -o addr show dev br0")
        #expect(shown.contains("inet 10.99.0.1/24 brd 10.99.0.255 scope global br0"))
        #expect(shown.contains("inet6 fd00::1/64 scope global nodad"))
        #expect(try links.addresses(of: bridge).filter { $0.bytes[0] != 0xfe }.map(\.prefix) == [24, 64])

        let pair = VethPair(
            name: "port0", master: bridge.index, peerName: "eth0", peerHardware: [2, 0, 0, 0, 0, 9], mtu: 1300
        )
        try links.add(pair, namespace: namespace.number)
        #expect(throws: SystemError("add network device", EEXIST, "port0")) {
            try links.add(pair, namespace: namespace.number)
        }
        let port = try #require(try links.find("port0"))
        #expect(port.master == bridge.index && port.isUp && port.kind == "veth" && port.mtu == 1300)
        try links.setHairpin(port)
        #expect(try here.run("bridge -d link show dev port0").contains("hairpin on"))
        let inside = try Links(namespace: namespace.number)
        let device = try #require(try inside.find("eth0"))
        #expect(!device.isUp && device.hardware == [2, 0, 0, 0, 0, 9] && device.other == port.index)
        #expect(try links.find("eth0") == nil)
        #expect(try Set(links.list().map(\.name)) == ["lo", "br0", "port0"])

        try inside.add(address: [10, 99, 0, 2], prefix: 24, to: device)
        try inside.setUp(device)
        let route = Route(
            destination: [0, 0, 0, 0], prefix: 0, gateway: [10, 99, 0, 1], device: device.index)
        try inside.add(route)
        #expect(try inside.routes().contains(route))
        #expect(throws: (any Error).self) { try inside.add(route) }
        try inside.delete(route)
        #expect(try !inside.routes().contains(route))
        try inside.delete(address: [10, 99, 0, 2], prefix: 24, of: device)
        #expect(try inside.addresses(of: device).allSatisfy { $0.bytes.count == 16 })

        try links.delete("port0")
        try links.delete("port0")
        #expect(try inside.find("eth0") == nil)
        _ = consume there
    }

    @Test("a refusal says what the kernel says")
    func words() throws {
        let here = try Place()
        let links = try Links()
        let lo = try #require(try links.find("lo"))
        let route = Route(destination: [0, 0, 0, 0], prefix: 0, gateway: [10, 99, 0, 1], device: lo.index)
        #expect(throws: SystemError("add", ENETUNREACH, "route: Nexthop has invalid gateway")) {
            try links.setUp(lo)
            try links.add(route)
        }
        _ = consume here
    }
}

@Suite("Tables of nftables", .serialized, .enabled(if: geteuid() == 0))
struct TablesTests {
    private func some() -> Batch {
        var batch = Batch(table: "some")
        batch.addTable()
        batch.addSet("names", keys: [.deviceName])
        batch.addSet("nets", keys: [.ipv4], isOfIntervals: true)
        batch.addSet("ports", keys: [.transport, .port], values: [.ipv4, .port])
        batch.addChain("inner")
        batch.addRule(
            "inner",
            [
                .meta(.transport, into: 8), .payload(.transport, offset: 2, length: 2, into: 9),
                .mapped("ports"), .redirect(isIPv6: false, portRegister: 9),
            ])
        batch.addChain("outer", hook: .init(type: "nat", point: .prerouting, priority: -100))
        batch.addRule(
            "outer", [.destinationKind, .equals(Expression.localAddress), .verdict(.jump("inner"))])
        batch.addRule("outer", [.meta(.inputName), .isIn("names", isInverted: true), .verdict(.drop)])
        batch.addChain("last", hook: .init(type: "filter", point: .forward, priority: 0))
        batch.addRule(
            "last",
            [.connection(.state)] + Expression.hasAny(Expression.Connection.known) + [.verdict(.accept)])
        return batch
    }

    private let element = Batch.Element(
        key: [6, 0, 0, 0, 0x1f, 0x90, 0, 0], value: [10, 99, 0, 2, 0, 80, 0, 0])

    @Test("what is made is what nft reads")
    func make() throws {
        let here = try Place()
        let tables = try Tables()
        try tables.commit(some())
        var batch = Batch(table: "some")
        batch.add(element, to: "ports", label: "port 8080")
        try tables.commit(batch)
        #expect(try tables.elements(of: "ports", in: "some") == [element])
        let interval = [
            Batch.Element(key: [10, 99, 0, 0]), Batch.Element(key: [10, 99, 1, 0], endsInterval: true),
        ]
        batch = Batch(table: "some")
        for each in interval { batch.add(each, to: "nets", label: "net") }
        try tables.commit(batch)
        #expect(try Set(tables.elements(of: "nets", in: "some")) == Set(interval))
        #expect(try tables.elements(of: "names", in: "some") == [])
        let text = try here.run("nft list ruleset")
        for line in [
            "type inet_proto . inet_service : ipv4_addr . inet_service",
            "elements = { tcp . 8080 : 10.99.0.2 . 80 }", "type ifname",
            "type nat hook prerouting priority dstnat; policy accept;", "fib daddr type local jump inner",
            "iifname != @names drop", "ct state established,related accept",
        ] {
            #expect(text.contains(line), "\(line) is not in \(text)")
        }
        batch = Batch(table: "some")
        batch.delete(element, from: "ports", label: "port 8080")
        batch.deleteTable()
        try tables.commit(batch)
        #expect(try here.run("nft list ruleset") == "")
    }

    @Test("all of a batch or nothing, and the error names the change")
    func atomic() throws {
        let here = try Place()
        let tables = try Tables()
        try tables.commit(some())
        #expect(throws: SystemError("change nftables", EEXIST, "some")) { try tables.commit(some()) }
        var batch = Batch(table: "some")
        batch.add(element, to: "ports", label: "port 8080")
        batch.add(element, to: "ports", label: "port 8080 again")
        batch.add(Batch.Element(key: [1, 2]), to: "names", label: "too short")
        #expect(throws: SystemError("change nftables", EEXIST, "port 8080 again")) {
            try tables.commit(batch)
        }
        #expect(try tables.elements(of: "ports", in: "some") == [])
        #expect(throws: SystemError("list nftables set", ENOENT, "none")) {
            _ = try tables.elements(of: "none", in: "some")
        }
        _ = consume here
    }

    @Test("thousands of entries in one batch")
    func many() throws {
        let here = try Place()
        let tables = try Tables()
        try tables.commit(some())
        var batch = Batch(table: "some")
        for port in UInt16(1)...5000 {
            batch.add(
                Batch.Element(
                    key: [6, 0, 0, 0, UInt8(port >> 8), UInt8(port & 0xff), 0, 0], value: element.value),
                to: "ports", label: "port \(port)")
        }
        try tables.commit(batch)
        #expect(try tables.elements(of: "ports", in: "some").count == 5000)
        _ = consume here
    }
}
