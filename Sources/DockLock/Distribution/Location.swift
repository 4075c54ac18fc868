/// Where something is on the web: an address of http or https without a user in it (RFC 3986, 3).
public struct Location: Sendable, Equatable, CustomStringConvertible {
    public enum Scheme: String, Sendable { case http, https }

    public static let limitBytes = 16 << 10

    public var scheme: Scheme
    /// In small letters; an IPv6 address with its brackets.
    public var host: String
    public var port: Int
    /// The path and the query: begins with `/`.
    public var target: String

    public init(scheme: Scheme, host: String, port: Int, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    /// Reads an absolute address; a fragment is left out.
    public init(_ text: String) throws(DistributionError) {
        func refuse(_ problem: String) -> DistributionError {
            DistributionError("the address \"\(shown(text))\" \(problem)")
        }
        guard text.utf8.count <= Self.limitBytes else { throw refuse("is too long") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw refuse("holds characters that no address may hold")
        }
        let lowered = text.lowercased()
        let rest: Substring
        if lowered.hasPrefix("https://") {
            scheme = .https
            rest = text.dropFirst(8)
        } else if lowered.hasPrefix("http://") {
            scheme = .http
            rest = text.dropFirst(7)
        } else {
            throw refuse("is neither of https nor of http")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { throw refuse("holds a user's name") }
        guard let place = Self.split(String(authority)) else { throw refuse("names no host") }
        host = place.host
        port = place.port ?? (scheme == .https ? 443 : 80)
        let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// `host`, `host:port`, `[address]:port` in its parts; nil for anything else.
    static func split(_ authority: String) -> (host: String, port: Int?)? {
        var host = authority.lowercased()[...]
        var port: Int?
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
            let digits = host[host.index(after: colon)...]
            guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(digits), number > 0,
                number < 65_536
            else { return nil }
            port = number
            host = host[..<colon]
        }
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
        let inside = isAddress ? host.dropFirst().dropLast() : host
        let allowed = inside.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7A) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: isAddress ? ":" : "-") || (!isAddress && byte == UInt8(ascii: "_"))
        }
        return allowed && !inside.isEmpty ? (String(host), port) : nil
    }

    /// `host`, with the port where it is not the scheme's own.
    public var authority: String {
        port == (scheme == .https ? 443 : 80) ? host : "\(host):\(port)"
    }

    public var description: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// Without the query, which may hold secrets.
    public var shownInErrors: String {
        shown("\(scheme.rawValue)://\(authority)\(target.prefix { $0 != "?" })")
    }

    /// Whether both are of one server, so that what one may know the other may.
    public func hasOrigin(of other: Location) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is this machine, where nobody listens between.
    public var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let words = host.split(separator: ".", omittingEmptySubsequences: false)
        return words.count == 4 && words[0] == "127" && words.allSatisfy { UInt8($0) != nil }
    }

    /// What a `Location` of an answer from here leads to (RFC 3986, 5.2): absolute, of this scheme, of this
    /// host, or of this path.
    public func resolving(_ text: String) throws(DistributionError) -> Location {
        let lowered = text.prefix(8).lowercased()
        if lowered.hasPrefix("http://") || lowered.hasPrefix("https://") { return try Location(text) }
        let origin = "\(scheme.rawValue)://\(authority)"
        if text.hasPrefix("//") { return try Location(scheme.rawValue + ":" + text) }
        if text.hasPrefix("/") { return try Location(origin + text) }
        let path = target.prefix { $0 != "?" }
        if text.isEmpty { return try Location(origin + target) }
        if text.hasPrefix("?") { return try Location(origin + path + text) }
        let scheme = text.prefix { $0 != ":" && $0 != "/" && $0 != "?" && $0 != "#" }
        guard scheme.endIndex == text.endIndex || text[scheme.endIndex] != ":" else {
            throw DistributionError("the address \"\(shown(text))\" is neither of https nor of http")
        }
        let folder = path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.endIndex)]
        return try Location(origin + folder + text)
    }

    /// With a further parameter in the query, percent-encoded.
    public func adding(_ name: String, _ value: String) -> Location {
        var other = self
        other.target += (target.contains("?") ? "&" : "?") + name + "=" + Self.encode(value)
        return other
    }

    /// Percent-encodes all but the unreserved characters (RFC 3986, 2.3).
    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// When an answer that leads elsewhere is followed.
public enum Redirection {
    public static let hopsMax = 5

    /// Whether a status leads elsewhere, for requests without a body (RFC 9110, 15.4).
    public static func isOne(_ status: Int) -> Bool { [301, 302, 303, 307, 308].contains(status) }

    /// The next place: never from https to http, and no more than `hopsMax` times.
    public static func next(
        from place: Location, to text: String?, hops: Int
    ) throws(DistributionError) -> Location {
        guard hops < hopsMax else {
            throw DistributionError("\(place.shownInErrors) leads on more than \(hopsMax) times")
        }
        guard let text else {
            throw DistributionError("\(place.shownInErrors) leads elsewhere, but does not say where")
        }
        let next = try place.resolving(text)
        guard place.scheme == .http || next.scheme == .https else {
            throw DistributionError(
                "\(place.shownInErrors) leads from https to plain http, which is not followed")
        }
        return next
    }
}
