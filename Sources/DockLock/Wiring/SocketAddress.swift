import Addressing
import Glibc
import Kernel

/// An address and a port, as the socket calls take them.
struct SocketAddress: Hashable {
    var address: IPAddress
    var port: UInt16

    init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads struct sockaddr_in or sockaddr_in6; nil for another one.
    private init?(_ bytes: [UInt8]) {
        let size = bytes[0] == UInt8(AF_INET) ? 4 : 16
        guard bytes[0] == UInt8(AF_INET) || bytes[0] == UInt8(AF_INET6),
            let address = IPAddress(Array(bytes[(size == 4 ? 4 : 8)...].prefix(size)))
        else { return nil }
        self.address = address
        port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    private var bytes: [UInt8] {
        let family = UInt8(address.isIPv6 ? AF_INET6 : AF_INET)
        let head = [family, 0, UInt8(port >> 8), UInt8(port & 0xff)]
        // struct sockaddr_in ends in 8 bytes of nothing; sockaddr_in6 has a flow label before the address
        // and a scope after it.
        return address.isIPv6
            ? head + [0, 0, 0, 0] + address.bytes + [0, 0, 0, 0]
            : head + address.bytes + [UInt8](repeating: 0, count: 8)
    }

    private func with<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        let bytes = bytes
        return bytes.withUnsafeBytes { buffer in
            // Sound: the kernel reads as many bytes as the length says, which is the buffer's.
            buffer.withMemoryRebound(to: sockaddr.self) { general in
                guard let base = general.baseAddress else { fatalError("an address has bytes") }
                return body(base, socklen_t(bytes.count))
            }
        }
    }

    func bind(_ socket: Int32) throws(SystemError) {
        try SystemError.check(with { Glibc.bind(socket, .init(__sockaddr__: $0), $1) }, "bind")
    }

    /// EINPROGRESS, of a socket that doesn't wait, is no error.
    func connect(_ socket: Int32) throws(SystemError) {
        let result = with { Glibc.connect(socket, .init(__sockaddr__: $0), $1) }
        if result < 0 && errno == EINPROGRESS { return }
        try SystemError.check(result, "connect")
    }

    /// Sends one datagram; what cannot be sent is lost, as datagrams may be.
    func send(_ message: [UInt8], from socket: Int32) {
        _ = with {
            sendto(socket, message, message.count, Int32(MSG_NOSIGNAL), .init(__sockaddr__: $0), $1)
        }
    }

    /// One datagram with its sender; nil where none waits.
    static func receive(_ socket: Int32, _ buffer: inout [UInt8]) -> (count: Int, from: SocketAddress)? {
        var from = [UInt8](repeating: 0, count: 28)
        var length = socklen_t(from.count)
        let got = from.withUnsafeMutableBytes { room in
            // Sound: the kernel writes no more than `length` bytes.
            room.withMemoryRebound(to: sockaddr.self) {
                recvfrom(
                    socket, &buffer, buffer.count, Int32(MSG_DONTWAIT),
                    .init(__sockaddr__: $0.baseAddress), &length)
            }
        }
        guard got >= 0, let sender = SocketAddress(from) else { return nil }
        return (got, sender)
    }

    /// The other end of a connection.
    static func peer(of socket: Int32) -> SocketAddress? { named(socket, getpeername) }

    static func port(of socket: Int32) throws(SystemError) -> UInt16 {
        guard let own = named(socket, getsockname) else { throw SystemError("getsockname", errno) }
        return own.port
    }

    private static func named(
        _ socket: Int32, _ call: (Int32, __SOCKADDR_ARG, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> SocketAddress? {
        var bytes = [UInt8](repeating: 0, count: 28)
        var length = socklen_t(bytes.count)
        let result = bytes.withUnsafeMutableBytes { room in
            // Sound: as above.
            room.withMemoryRebound(to: sockaddr.self) {
                call(socket, .init(__sockaddr__: $0.baseAddress), &length)
            }
        }
        return result == 0 ? SocketAddress(bytes) : nil
    }
}
