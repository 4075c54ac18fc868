/// What /etc/resolv.conf says: resolv.conf(5).
public struct ResolverFile: Equatable, Sendable {
    public var servers: [IPAddress] = []
    public var search: [String] = []
    public var options: [String] = []

    public init(servers: [IPAddress] = [], search: [String] = [], options: [String] = []) {
        self.servers = servers
        self.search = search
        self.options = options
    }

    /// Reads a file; what it doesn't know, or can't be, is passed over, as the C library does.
    public init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline).prefix(1000) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
            guard words.count > 1 else { continue }
            switch words[0] {
            case "nameserver": if let address = IPAddress(words[1]) { servers.append(address) }
            // The last of `domain` and `search` counts.
            case "domain": search = [words[1]]
            case "search": search = Array(words[1...])
            case "options": options += words[1...]
            default: continue
            }
        }
    }

    /// The file for a container. The C library looks at no more than three servers.
    public var text: String {
        var text = ""
        if !search.isEmpty { text += "search " + search.joined(separator: " ") + "\n" }
        for server in servers.prefix(3) { text += "nameserver \(server)\n" }
        if !options.isEmpty { text += "options " + options.joined(separator: " ") + "\n" }
        return text
    }
}

/// What /etc/hosts says to a container: hosts(5).
public struct HostsFile: Equatable, Sendable {
    public var lines: [(address: IPAddress, names: [String])]

    /// Loopback, and what is added to it.
    public init(_ lines: [(address: IPAddress, names: [String])] = []) { self.lines = lines }

    /// Reads `NAME:ADDRESS` of `--add-host`; `host-gateway` stands for the gateway.
    public static func entry(
        _ text: String, gateway: IPAddress?
    ) throws(AddressError) -> (address: IPAddress, names: [String]) {
        guard let colon = text.firstIndex(of: ":") else {
            throw AddressError("--add-host \"\(text)\" is not of the form NAME:ADDRESS")
        }
        let name = String(text[..<colon])
        var value = String(text[text.index(after: colon)...])
        if value.hasPrefix("["), value.hasSuffix("]") { value = String(value.dropFirst().dropLast()) }
        try NetworkName.checkHost(name)
        if value == "host-gateway" {
            guard let gateway else { throw AddressError("--add-host \(text): there is no gateway") }
            return (gateway, [name])
        }
        guard let address = IPAddress(value) else {
            throw AddressError("--add-host \(text): \"\(value)\" is no address")
        }
        return (address, [name])
    }

    public var text: String {
        var text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        for line in lines where !line.names.isEmpty {
            text += "\(line.address)\t" + line.names.joined(separator: " ") + "\n"
        }
        return text
    }

    public static func == (left: HostsFile, right: HostsFile) -> Bool { left.text == right.text }
}
