import CKernel
import Glibc
import Kernel
import Upkeep

/// A check that connects to the container from within its network, in a process of its own.
enum ConnectionProbe {
    private static let newNetwork = 0x4000_0000
    private static let newUser = 0x1000_0000

    /// The status of the check: 0 where it passed. What went on goes to descriptor 1.
    static func run(_ check: HealthCheck, pid: Int32) -> Int32 {
        do {
            try enter(pid)
            let socket = try connect(check.command[0], check.command[1])
            guard check.kind == .http else {
                tell("connected to \(check.command[0]) port \(check.command[1])")
                return 0
            }
            let status = try ask(socket, check.command)
            tell("HTTP status \(status)")
            return (200..<400).contains(status) ? 0 : 1
        } catch {
            tell("\(error)")
            return 1
        }
    }

    private static func tell(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }

    private static func enter(_ pid: Int32) throws(SystemError) {
        let network = try Descriptor.open("/proc/\(pid)/ns/net", O_RDONLY)
        var result = dl_syscall(Int(SYS_setns), Int(network.number), newNetwork, 0, 0, 0, 0)
        if result == -Int(EPERM) {
            // Of a user who is not root: the namespace is his in the container's own users alone.
            let users = try Descriptor.open("/proc/\(pid)/ns/user", O_RDONLY)
            _ = dl_syscall(Int(SYS_setns), Int(users.number), newUser, 0, 0, 0, 0)
            result = dl_syscall(Int(SYS_setns), Int(network.number), newNetwork, 0, 0, 0, 0)
        }
        try SystemError.checkReturned(result, "setns", "net")
    }

    private static func connect(_ address: String, _ port: String) throws(SystemError) -> Int32 {
        let host = address == "localhost" ? "127.0.0.1" : address
        let place = address + " port " + port
        guard let number = UInt16(port) else { throw SystemError("connect", EINVAL, place) }
        var four = sockaddr_in()
        var six = sockaddr_in6()
        let family: Int32
        if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            family = AF_INET
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = number.bigEndian
        } else if inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            family = AF_INET6
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = number.bigEndian
        } else {
            throw SystemError("connect", EINVAL, place)
        }
        let made = try SystemError.check(
            socket(family, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0), "socket", place)
        let result =
            family == AF_INET
            ? withUnsafeBytes(of: &four) { raw in call(made, raw) }
            : withUnsafeBytes(of: &six) { raw in call(made, raw) }
        try SystemError.check(result, "connect", place)
        return made
    }

    private static func call(_ socket: Int32, _ address: UnsafeRawBufferPointer) -> Int32 {
        // Sound: the bytes are those of a socket address, which outlive the call.
        let result = dl_syscall(
            Int(SYS_connect), Int(socket), Int(bitPattern: address.baseAddress), address.count, 0, 0, 0)
        guard result < 0 else { return 0 }
        errno = Int32(-result)
        return -1
    }

    /// The status that a server answers with (RFC 9112).
    private static func ask(_ socket: Int32, _ words: [String]) throws(SystemError) -> Int {
        let host = words[0].utf8.contains(0x3A) ? "[\(words[0])]" : words[0]
        var head = "GET \(words[2]) HTTP/1.1\r\nConnection: close\r\nAccept: */*\r\n"
        let given = words[3...]
        if !given.contains(where: { $0.lowercased().hasPrefix("host:") }) {
            head += "Host: \(host):\(words[1])\r\n"
        }
        if !given.contains(where: { $0.lowercased().hasPrefix("user-agent:") }) {
            head += "User-Agent: docklock\r\n"
        }
        for line in given { head += line + "\r\n" }
        var rest = Array((head + "\r\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            rest = rest.dropFirst(Int(try SystemError.check(count, "send", words[0])))
        }
        // The first line is enough.
        var answer: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 512)
        while answer.count < 16, !answer.contains(0x0A) {
            let count = try SystemError.check(recv(socket, &room, room.count, 0), "receive", words[0])
            if count == 0 { break }
            answer += room[..<Int(count)]
        }
        let parts = answer.prefix { $0 != 0x0D && $0 != 0x0A }.split(separator: 0x20)
        guard parts.count > 1, parts[0].starts(with: "HTTP/1.".utf8),
            let status = Int(String(decoding: parts[1], as: UTF8.self))
        else { throw SystemError("read the answer", EPROTO, words[0]) }
        return status
    }
}
