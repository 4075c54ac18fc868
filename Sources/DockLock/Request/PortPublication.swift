import Verbs

/// One port of the container's that the host answers for.
public struct PortPublication: Sendable, Equatable {
    /// The host's address, without brackets; nil for all of them.
    public var address: String?
    /// The ports to choose from, one where it was named; nil for any that is free.
    public var host: ClosedRange<UInt16>?
    public var container: UInt16
    public var transport: Transport

    public init(
        address: String? = nil, host: ClosedRange<UInt16>?, container: UInt16, transport: Transport = .tcp
    ) {
        self.address = address
        self.host = host
        self.container = container
        self.transport = transport
    }
}

public enum Transport: String, Sendable, Equatable { case tcp, udp, sctp }

/// A port that an image or `--expose` names.
public struct ExposedPort: Sendable, Equatable {
    public var port: UInt16
    public var transport: Transport

    public init(_ port: UInt16, _ transport: Transport = .tcp) {
        self.port = port
        self.transport = transport
    }

    /// `PORT[-PORT][/tcp|udp|sctp]`, as `ExposedPorts` of an image writes it; nil for all else.
    public static func read(_ text: String) -> [ExposedPort]? {
        do throws(Wrong) {
            return try exposedPorts(text)
        } catch {
            return nil
        }
    }
}

func exposedPorts(_ text: String) throws(Wrong) -> [ExposedPort] {
    let (range, transport) = try ported(text)
    return try ports(range).map { ExposedPort($0, transport) }
}

/// `-p [[ADDRESS:][PORT[-PORT]]:]PORT[-PORT][/tcp|udp|sctp]`: a publication for each port of the container's.
func publications(_ text: String) throws(Wrong) -> [PortPublication] {
    var (rest, transport) = try ported(text)
    var words: [String] = []
    if rest.utf8.first == UInt8(ascii: "[") {
        let (address, after) = split(String(rest.dropFirst()), at: UInt8(ascii: "]"))
        guard let after, after.utf8.first == colon else { throw malformed(text) }
        words.append(address)
        rest = String(after.dropFirst())
        guard isIPv6(address) else { throw Wrong("\"\(address)\" is not an IPv6 address") }
        words += parts(rest, at: colon)
        guard words.count == 3 else { throw malformed(text) }
    } else {
        words = parts(rest, at: colon)
        if words.count > 3 {
            throw Wrong("\"\(text)\" has too many colons; an IPv6 address stands in brackets")
        }
        if words.count == 3, !words[0].isEmpty, !isIPv4(words[0]) {
            throw Wrong("\"\(words[0])\" is not an IPv4 address")
        }
    }
    let address = words.count == 3 && !words[0].isEmpty ? words[0] : nil
    let container = try ports(words[words.count - 1])
    guard words.count > 1, !words[words.count - 2].isEmpty else {
        return container.map {
            PortPublication(address: address, host: nil, container: $0, transport: transport)
        }
    }
    let host = try ports(words[words.count - 2])
    guard container.count == 1 || container.count == host.count else {
        throw Wrong("\"\(text)\" publishes \(container.count) ports on \(host.count)")
    }
    return zip(container, host).map { inner, outer in
        PortPublication(
            address: address, host: container.count == 1 ? host : outer...outer, container: inner,
            transport: transport)
    }
}

private func malformed(_ text: String) -> Wrong {
    Wrong("\"\(text)\" is not of the form [[ADDRESS:][HOST-PORT]:]PORT[/tcp|udp|sctp]")
}

private func ported(_ text: String) throws(Wrong) -> (String, Transport) {
    let (rest, word) = split(text, at: slash)
    guard let word else { return (rest, .tcp) }
    guard let transport = Transport(rawValue: word.lowercased()) else { throw noneOf("tcp, udp, sctp", word) }
    return (rest, transport)
}

/// `PORT` or `FIRST-LAST`.
private func ports(_ text: String) throws(Wrong) -> ClosedRange<UInt16> {
    let (first, last) = split(text, at: UInt8(ascii: "-"))
    guard let low = port(first), let high = last == nil ? low : port(last ?? ""), low <= high else {
        throw Wrong("\"\(text)\" is neither a port from 1 to 65535 nor a range of them")
    }
    return low...high
}

private func port(_ text: String) -> UInt16? {
    guard let first = text.utf8.first, first != UInt8(ascii: "+"), let port = UInt16(text), port > 0 else {
        return nil
    }
    return port
}

/// Four decimal numbers without leading zeros.
func isIPv4(_ text: String) -> Bool {
    let words = parts(text, at: UInt8(ascii: "."))
    return words.count == 4
        && words.allSatisfy { word in
            word.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && UInt8(word) != nil
                && (word.utf8.count == 1 || word.utf8.first != 48)
        }
}

/// RFC 4291, section 2.2, with a zone (`%eth0`) or without.
func isIPv6(_ text: String) -> Bool {
    let (address, zone) = split(text, at: UInt8(ascii: "%"))
    if zone == "" { return false }
    var words = parts(address, at: colon)
    guard words.count >= 3, words.count <= 9 else { return false }
    var groups = 0
    if let last = words.last, last.utf8.contains(UInt8(ascii: ".")) {
        guard isIPv4(last) else { return false }
        words.removeLast()
        groups = 2
        // What stood before the last colon decides on its own.
        if words.isEmpty { return false }
    }
    let isOpenedByGap = words.count >= 2 && words[0].isEmpty && words[1].isEmpty
    let isClosedByGap = groups == 0 && words.count >= 2 && words.suffix(2).allSatisfy(\.isEmpty)
    if isOpenedByGap { words.removeFirst() }
    if isClosedByGap { words.removeLast() }
    let gaps = words.filter(\.isEmpty).count
    let full = words.filter { !$0.isEmpty }
    guard gaps <= 1, full.allSatisfy({ $0.utf8.count <= 4 && UInt16($0, radix: 16) != nil }),
        full.allSatisfy({ $0.utf8.first != UInt8(ascii: "+") })
    else { return false }
    groups += full.count
    return gaps == 1 ? groups <= 7 : groups == 8
}
