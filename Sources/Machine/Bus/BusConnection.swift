import Glibc
import Kernel

/// A conversation over a D-Bus socket. Blocking, for one thread, ended by its owner's going.
public struct BusConnection: ~Copyable {
    private let socket: Descriptor
    /// Milliseconds that an answer may take, and when the one that is awaited is late.
    private let patience: Int
    private var deadline = 0
    private var lastSerial: UInt32 = 0
    private var received: [UInt8] = []
    /// Signals that came while an answer was awaited.
    private var signals: [BusMessage] = []

    /// Greets the server behind a connected socket as the user that the socket's other end sees.
    public init(
        _ socket: consuming Descriptor, patienceMillis: Int = 25_000
    ) throws(BusError) {
        self.socket = socket
        patience = patienceMillis
        deadline = BusConnection.now() + patience
        // Without a name in it, the server takes the socket's credentials: right in a user namespace too.
        try send(Array("\0AUTH EXTERNAL\r\nDATA\r\n".utf8))
        while true {
            let line = try authenticationLine()
            if line == "DATA" || line.hasPrefix("DATA ") { continue }
            guard line.hasPrefix("OK") else { throw .unwelcome(line) }
            break
        }
        try send(Array("BEGIN\r\n".utf8))
    }

    /// Connects to `path`, or, where it starts with NUL, to the abstract name after it.
    public static func connect(_ path: String, patienceMillis: Int = 25_000) throws(BusError) -> BusConnection
    {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let utf8 = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard utf8.count < room else { throw .system(SystemError("connect", ENAMETOOLONG, path)) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: utf8) }
        let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        let isAbstract = utf8.first == 0
        let length = socklen_t(offset + utf8.count + (isAbstract ? 0 : 1))
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_UNIX, kind, 0)
        guard number >= 0 else { throw .system(SystemError("socket", errno, "")) }
        let socket = Descriptor(number)
        let result = withUnsafePointer(to: &address) { pointer in
            // Sound: a sockaddr_un is a sockaddr to connect, and `length` lies within it.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, __CONST_SOCKADDR_ARG(__sockaddr__: $0), length)
            }
        }
        guard result == 0 else { throw .system(SystemError("connect", errno, path)) }
        return try BusConnection(socket, patienceMillis: patienceMillis)
    }

    /// Sends a call and waits for its answer. Signals that come meanwhile are kept for `signal`.
    public mutating func call(_ message: BusMessage) throws(BusError) -> BusMessage {
        var message = message
        lastSerial += 1
        deadline = BusConnection.now() + patience
        message.serial = lastSerial
        try send(message.encoded)
        while true {
            let answer = try receive()
            if answer.kind == .signal {
                signals.append(answer)
                continue
            }
            guard answer.replyTo == message.serial else { continue }
            if answer.kind == .error {
                throw .refused(name: answer.errorName ?? "", message: answer.body.first?.text ?? "")
            }
            if answer.kind == .reply { return answer }
        }
    }

    /// The first signal, kept or yet to come, that `isWanted` takes; others are dropped.
    public mutating func signal(where isWanted: (BusMessage) -> Bool) throws(BusError) -> BusMessage {
        for index in signals.indices where isWanted(signals[index]) { return signals.remove(at: index) }
        signals.removeAll()
        deadline = BusConnection.now() + patience
        while true {
            let message = try receive()
            if message.kind == .signal, isWanted(message) { return message }
        }
    }

    private mutating func receive() throws(BusError) -> BusMessage {
        while received.count < BusMessage.prefixSize { try fill() }
        let size = try BusMessage.size(prefix: Array(received[..<BusMessage.prefixSize]))
        while received.count < size { try fill() }
        let bytes = Array(received[..<size])
        received.removeFirst(size)
        return try BusMessage(bytes)
    }

    private mutating func authenticationLine() throws(BusError) -> String {
        while true {
            if let end = received.firstIndex(of: 0x0A) {
                var line = received[..<end]
                if line.last == 0x0D { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                received.removeFirst(end + 1)
                return text
            }
            guard received.count <= 4096 else { throw .malformed("its greeting does not end") }
            try fill()
        }
    }

    /// Waits for more bytes.
    private mutating func fill() throws(BusError) {
        var poller = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        while true {
            let left = deadline - BusConnection.now()
            guard left > 0 else { throw .silent }
            let ready = poll(&poller, 1, Int32(clamping: left))
            if ready > 0 { break }
            if ready == 0 { throw .silent }
            if errno != EINTR { throw .system(SystemError("poll", errno, "")) }
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let got = Glibc.recv(socket.number, &buffer, buffer.count, 0)
        if got < 0 {
            if errno == EINTR { return }
            throw .system(SystemError("recv", errno, ""))
        }
        if got == 0 { throw .closed }
        received += buffer[..<got]
    }

    /// Milliseconds of the monotonic clock.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    private func send(_ bytes: [UInt8]) throws(BusError) {
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                // Sound: `done < buffer.count`, the length is what is left after it.
                Glibc.send(
                    socket.number, buffer.baseAddress.map { $0 + done }, buffer.count - done,
                    Int32(MSG_NOSIGNAL))
            }
            if sent < 0 {
                if errno == EINTR { continue }
                throw .system(SystemError("send", errno, ""))
            }
            done += sent
        }
    }
}
