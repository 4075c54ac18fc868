import Addressing
import Glibc
import Kernel
import Testing

@testable import Wiring

/// A network namespace that plays the host, with the test's thread in it, one that plays the world outside,
/// and as many containers as asked for. The machine's own namespace sees nothing of it.
final class Lab {
    private let home: Int32
    let host: Int32
    let world: Int32
    private(set) var containers: [Int32] = []
    let data: String
    let wiring: Wiring

    /// - Parameter hasWorld: whether the world is connected: host 192.0.2.1 and 2001:db8::1, world ....2.
    init(hasWorld: Bool = true) throws {
        home = try Lab.current()
        var template = Array("/tmp/docklock-wiring-XXXXXX".utf8CString)
        data = String(cString: try #require(mkdtemp(&template)))
        wiring = Wiring(data: data, program: nil)
        try SystemError.check(unshare(CLONE_NEWNET), "unshare")
        world = try Lab.current()
        try SystemError.check(unshare(CLONE_NEWNET), "unshare")
        host = try Lab.current()
        try run("ip", "link set lo up")
        guard hasWorld else { return }
        try run("ip", "link add up0 type veth peer name up1")
        try run("ip", "link set up1 netns \(getpid()):\(world)", isShell: true)
        try run("ip", "addr add 192.0.2.1/24 dev up0")
        try run("ip", "-6 addr add 2001:db8::1/64 dev up0 nodad")
        try run("ip", "link set up0 up")
        try within(world) {
            try run("ip", "link set lo up")
            try run("ip", "addr add 192.0.2.2/24 dev up1")
            try run("ip", "-6 addr add 2001:db8::2/64 dev up1 nodad")
            try run("ip", "link set up1 up")
        }
    }

    deinit {
        _ = setns(home, CLONE_NEWNET)
        for descriptor in [home, host, world] + containers { close(descriptor) }
        Lab.remove(data)
    }

    private static func current() throws -> Int32 {
        try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY).take()
    }

    private static func remove(_ path: String) {
        for name in (try? Files.list(path)) ?? [] {
            let inner = path + "/" + name
            if unlink(inner) != 0 { remove(inner) }
        }
        rmdir(path)
    }

    /// A new namespace with loopback.
    func container() throws -> Int32 {
        try SystemError.check(unshare(CLONE_NEWNET), "unshare")
        let made = try Lab.current()
        containers.append(made)
        try run("ip", "link set lo up")
        try SystemError.check(setns(host, CLONE_NEWNET), "setns")
        return made
    }

    func within<T>(_ namespace: Int32, _ body: () throws -> T) throws -> T {
        try SystemError.check(setns(namespace, CLONE_NEWNET), "setns")
        defer { _ = setns(host, CLONE_NEWNET) }
        return try body()
    }

    /// Whether packets between ports of a bridge go through the tables of IP too, where the kernel can do
    /// that.
    func showBridgedToTables(_ isOn: Bool) throws {
        for family in ["ip", "ip6"] {
            let path = "/proc/sys/net/bridge/bridge-nf-call-\(family)tables"
            if Files.exists(path) { try Files.put(isOn ? "1" : "0", to: path) }
        }
    }

    func name(of namespace: Int32) -> String {
        if namespace == host { return "host" }
        if namespace == world { return "world" }
        return "container \(containers.firstIndex(of: namespace) ?? -1)"
    }

    /// Lets a namespace go, as the end of its last process does.
    func end(_ namespace: Int32) {
        containers.removeAll { $0 == namespace }
        close(namespace)
    }

    /// What a request says in most tests. Ids are of the length of real ones.
    static func request(
        _ name: String, ports: [String] = [], networks: [NetworkRequest] = [NetworkRequest()]
    ) throws -> Wiring.Request {
        var request = Wiring.Request(
            id: id(name), name: name, networks: networks, time: "2026-01-02T03:04:05Z")
        request.ports = try ports.flatMap { try Publication.parse($0) }
        return request
    }

    static func id(_ name: String) -> String {
        let digits = name.utf8.map { String($0, radix: 16) }.joined()
        return String((digits + String(repeating: "0", count: 64)).prefix(64))
    }

    /// A new container, attached; the sockets that guard its ports are the test's to close.
    func attach(
        _ name: String, ports: [String] = [], networks: [NetworkRequest] = [NetworkRequest()]
    ) throws -> (namespace: Int32, got: Wiring.Attachment) {
        let namespace = try container()
        let got = try wiring.attach(
            try Lab.request(name, ports: ports, networks: networks), namespace: namespace)
        for socket in got.sockets { close(socket) }
        return (namespace, got)
    }

    /// What a program prints in the thread's namespace; its failure is the test's.
    @discardableResult
    func run(_ program: String, _ words: String, isShell: Bool = false) throws -> String {
        var arguments = [program] + words.split(separator: " ").map { String($0) }
        if isShell {
            // ip takes a namespace as a path only by name; a pid's descriptor is reached through /proc.
            let path = words.split(separator: ":").last.map { "/proc/\(getpid())/fd/\($0)" } ?? ""
            let front = words.split(separator: " ").dropLast().map { String($0) }
            arguments = [program] + front + [path]
        }
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
        let result = posix_spawnp(&pid, program, &actions, nil, pointers, environ)
        close(ends[1])
        if result != 0 { throw SystemError("run", result, program) }
        let output = try reading.readAll()
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(status == 0, "\(program) \(words)")
        return String(decoding: output, as: UTF8.self)
    }
}

/// One end of a conversation, made in the thread's namespace. It waits seconds, never for good.
final class Talk {
    let socket: Int32

    init(_ transport: Transport, isIPv6: Bool = false, patienceMillis: Int = 5000) throws {
        let kind = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        socket = try SystemError.check(
            Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0),
            "socket")
        var patience = timeval(tv_sec: patienceMillis / 1000, tv_usec: patienceMillis % 1000 * 1000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    private init(_ socket: Int32) { self.socket = socket }

    deinit { close(socket) }

    /// A server at a port of every address.
    static func serve(_ transport: Transport, _ port: UInt16, isIPv6: Bool = false) throws -> Talk {
        let talk = try Talk(transport, isIPv6: isIPv6)
        var on: Int32 = 1
        setsockopt(talk.socket, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        let any = try #require(IPAddress([UInt8](repeating: 0, count: isIPv6 ? 16 : 4)))
        try SocketAddress(any, port: port).bind(talk.socket)
        if transport == .tcp { try SystemError.check(listen(talk.socket, 8), "listen") }
        return talk
    }

    /// A client, connected.
    static func reach(
        _ transport: Transport, _ address: String, _ port: UInt16, patienceMillis: Int = 5000
    ) throws -> Talk {
        let address = try #require(IPAddress(address))
        let talk = try Talk(transport, isIPv6: address.isIPv6, patienceMillis: patienceMillis)
        try SocketAddress(address, port: port).connect(talk.socket)
        // One that waited in vain says that it goes on.
        if SocketAddress.peer(of: talk.socket) == nil { throw SystemError("connect", ETIMEDOUT) }
        return talk
    }

    func say(_ text: String) throws { try say(Array(text.utf8)) }

    func say(_ bytes: [UInt8]) throws {
        try SystemError.check(send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)), "send")
    }

    func hear() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

    func bytes() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let got = try SystemError.check(recv(socket, &buffer, buffer.count, 0), "receive")
        return Array(buffer[..<got])
    }

    /// The next client of a server of TCP's, and its address.
    func accept() throws -> (talk: Talk, from: IPAddress) {
        let accepted = Talk(
            try SystemError.check(Glibc.accept(socket, .init(__sockaddr__: nil), nil), "accept"))
        return (accepted, try #require(SocketAddress.peer(of: accepted.socket)).address)
    }

    /// One datagram of UDP's, and its sender.
    func take() throws -> (from: SocketAddress, bytes: [UInt8]) {
        var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        try #require(Glibc.poll(&poll, 1, 5000) == 1, "no datagram came")
        var buffer = [UInt8](repeating: 0, count: 4096)
        let (count, from) = try #require(SocketAddress.receive(socket, &buffer))
        return (from, Array(buffer[..<count]))
    }

    /// Until the other side has said that nobody took what was sent: so that it is under way no more.
    func awaitRefusal() throws {
        var poll = pollfd(fd: socket, events: 0, revents: 0)
        try #require(Glibc.poll(&poll, 1, 5000) == 1, "nothing was refused")
    }

    /// One datagram of UDP's, answered in capitals; and its sender.
    func echo() throws -> IPAddress {
        let (from, bytes) = try take()
        from.send(Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8), from: socket)
        return from.address
    }
}

/// What work says when it fails; nil where it does not.
func refusal(_ work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch {
        return "\(error)"
    }
}
