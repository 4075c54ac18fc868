import Addressing
import DNS
import Glibc
import Kernel

/// A client's connection to the resolver (RFC 7766): questions with their length before them. The first one
/// that somebody else must answer turns it into a relay to that server.
struct Stream {
    let client: Int32
    /// Who it is.
    let address: IPAddress
    private var server: Int32 = -1
    /// What came and was not sent on yet, by direction.
    private var fromClient: [UInt8] = []
    private var toClient: [UInt8] = []
    private(set) var deadline: Int

    private static let patienceMillis = 10_000
    private static let bytesMax = 1 << 17

    init(client: Int32, address: IPAddress) {
        self.client = client
        self.address = address
        deadline = Clock.millis + Stream.patienceMillis
    }

    func close() {
        Glibc.close(client)
        if server >= 0 { Glibc.close(server) }
    }

    func isAny(of ready: Set<Int32>) -> Bool { ready.contains(client) || ready.contains(server) }

    var polls: [pollfd] {
        var events = toClient.isEmpty ? 0 : Int16(POLLOUT)
        if fromClient.count < Stream.bytesMax && toClient.count < Stream.bytesMax { events |= Int16(POLLIN) }
        var polls = [pollfd(fd: client, events: events, revents: 0)]
        if server >= 0 {
            events = fromClient.isEmpty ? 0 : Int16(POLLOUT)
            if toClient.count < Stream.bytesMax { events |= Int16(POLLIN) }
            polls.append(pollfd(fd: server, events: events, revents: 0))
        }
        return polls
    }

    /// Takes what came, answers, sends. False where the connection is over.
    mutating func advance(_ now: Int, servers: [IPAddress], _ answer: (Question) -> Answer?) -> Bool {
        guard var moved = Stream.receive(client, into: &fromClient) else { return false }
        if server >= 0 {
            guard let came = Stream.receive(server, into: &toClient) else {
                // The server has said all: the client gets the rest of it.
                _ = Stream.send(&toClient, to: client)
                return false
            }
            moved += came
        } else {
            guard answerAll(servers, answer) else { return false }
        }
        if server >= 0 {
            guard let sent = Stream.send(&fromClient, to: server) else { return false }
            moved += sent
        }
        guard let sent = Stream.send(&toClient, to: client) else { return false }
        // Who moves nothing uses up its time, whatever the poll says.
        if moved + sent > 0 { deadline = now + Stream.patienceMillis }
        return true
    }

    /// Answers whole questions up to the first that is another's.
    private mutating func answerAll(_ servers: [IPAddress], _ answer: (Question) -> Answer?) -> Bool {
        while fromClient.count >= 2, toClient.count < Stream.bytesMax {
            let length = Int(fromClient[0]) << 8 | Int(fromClient[1])
            guard fromClient.count >= 2 + length else { return true }
            guard let question = Question(Array(fromClient[2..<2 + length])) else { return false }
            if let answer = answer(question) {
                fromClient.removeFirst(2 + length)
                put(answer, to: question)
                continue
            }
            if let connected = Stream.connect(servers) {
                server = connected
                return true
            }
            fromClient.removeFirst(2 + length)
            put(.failure, to: question)
        }
        return true
    }

    private mutating func put(_ answer: Answer, to question: Question) {
        let message = answer.message(to: question, limit: 65535)
        toClient += [UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message
    }

    /// The first server that takes a connection, or may take it yet.
    private static func connect(_ servers: [IPAddress]) -> Int32? {
        for server in servers {
            let socket = Glibc.socket(
                server.isIPv6 ? AF_INET6 : AF_INET,
                Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            if socket < 0 { return nil }
            if (try? SocketAddress(server, port: ResolverSockets.port).connect(socket)) != nil {
                return socket
            }
            Glibc.close(socket)
        }
        return nil
    }

    /// How many bytes came; nil at the end of the stream, or where it broke.
    private static func receive(_ socket: Int32, into bytes: inout [UInt8]) -> Int? {
        guard bytes.count < bytesMax else { return 0 }
        var buffer = [UInt8](repeating: 0, count: 16384)
        let got = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if got > 0 { bytes += buffer[..<got] }
        return got > 0 ? got : (got < 0 && isLater ? 0 : nil)
    }

    /// How many bytes went; nil where the connection broke.
    private static func send(_ bytes: inout [UInt8], to socket: Int32) -> Int? {
        if bytes.isEmpty { return 0 }
        let sent = Glibc.send(socket, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        if sent > 0 { bytes.removeFirst(sent) }
        return sent >= 0 ? sent : (isLater ? 0 : nil)
    }

    /// Whether the last call only came too early.
    private static var isLater: Bool { errno == EAGAIN || errno == EINTR || errno == ENOTCONN }
}
