/// Protocols whose ports can be published.
public enum Transport: String, Sendable, CaseIterable {
    case tcp, udp

    /// IPPROTO_*.
    public var number: UInt8 { self == .tcp ? 6 : 17 }
}

/// A port of a container's that is reached at a port of the host's.
public struct Publication: Hashable, Sendable {
    /// Nil for every address of the host.
    public var hostAddress: IPAddress?
    /// Nil for one that is free.
    public var hostPort: UInt16?
    public var port: UInt16
    public var transport: Transport

    public init(hostAddress: IPAddress? = nil, hostPort: UInt16?, port: UInt16, transport: Transport) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.port = port
        self.transport = transport
    }

    /// As docker says it: `0.0.0.0:8080->80/tcp`.
    public var description: String {
        let host = hostAddress.map { $0.isIPv6 ? "[\($0)]" : "\($0)" } ?? "0.0.0.0"
        return host + ":" + (hostPort.map { String($0) } ?? "") + "->" + String(port) + "/"
            + transport.rawValue
    }

    /// Reads `[ip:][host[-range]:]container[-range][/proto]`; an IPv6 address stands in brackets.
    ///
    /// A range publishes as many ports; both ranges must be of one length. Without a host's port, or with an
    /// empty one, it is chosen when the container starts.
    public static func parse(_ text: String) throws(AddressError) -> [Publication] {
        func refuse(_ why: String) -> AddressError { AddressError("cannot publish \"\(text)\": \(why)") }
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { throw refuse("there is more than one /") }
        var transport = Transport.tcp
        if halves.count == 2 {
            guard let named = Transport(rawValue: String(halves[1])) else {
                throw refuse("protocol \"\(halves[1])\" is neither tcp nor udp")
            }
            transport = named
        }
        var rest = halves[0]
        var address: IPAddress?
        if rest.hasPrefix("[") {
            guard let close = rest.firstIndex(of: "]") else { throw refuse("] is missing") }
            let inner = String(rest[rest.index(after: rest.startIndex)..<close])
            guard let parsed = IPAddress(inner), parsed.isIPv6 else {
                throw refuse("\"\(inner)\" is no IPv6 address")
            }
            address = parsed
            rest = rest[rest.index(after: close)...]
            guard rest.hasPrefix(":") else { throw refuse("a : must follow ]") }
            rest = rest.dropFirst()
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        if address == nil, parts.count == 3 {
            guard let parsed = IPAddress(String(parts[0])) else {
                throw refuse("\"\(parts[0])\" is no address of the host")
            }
            address = parsed
            parts.removeFirst()
        }
        guard parts.count <= 2, let last = parts.last else {
            throw refuse("an IPv6 address must stand in brackets, as in [::1]:8080:80")
        }
        guard let inside = range(last) else { throw refuse("container port \"\(last)\" is none") }
        guard parts.count == 2, !parts[0].isEmpty else {
            return inside.map {
                Publication(hostAddress: address, hostPort: nil, port: $0, transport: transport)
            }
        }
        guard let outside = range(parts[0]) else { throw refuse("host port \"\(parts[0])\" is none") }
        guard outside.count == inside.count else {
            throw refuse("\(outside.count) host ports cannot lead to \(inside.count) container ports")
        }
        return zip(outside, inside).map {
            Publication(hostAddress: address, hostPort: $0, port: $1, transport: transport)
        }
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = Number.small(ends[0], to: 65535), first > 0,
            let last = Number.small(ends[ends.count - 1], to: 65535), last >= first
        else { return nil }
        return UInt16(first)...UInt16(last)
    }

    /// Whether both would take the same port of the host.
    public func collides(with other: Publication) -> Bool {
        guard let hostPort, hostPort == other.hostPort, transport == other.transport else { return false }
        guard let mine = hostAddress, let others = other.hostAddress else { return true }
        if mine.isIPv6 != others.isIPv6 { return false }
        return mine == others || mine.isUnspecified || others.isUnspecified
    }
}
