import Verbs

/// What `network` takes.
public struct NetworkVerbRequest: Sendable, Equatable {
    public enum Action: String, Sendable, Equatable, CaseIterable {
        case create, list = "ls", remove = "rm", inspect, prune, exists, connect, disconnect
    }

    public var action = Action.list
    /// Networks; of connect and disconnect one, then the container.
    public var names: [String] = []
    public var driver: String?
    /// `--subnet` and `--gateway` as they were written.
    public var subnets: [String] = []
    public var gateways: [String] = []
    public var hasIPv6 = false
    public var isInternal = false
    public var resolvesNames = true
    /// The bridge's name on the host.
    public var bridge: String?
    public var labels: [Setting] = []
    public var options: [Setting] = []
    public var filters: [Setting] = []
    public var format: String?
    public var isQuiet = false
    public var force = false
    /// connect: what the container has there.
    public var ip: String?
    public var ip6: String?
    public var mac: String?
    public var aliases: [String] = []

    public init() {}
}

let networkTable = Table(
    "network", "make, list and remove networks, and put containers on them",
    Operands(
        fewest: 1, most: .max, permuted: true,
        words: "create|ls|rm|inspect|prune|exists|connect|disconnect [NETWORK...] [CONTAINER]"),
    flags: creationFlags + connectionFlags + [
        Flag("filter", takes: "NAME=VALUE", "ls: only those; may be repeated") { draft, value throws(Wrong) in
            draft.network.filters.append(try fullSetting(value))
        },
        Flag("format", takes: "FORMAT", "table, json or a template such as '{{.Name}}'") {
            draft, value throws(Wrong) in
            draft.network.format = try nonEmpty(value)
        },
        Flag("quiet", short: "q", help: "ls: names alone") { $0.network.isQuiet = $1 },
        Flag("force", short: "f", help: "rm: missing ones are no error; prune: without asking") {
            $0.network.force = $1
        },
    ],
    examples: ["docklock network create --subnet 10.89.5.0/24 back", "docklock network connect back web"])

private let creationFlags = [
    Flag("driver", short: "d", takes: "DRIVER", "create: bridge, the only one") {
        draft, value throws(Wrong) in
        guard value == "bridge" else { throw noneOf("bridge", value) }
        draft.network.driver = value
    },
    Flag("subnet", takes: "ADDRESS/LENGTH", "create: its addresses; may be repeated for IPv6") {
        draft, value throws(Wrong) in
        draft.network.subnets.append(try nonEmpty(value))
    },
    Flag("gateway", takes: "ADDRESS", "create: the bridge's own; may be repeated for IPv6") {
        draft, value throws(Wrong) in
        draft.network.gateways.append(try anyAddress(value))
    },
    Flag("ipv6", help: "create: with IPv6 too") { $0.network.hasIPv6 = $1 },
    Flag("internal", help: "create: without a way out") { $0.network.isInternal = $1 },
    Flag("disable-dns", help: "create: names of containers are not resolved") {
        $0.network.resolvesNames = !$1
    },
    Flag("interface-name", takes: "NAME", "create: the bridge's name on the host") {
        draft, value throws(Wrong) in
        draft.network.bridge = try nonEmpty(value)
    },
    Flag("label", takes: "NAME=VALUE", "create: a label; may be repeated") { draft, value throws(Wrong) in
        draft.network.labels.append(try setting(value))
    },
    Flag("opt", short: "o", takes: "NAME=VALUE", "create: mtu=N or isolate=false") {
        draft, value throws(Wrong) in
        draft.network.options.append(try fullSetting(value))
    },
]

private let connectionFlags = [
    Flag("ip", takes: "ADDRESS", "connect: its IPv4 address there") { draft, value throws(Wrong) in
        draft.network.ip = try address4(value)
    },
    Flag("ip6", takes: "ADDRESS", "connect: its IPv6 address there") { draft, value throws(Wrong) in
        draft.network.ip6 = try address6(value)
    },
    Flag("mac-address", takes: "ADDRESS", "connect: its MAC address there") { draft, value throws(Wrong) in
        draft.network.mac = try macAddress(value)
    },
    Flag("alias", takes: "NAME", "connect: a further name there; may be repeated") {
        draft, value throws(Wrong) in
        draft.network.aliases.append(try name(value))
    },
]

extension NetworkVerbRequest {
    /// With its operands: the action, then names.
    func taking(_ operands: [String]) throws(UsageError) -> NetworkVerbRequest {
        var request = self
        let words = ["list": "ls", "remove": "rm"]
        guard let action = Action(rawValue: words[operands[0]] ?? operands[0]) else {
            let near = nearest(operands[0], among: Action.allCases.map(\.rawValue))
            throw UsageError(
                "network knows no \"\(operands[0])\"" + (near.map { "; did you mean \($0)?" } ?? ""),
                verb: "network")
        }
        request.action = action
        request.names = Array(operands.dropFirst())
        let range =
            switch action {
            case .create, .exists: 1...1
            case .list, .prune: 0...0
            case .connect, .disconnect: 2...2
            case .remove, .inspect: 1...Int.max
            }
        guard range.contains(request.names.count) else {
            throw UsageError(
                "network \(action.rawValue) does not take \(request.names.count) names", verb: "network")
        }
        for name in request.names where !isName(name) {
            throw UsageError("network: \"\(name)\" is not a name", verb: "network")
        }
        return request
    }
}
