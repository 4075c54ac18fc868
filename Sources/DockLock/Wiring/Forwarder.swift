import Addressing
import Glibc
import Kernel

/// Leads connections to a port of ::1 to a container. The kernel does not: nothing that comes from ::1 leaves
/// by another device than the loopback's, so that no rule can redirect it. One process serves one port.
public struct Forwarder: ~Copyable {
    /// The first argument of a program that is to call `start` with the others.
    public static let verb = "network-forwarder"
    /// More wait in the kernel until others have ended.
    private static let relaysMax = 256

    private let target: SocketAddress
    private let listener: Int32
    /// Ends with the process that started this one.
    private let life: Int32
    private var relays: [Relay] = []

    /// What `PROGRAM network-forwarder ADDRESS PORT LISTENER LIFE` does, the latter two descriptors: serves
    /// until LIFE ends.
    /// - Returns: the exit code.
    public static func start(_ arguments: [String]) -> Int32 {
        guard arguments.count == 4, let address = IPAddress(arguments[0]), let port = UInt16(arguments[1]),
            let listener = Int32(arguments[2]), let life = Int32(arguments[3])
        else { return 1 }
        for descriptor in [listener, life] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // A connection may be gone between poll and accept.
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        var forwarder = Forwarder(
            target: SocketAddress(address, port: port), listener: listener, life: life)
        forwarder.serve()
        return 0
    }

    private init(target: SocketAddress, listener: Int32, life: Int32) {
        self.target = target
        self.listener = listener
        self.life = life
    }

    private mutating func serve() {
        while true {
            var polls = [pollfd(fd: life, events: Int16(POLLIN), revents: 0)]
            let isFull = relays.count >= Forwarder.relaysMax
            polls.append(pollfd(fd: isFull ? -1 : listener, events: Int16(POLLIN), revents: 0))
            for relay in relays { polls += relay.polls }
            guard poll(&polls, nfds_t(polls.count), -1) >= 0 || errno == EINTR else { return }
            if polls[0].revents != 0 { return }
            for index in relays.indices.reversed() where !relays[index].advance() {
                relays[index].close()
                relays.remove(at: index)
            }
            if polls[1].revents != 0 { accept() }
        }
    }

    private mutating func accept() {
        let client = accept4(
            listener, .init(__sockaddr__: nil), nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        if client < 0 { return }
        let server = socket(
            target.address.isIPv6 ? AF_INET6 : AF_INET,
            Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        do {
            try SystemError.check(server, "socket")
            try target.connect(server)
            relays.append(Relay(client: client, server: server))
        } catch {
            close(client)
            if server >= 0 { close(server) }
        }
    }

    /// Starts the process for one port. It ends when the descriptor returned is closed.
    static func spawn(program: String, to target: SocketAddress, listener: Int32) throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        try SystemError.check(pipe2(&ends, Int32(O_CLOEXEC)), "pipe")
        let reading = Descriptor(ends[0])
        let writing = Descriptor(ends[1])
        let inherited = [listener, reading.number]
        for descriptor in inherited { try SystemError.check(fcntl(descriptor, F_SETFD, 0), "fcntl") }
        defer { for descriptor in inherited { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for standard in Int32(0)...2 {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_addchdir_np(&actions, "/")
        let words =
            ["docklock", verb, target.address.description, String(target.port)]
            + inherited.map { String($0) }
        let pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, nil, pointers, environ)
        if result != 0 { throw SystemError("run", result, program) }
        return writing.take()
    }
}

/// A connection to the listener with the one to the container that answers it.
private struct Relay {
    private let client: Int32
    private let server: Int32
    private var asked: Flow
    private var answered: Flow

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
        asked = Flow(from: client, to: server)
        answered = Flow(from: server, to: client)
    }

    func close() {
        Glibc.close(client)
        Glibc.close(server)
    }

    var polls: [pollfd] {
        let client = (asked.isReading ? POLLIN : 0) | (answered.isWriting ? POLLOUT : 0)
        let server = (answered.isReading ? POLLIN : 0) | (asked.isWriting ? POLLOUT : 0)
        // One that waits for nothing of a socket is not told of its end again and again.
        return [
            pollfd(fd: client == 0 ? -1 : self.client, events: Int16(client), revents: 0),
            pollfd(fd: server == 0 ? -1 : self.server, events: Int16(server), revents: 0),
        ]
    }

    /// Moves what there is; false where the connection is over.
    mutating func advance() -> Bool {
        guard asked.advance(), answered.advance() else { return false }
        return !(asked.isOver && answered.isOver)
    }
}

/// One direction: bytes that came and were not sent on yet, and its end.
private struct Flow {
    private static let bytesMax = 1 << 16
    private let from: Int32
    private let to: Int32
    private var bytes: [UInt8] = []
    private var hasEnded = false
    private(set) var isOver = false

    init(from: Int32, to: Int32) {
        self.from = from
        self.to = to
    }

    var isReading: Bool { !hasEnded && bytes.count < Flow.bytesMax }
    var isWriting: Bool { !bytes.isEmpty }

    /// False where one of the ends broke.
    mutating func advance() -> Bool {
        if isReading {
            var buffer = [UInt8](repeating: 0, count: 1 << 14)
            let got = recv(from, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if got > 0 { bytes += buffer[..<got] }
            if got == 0 { hasEnded = true }
            if got < 0, !Flow.isLater { return false }
        }
        if isWriting {
            let sent = send(to, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            if sent > 0 { bytes.removeFirst(sent) }
            if sent < 0, !Flow.isLater { return false }
        }
        if hasEnded, bytes.isEmpty, !isOver {
            isOver = true
            shutdown(to, Int32(SHUT_WR))
        }
        return true
    }

    /// Whether the last call only came too early: before there was anything, or before the connection was.
    private static var isLater: Bool { errno == EAGAIN || errno == EINTR || errno == ENOTCONN }
}
