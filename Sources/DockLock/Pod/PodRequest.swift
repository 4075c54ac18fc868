import JSON

/// What is asked for of a vPod. Words of flags are as `docklock create` takes them, which checks them.
public struct PodRequest: Sendable, Equatable {
    public var labels: [PodLabel] = []
    public var annotations: [PodLabel] = []
    public var hostname: String?
    /// Values of `--network`; empty for the default one.
    public var networks: [String] = []
    public var ip: String?
    public var mac: String?
    /// Values of `--publish`.
    public var ports: [String] = []
    /// Values of `--add-host`.
    public var hosts: [String] = []
    public var dns: [String] = []
    public var dnsSearch: [String] = []
    public var dnsOptions: [String] = []
    /// `NAME=VALUE`.
    public var sysctls: [String] = []
    /// Whether the containers see each other's processes.
    public var sharesPids = false
    public var usesHostPids = false
    public var usesHostIPC = false
    /// Bytes of /dev/shm.
    public var sharedMemorySize: Int64 = 64 << 20
    public var resources = PodResources()
    public var restart = PodRestart.no
    /// Seconds that its containers have to end.
    public var stopTimeout = 10

    public init() {}

    public var usesHostNetwork: Bool { networks.first == "host" }

    /// The words of `docklock create` for the container that holds the namespaces.
    /// - Parameters:
    ///   - program: the host's path of the program that waits in it.
    ///   - image: one without files of its own.
    public func infraWords(_ record: PodRecord, program: String, image: String) -> [String] {
        var words = [
            "create", "--name", record.name + "-infra", "--label", PodRecord.label + "=" + record.id,
        ]
        words += ["--label", PodRecord.roleLabel + "=" + PodRole.infra.rawValue]
        words += ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL", "--pull", "never"]
        words += ["--security-opt", "no-new-privileges", "--log-driver", "none", "--no-healthcheck"]
        words += ["--cgroup-parent", record.envelope, "--stop-timeout", "10"]
        words += ["--mount", "type=bind,source=\(program),target=\(PodRequest.pausePath),readonly"]
        for network in networks { words += ["--network", network] }
        if let ip { words += ["--ip", ip] }
        if let mac { words += ["--mac-address", mac] }
        for port in ports { words += ["--publish", port] }
        for host in hosts { words += ["--add-host", host] }
        for address in dns { words += ["--dns", address] }
        for domain in dnsSearch { words += ["--dns-search", domain] }
        for option in dnsOptions { words += ["--dns-option", option] }
        for setting in sysctls { words += ["--sysctl", setting] }
        if !usesHostNetwork || hostname != nil { words += ["--hostname", hostname ?? record.name] }
        if usesHostPids { words += ["--pid", "host"] }
        words += usesHostIPC ? ["--ipc", "host"] : ["--ipc", "none"]
        return words + [image, PodRequest.pausePath]
    }

    /// Where the program that waits lies in its container.
    public static let pausePath = "/docklock-pause"

    var members: [JSONNode.Member] {
        var members: [JSONNode.Member] = [
            .init("labels", .object(labels.map { .init($0.name, .string($0.value)) })),
            .init("annotations", .object(annotations.map { .init($0.name, .string($0.value)) })),
            .init("networks", .strings(networks)), .init("ports", .strings(ports)),
            .init("hosts", .strings(hosts)), .init("dns", .strings(dns)),
            .init("dnsSearch", .strings(dnsSearch)), .init("dnsOptions", .strings(dnsOptions)),
            .init("sysctls", .strings(sysctls)), .init("sharesPids", .bool(sharesPids || usesHostPids)),
            .init("hostNetwork", .bool(usesHostNetwork)), .init("hostPids", .bool(usesHostPids)),
            .init("hostIPC", .bool(usesHostIPC)), .init("sharedMemorySize", .int(sharedMemorySize)),
            .init("resources", resources.node), .init("restart", .string(restart.rawValue)),
            .init("stopTimeout", .int(Int64(stopTimeout))),
        ]
        for (key, value) in [("hostname", hostname), ("ip", ip), ("mac", mac)] {
            if let value { members.append(.init(key, .string(value))) }
        }
        return members
    }

    init(_ members: RecordMembers) throws(PodError) {
        let json = members.json
        labels = try members.labels("labels")
        annotations = try members.labels("annotations")
        networks = try members.texts("networks")
        ports = try members.texts("ports")
        hosts = try members.texts("hosts")
        dns = try members.texts("dns")
        dnsSearch = try members.texts("dnsSearch")
        dnsOptions = try members.texts("dnsOptions")
        sysctls = try members.texts("sysctls")
        sharesPids = json["sharesPids"]?.bool == true
        usesHostPids = json["hostPids"]?.bool == true
        usesHostIPC = json["hostIPC"]?.bool == true
        sharedMemorySize = json["sharedMemorySize"]?.int ?? 64 << 20
        guard let resources = json["resources"], resources.kind == .object,
            let restart = PodRestart(rawValue: try members.text("restart"))
        else { throw PodError("vpod.json: resources or restart: is not what was written") }
        self.resources = PodResources(resources)
        self.restart = restart
        stopTimeout = Int(json["stopTimeout"]?.int ?? 10)
        hostname = json["hostname"]?.string
        ip = json["ip"]?.string
        mac = json["mac"]?.string
    }
}

/// What a container is in its vPod.
public enum PodRole: String, Sendable, Equatable {
    /// Holds the namespaces.
    case infra
    /// Runs to its end before those after it.
    case initial = "init"
    /// Begins among the initial ones, and goes on running.
    case sidecar
    case main
}

/// When containers, and with generated units the vPod, are started again.
public enum PodRestart: String, Sendable, Equatable {
    case no
    case onFailure = "on-failure"
    case always
}

/// The limits of a vPod's envelope.
public struct PodResources: Sendable, Equatable {
    /// Bytes.
    public var memory: Int64?
    /// Bytes of memory and swap together; -1 for no limit.
    public var swap: Int64?
    /// Billionths of a CPU.
    public var nanoCPUs: Int64?
    public var cpuShares: Int64?
    /// A list such as `0-2,7`.
    public var cpus: String?
    public var pids: Int64?

    public init() {}

    public var isEmpty: Bool { self == PodResources() }

    /// As `linux.resources` of the OCI runtime specification.
    public var node: JSONNode {
        var memory: [JSONNode.Member] = []
        if let limit = self.memory { memory.append(.init("limit", .int(limit))) }
        if let swap { memory.append(.init("swap", .int(swap))) }
        var cpu: [JSONNode.Member] = []
        if let cpuShares { cpu.append(.init("shares", .int(cpuShares))) }
        if let nanoCPUs {
            cpu.append(.init("quota", .int(max(nanoCPUs / 10_000, 1000))))
            cpu.append(.init("period", .int(100_000)))
        }
        if let cpus { cpu.append(.init("cpus", .string(cpus))) }
        var members: [JSONNode.Member] = []
        if !memory.isEmpty { members.append(.init("memory", .object(memory))) }
        if !cpu.isEmpty { members.append(.init("cpu", .object(cpu))) }
        if let pids { members.append(.init("pids", ["limit": .int(pids)])) }
        return .object(members)
    }

    init(_ json: JSON) {
        memory = json["memory"]?["limit"]?.int
        swap = json["memory"]?["swap"]?.int
        cpuShares = json["cpu"]?["shares"]?.int
        nanoCPUs = json["cpu"]?["quota"]?.int.map { $0 * 10_000 }
        cpus = json["cpu"]?["cpus"]?.string
        pids = json["pids"]?["limit"]?.int
    }
}

/// Names of vPods: those of containers.
public enum PodName {
    public static func check(_ name: String) throws(PodError) {
        let bytes = Array(name.utf8)
        func isWord(_ byte: UInt8) -> Bool {
            (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
        }
        guard let first = bytes.first, isWord(first), bytes.count <= 200,
            bytes.allSatisfy({ isWord($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
        else {
            throw PodError("\"\(name)\" is not a name: letters, digits and .-_ after a letter or digit")
        }
    }
}
