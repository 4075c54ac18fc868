import Addressing
import Glibc
import Kernel

/// What a resolver serves on: a datagram socket and a listener for each of the bridge's addresses, and the
/// lock that says that it is there.
struct ResolverSockets: ~Copyable {
    static let port: UInt16 = 53

    let lock: Int32
    private(set) var datagrams: [Int32] = []
    private(set) var streams: [Int32] = []

    deinit { for socket in all { close(socket) } }

    var all: [Int32] { [lock] + datagrams + streams }

    /// Binds them. None are inherited by a program.
    init(_ network: Network, lock: Int32) throws {
        self.lock = lock
        for subnet in network.subnets {
            for kind in [SOCK_DGRAM, SOCK_STREAM] {
                let made = socket(
                    subnet.gateway.isIPv6 ? AF_INET6 : AF_INET,
                    Int32(kind.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
                try SystemError.check(made, "socket")
                if kind == SOCK_DGRAM { datagrams.append(made) } else { streams.append(made) }
                var on: Int32 = 1
                if kind == SOCK_STREAM { setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, 4) }
                do {
                    try SocketAddress(subnet.gateway, port: ResolverSockets.port).bind(made)
                } catch {
                    guard error.code == EADDRINUSE else { throw error }
                    throw WiringError(
                        "names of network \(network.name) cannot be resolved: port 53 of "
                            + "\(subnet.gateway) is used by another program")
                }
                if kind == SOCK_STREAM { try SystemError.check(listen(made, 16), "listen") }
            }
        }
    }

    /// Takes over what a starter left: the lock first, then the datagram sockets, then as many listeners.
    init(inherited: [Int32]) {
        lock = inherited[0]
        let half = inherited.count / 2 + 1
        datagrams = Array(inherited[1..<half])
        streams = Array(inherited[half...])
        for socket in inherited { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
    }

    /// From here on a new resolver may start.
    func release() { flock(lock, LOCK_UN) }
}

extension Wiring {
    /// Starts the resolver of a network where it doesn't run.
    func startResolver(of network: Network) throws {
        guard let program else { return }
        let lock = try Resolver.lock(data, network.name)
        if flock(lock.number, LOCK_EX | LOCK_NB) != 0 { return }
        flock(lock.number, LOCK_UN)
        var ends: [Int32] = [-1, -1]
        try SystemError.check(pipe2(&ends, Int32(O_CLOEXEC)), "pipe")
        let reading = Descriptor(ends[0])
        var status: Int32?
        do {
            let writing = Descriptor(ends[1])
            // It ends when the resolver serves.
            status = try Processes.run(
                program, [program, Resolver.verb, data, network.name], env: [], output: writing.number,
                seconds: 10)
        }
        if status == 0 { return }
        let said = try reading.readAll(limit: 4096)
        let text = String(decoding: said.prefix { $0 != 10 }, as: UTF8.self)
        throw WiringError(
            text.isEmpty ? "the resolver of network \(network.name) could not be started" : text)
    }
}

extension Resolver {
    /// The first argument of a program that is to call `start` with the others.
    public static let verb = "network-resolver"

    static func lock(_ data: String, _ network: String) throws(SystemError) -> Descriptor {
        try Descriptor.open(
            Folders(data: data).folder(network) + "/resolver.lock", O_RDWR | O_CREAT, mode: 0o600)
    }

    /// What `PROGRAM network-resolver` does: takes the ports, leaves a process that serves, and ends. An
    /// error is a line on stdout.
    ///
    /// - Parameter arguments: DATA and NETWORK, and for the process left behind its descriptors.
    /// - Returns: the exit code.
    public static func start(_ arguments: [String]) -> Int32 {
        do {
            guard arguments.count >= 2 else { throw WiringError("network-resolver takes DATA and NETWORK") }
            let (data, network) = (arguments[0], arguments[1])
            if arguments.count > 2 {
                let sockets = ResolverSockets(inherited: arguments[2...].compactMap { Int32($0) })
                var resolver = try Resolver(data: data, network: network, sockets: sockets)
                try resolver.serve()
                return 0
            }
            guard let record = try Folders(data: data).find(network) else {
                throw WiringError("there is no network \(network)")
            }
            let lock = try Resolver.lock(data, network)
            if flock(lock.number, LOCK_EX | LOCK_NB) != 0 { return 0 }
            let sockets = try ResolverSockets(record, lock: lock.take())
            try leave(arguments, sockets)
            return 0
        } catch {
            let line = Array("\(error)\n".utf8)
            _ = write(1, line, line.count)
            return 1
        }
    }

    /// Spawns the process that stays: a session of its own, and nothing of ours but the sockets.
    private static func leave(_ arguments: [String], _ sockets: borrowing ResolverSockets) throws {
        let all = sockets.all
        for socket in all { try SystemError.check(fcntl(socket, F_SETFD, 0), "fcntl") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for standard in Int32(0)...2 {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_addchdir_np(&actions, "/")
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSID))
        let words = ["docklock", Resolver.verb] + arguments + all.map { String($0) }
        let pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, pointers, environ)
        if result != 0 { throw SystemError("run", result, "/proc/self/exe") }
    }
}
