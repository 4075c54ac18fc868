/// A network that a container is to be on, and how.
public struct NetworkRequest: Equatable, Sendable {
    /// Nil for the default network.
    public var network: String?
    /// At most one of IPv4 and one of IPv6; chosen where there is none.
    public var addresses: [IPAddress] = []
    public var hardware: HardwareAddress?
    /// Further names that the network's other containers find it by.
    public var aliases: [String] = []
    /// The device's name in the container; chosen where there is none.
    public var interface: String?

    public init(network: String? = nil) { self.network = network }
}

/// What `--network` asks for.
public enum NetworkMode: Equatable, Sendable {
    /// Loopback alone.
    case none
    /// The host's namespace.
    case host
    /// The namespace of another container, by its id or name.
    case container(String)
    /// A namespace that somebody made.
    case namespace(path: String)
    /// User-space networking of a container without privileges.
    case pasta(arguments: [String])
    case networks([NetworkRequest])

    /// Reads the values of `--network`, in their order: none at all, one of the words, or networks of the
    /// form `NAME[:ip=…,ip6=…,mac=…,alias=…,interface_name=…]`.
    public static func parse(_ values: [String]) throws(AddressError) -> NetworkMode {
        if values.isEmpty { return .networks([NetworkRequest()]) }
        var requests: [NetworkRequest] = []
        for value in values {
            if let mode = try alone(value) {
                guard values.count == 1 else {
                    throw AddressError("--network \(value) cannot stand beside other networks")
                }
                return mode
            }
            let request = try network(value)
            if requests.contains(where: { $0.network == request.network }) {
                throw AddressError("--network names \(request.network ?? "the default network") twice")
            }
            requests.append(request)
        }
        return .networks(requests)
    }

    /// Modes that leave no room for another.
    private static func alone(_ value: String) throws(AddressError) -> NetworkMode? {
        let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let argument = parts.count == 2 ? String(parts[1]) : ""
        switch parts[0] {
        case "none", "host":
            guard parts.count == 1 else { throw AddressError("--network \(parts[0]) takes no options") }
            return parts[0] == "none" ? NetworkMode.none : .host
        case "container", "ns":
            guard !argument.isEmpty else {
                throw AddressError(
                    "--network \(parts[0]): must be followed by a \(parts[0] == "ns" ? "path" : "container")")
            }
            return parts[0] == "ns" ? .namespace(path: argument) : .container(argument)
        case "pasta", "slirp4netns":
            return .pasta(arguments: argument.split(separator: ",").map { String($0) })
        default: return nil
        }
    }

    private static func network(_ value: String) throws(AddressError) -> NetworkRequest {
        let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        var request = NetworkRequest()
        if name != "bridge" && name != "default" {
            try NetworkName.check(name)
            if name != NetworkName.standard { request.network = name }
        }
        guard parts.count == 2 else { return request }
        for option in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let text = pair.count == 2 ? String(pair[1]) : ""
            guard !text.isEmpty else { throw AddressError("--network \(value): \"\(option)\" has no value") }
            switch pair[0] {
            case "ip", "ip6":
                guard let address = IPAddress(text), address.isIPv6 == (pair[0] == "ip6") else {
                    throw AddressError(
                        "--network \(value): \"\(text)\" is no IPv\(pair[0] == "ip" ? 4 : 6) address")
                }
                request.addresses.append(address)
            case "mac": request.hardware = try HardwareAddress(text)
            case "alias":
                try NetworkName.checkHost(text)
                request.aliases.append(text)
            case "interface_name":
                try NetworkName.checkDevice(text)
                request.interface = text
            default: throw AddressError("--network \(value): there is no option \"\(pair[0])\"")
            }
        }
        return request
    }
}

/// What networks, hosts and devices may be called.
public enum NetworkName {
    /// The network of containers that name none.
    public static let standard = "docklock"

    /// Letters, digits, `_`, `.` and `-`, beginning with a letter or digit, at most 128; no word that
    /// `--network` means otherwise.
    public static func check(_ name: String) throws(AddressError) {
        let bytes = Array(name.utf8)
        guard (1...128).contains(bytes.count), isWord(bytes[0]),
            bytes.allSatisfy({ isWord($0) || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d })
        else {
            throw AddressError(
                "\"\(name)\" is no name of a network: letters, digits, _, . and -, a letter or digit first")
        }
        let words = [
            "none", "host", "container", "ns", "bridge", "default", "pasta", "slirp4netns", "private",
        ]
        if words.contains(name) {
            throw AddressError("a network cannot be called \(name), a word of --network")
        }
    }

    /// Labels of letters, digits, `-` and `_` with dots between them, at most 63 each and 253 in all.
    public static func checkHost(_ name: String) throws(AddressError) {
        let labels = Array(name.utf8).split(separator: 0x2e, omittingEmptySubsequences: false)
        let isGood = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.allSatisfy { isWord($0) || $0 == 0x2d || $0 == 0x5f }
        }
        guard isGood, name.utf8.count <= 253 else { throw AddressError("\"\(name)\" is no name of a host") }
    }

    /// What the kernel takes: up to 15 bytes without `/`, `:`, `%` or blanks, neither `.` nor `..`.
    public static func checkDevice(_ name: String) throws(AddressError) {
        let bytes = Array(name.utf8)
        let bad: [UInt8] = [0x2f, 0x3a, 0x25]
        guard (1...15).contains(bytes.count), name != ".", name != "..",
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !bad.contains($0) })
        else { throw AddressError("\"\(name)\" is no name of a network device") }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
