import Verbs

/// One `--network`, with what the flags beside it said of it.
public struct NetworkRequest: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The default: `bridge` for root, `pasta` for others.
        case standard
        case none
        case host
        case bridge
        /// User-mode networking by pasta(1), with its own options.
        case pasta([String])
        case container(String)
        case path(String)
        case named(String)
    }

    public var kind: Kind
    public var aliases: [String] = []
    public var ip: String?
    public var ip6: String?
    public var mac: String?
    /// The name of the interface in the container.
    public var interface: String?

    public init(_ kind: Kind) {
        self.kind = kind
    }
}

/// `--network NAME[:KEY=VALUE,...]`, or docker's `name=NAME,KEY=VALUE,...`.
func networkRequest(_ text: String) throws(Wrong) -> NetworkRequest {
    if let name = tail(of: text, after: "container:") {
        return NetworkRequest(.container(try nonEmpty(name)))
    }
    if let path = tail(of: text, after: "ns:") { return NetworkRequest(.path(try nonEmpty(path))) }
    if let options = tail(of: text, after: "pasta:") { return NetworkRequest(.pasta(listed(options))) }
    if text.hasPrefix("slirp4netns") {
        throw Wrong("slirp4netns is not supported here; use pasta")
    }
    var settings: [String]
    var word: String
    if text.utf8.contains(comma) || text.hasPrefix("name="),
        !text.utf8.contains(colon) || text.hasPrefix("name=")
    {
        settings = listed(text)
        guard let named = settings.first(where: { $0.hasPrefix("name=") }) else {
            throw Wrong("\"\(text)\" does not name the network (name=NAME)")
        }
        settings.removeAll { $0 == named }
        word = String(named.dropFirst(5))
    } else {
        let (before, after) = split(text, at: colon)
        word = before
        settings = listed(after ?? "")
    }
    var network = NetworkRequest(try kind(word))
    for field in settings { try network.take(field) }
    switch network.kind {
    case .none, .host:
        if !settings.isEmpty { throw Wrong("the network \(word) takes no settings") }
    default: break
    }
    return network
}

private func kind(_ word: String) throws(Wrong) -> NetworkRequest.Kind {
    switch word {
    case "", "default", "private": return .standard
    case "none": return .none
    case "host": return .host
    case "bridge": return .bridge
    case "pasta": return .pasta([])
    default: return .named(try name(word))
    }
}

extension NetworkRequest {
    fileprivate mutating func take(_ field: String) throws(Wrong) {
        let (key, value) = split(field, at: equals)
        guard let value, !value.isEmpty else { throw Wrong("\"\(field)\" is not of the form KEY=VALUE") }
        switch key {
        case "alias": aliases.append(try name(value))
        case "ip" where value.utf8.contains(colon), "ip6": ip6 = try address6(value)
        case "ip": ip = try address4(value)
        case "mac", "mac-address": mac = try macAddress(value)
        case "interface_name": interface = try name(value)
        default: throw Wrong("\"\(key)\" is none of alias, ip, ip6, mac, interface_name")
        }
    }
}

func address4(_ text: String) throws(Wrong) -> String {
    guard isIPv4(text) else { throw Wrong("\"\(text)\" is not an IPv4 address") }
    return text
}

func address6(_ text: String) throws(Wrong) -> String {
    guard isIPv6(text) else { throw Wrong("\"\(text)\" is not an IPv6 address") }
    return text
}

func anyAddress(_ text: String) throws(Wrong) -> String {
    guard isIPv4(text) || isIPv6(text) else { throw Wrong("\"\(text)\" is not an IP address") }
    return text
}

/// Six pairs of hex digits, of one machine (not a group's).
func macAddress(_ text: String) throws(Wrong) -> String {
    let pairs = parts(text, at: text.utf8.contains(colon) ? colon : UInt8(ascii: "-"))
    let bytes = pairs.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil }
    guard pairs.count == 6, bytes.count == 6, bytes[0] & 1 == 0 else {
        throw Wrong("\"\(text)\" is not a MAC address, such as 92:d0:c6:0a:29:33")
    }
    return pairs.joined(separator: ":").lowercased()
}

/// `NAME:ADDRESS` or `NAME=ADDRESS`; several names are parted by semicolons, as podman has it.
func hostEntries(_ text: String) throws(Wrong) -> [HostEntry] {
    let separator = text.utf8.first { $0 == colon || $0 == equals } ?? colon
    let (names, address) = split(text, at: separator)
    guard let address, !names.isEmpty else { throw Wrong("\"\(text)\" is not of the form NAME:ADDRESS") }
    var bare = address
    if bare.hasPrefix("["), bare.hasSuffix("]") { bare = String(bare.dropFirst().dropLast()) }
    if bare != "host-gateway" { bare = try anyAddress(bare) }
    return try parts(names, at: UInt8(ascii: ";")).map { word throws(Wrong) in
        HostEntry(name: try hostname(word), address: bare)
    }
}

/// A name that sethostname(2) takes and that is safe in a line of /etc/hosts.
func hostname(_ text: String) throws(Wrong) -> String {
    let isSafe = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    guard !text.isEmpty, text.utf8.count <= 64, isSafe, text.utf8.first != 0x2D, text.utf8.first != 0x2E
    else {
        throw Wrong("\"\(text)\" is not a host name: letters, digits and .-_, at most 64 of them")
    }
    return text
}
