import Addressing
import Glibc
import Kernel
import Netlink

/// Ports of the host's that are about to lead to a container.
struct Ports: ~Copyable {
    /// With a number each.
    private(set) var publications: [Publication] = []
    /// Sockets that keep other programs from the ports.
    private(set) var sockets: [Int32] = []
    /// Listeners at ::1, where no rule leads to a container, and the container's port of each.
    private(set) var loopbacks: [(listener: Int32, port: UInt16)] = []

    deinit { for socket in sockets { close(socket) } }

    /// Gives the sockets away: the caller closes them.
    mutating func take() -> [Int32] {
        defer { sockets = [] }
        return sockets
    }

    /// Takes ports that nobody has, neither a program nor another container.
    /// - Parameters:
    ///   - wildcards: what stands for every address of the host, in the families that the container has.
    ///   - published: what leads to containers already, with the container's address.
    init(
        _ wanted: [Publication], wildcards: [IPAddress], published: [(Publication, IPAddress)],
        owner: (IPAddress) -> String
    ) throws {
        for publication in wanted {
            var publication = publication
            if let other = published.first(where: { $0.0.collides(with: publication) }) {
                throw WiringError(
                    "port \(Ports.name(publication)) of the host is that of container \(owner(other.1))")
            }
            if publications.contains(where: { $0.collides(with: publication) }) {
                throw WiringError("port \(Ports.name(publication)) of the host is published twice")
            }
            for address in publication.hostAddress.map({ [$0] }) ?? wildcards {
                let socket = try Ports.bind(publication, address)
                sockets.append(socket.descriptor)
                if publication.isOfLoopback6 { loopbacks.append((socket.descriptor, publication.port)) }
                publication.hostPort = socket.port
            }
            publications.append(publication)
        }
    }

    private static func name(_ publication: Publication) -> String {
        let host = publication.hostAddress.map { ($0.isIPv6 ? "[\($0)]" : "\($0)") + ":" } ?? ""
        return host + (publication.hostPort.map { String($0) } ?? "") + "/" + publication.transport.rawValue
    }

    /// A socket at the port, listening where it is one of TCP: only so it excludes every other.
    private static func bind(
        _ publication: Publication, _ address: IPAddress
    ) throws -> (descriptor: Int32, port: UInt16) {
        let kind = publication.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let socket = Descriptor(
            try SystemError.check(
                Glibc.socket(
                    address.isIPv6 ? AF_INET6 : AF_INET, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0),
                "socket"))
        var on: Int32 = 1
        if publication.transport == .tcp {
            // Connections that ended a minute ago are no hindrance.
            try SystemError.check(setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &on, 4), "setsockopt")
        }
        if address.isIPv6 {
            try SystemError.check(
                setsockopt(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4), "setsockopt")
        }
        if publication.isOfLoopback6, publication.transport == .udp {
            throw WiringError("cannot publish port \(name(publication)): only TCP is led on from ::1")
        }
        do {
            try SocketAddress(address, port: publication.hostPort ?? 0).bind(socket.number)
            if publication.transport == .tcp {
                try SystemError.check(listen(socket.number, 128), "listen")
                // What comes to ::1 by another name is not led to the container, and is to be refused, not to
                // wait for ever.
                if address.isIPv6, !publication.isOfLoopback6 { shutdown(socket.number, Int32(SHUT_RD)) }
            }
        } catch {
            throw refusal(error, publication, address)
        }
        let port = try SocketAddress.port(of: socket.number)
        return (socket.take(), port)
    }

    private static func refusal(
        _ error: SystemError, _ publication: Publication, _ address: IPAddress
    ) -> any Error {
        switch error.code {
        case EADDRINUSE:
            WiringError("port \(name(publication)) of the host is used by another program")
        case EADDRNOTAVAIL:
            WiringError("cannot publish port \(name(publication)): \(address) is no address of this host")
        default: SystemError("publish port", error.code, name(publication))
        }
    }
}

extension Publication {
    fileprivate var isOfLoopback6: Bool { hostAddress.map { $0.isIPv6 && $0.isLoopback } ?? false }
}
