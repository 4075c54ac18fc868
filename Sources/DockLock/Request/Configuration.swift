import JSON
import OCI
import Verbs

/// Turns what a person asked for into config.json of the OCI runtime specification. A pure function: the same
/// request, image and premises give the same bytes.
public struct Configuration: Sendable {
    let request: ContainerRequest
    let image: ImageConfiguration
    let premises: Premises
    let account: Account
    /// Bits of the bounding set.
    let capabilities: UInt64

    /// - Parameters:
    ///   - request: completed by its image, its volumes all named, and what its files say taken in.
    /// - Throws: `UsageError` for what the image and the host make impossible: an unknown user, a missing
    ///   command, a volume without a directory.
    public init(
        _ request: ContainerRequest, image: ImageConfiguration, premises: Premises
    ) throws(UsageError) {
        self.request = request
        self.image = image
        self.premises = premises
        do throws(Wrong) {
            account = try Account.find(
                request.user ?? image.user, groups: request.groups, passwd: premises.passwd,
                group: premises.group)
        } catch {
            throw UsageError("--user: \(error.problem)", verb: "run")
        }
        capabilities = try Configuration.bounding(request, premises)
        guard request.security.labels.allSatisfy({ $0 == "disable" }) else {
            throw UsageError("--security-opt: label: SELinux is not supported here", verb: "run")
        }
    }

    /// The user that the container's process runs as.
    public var user: Account { account }

    /// config.json.
    public func encoded() throws(UsageError) -> [UInt8] { try document().encoded(pretty: true) }

    func document() throws(UsageError) -> JSONNode {
        var root: [JSONNode.Member] = [.init("path", .string(premises.root))]
        if request.isReadOnly { root.append(.init("readonly", .bool(true))) }
        var members: [JSONNode.Member] = [
            .init("ociVersion", .string("1.3.0")),
            .init("process", try process()),
            .init("root", .object(root)),
        ]
        if let hostname = ownHostname { members.append(.init("hostname", .string(hostname))) }
        if let domainname = request.domainname {
            members.append(.init("domainname", .string(domainname)))
        }
        members.append(.init("mounts", .array(try mounts())))
        if !request.annotations.isEmpty {
            members.append(.init("annotations", Configuration.object(request.annotations)))
        }
        members.append(.init("linux", try linux()))
        return .object(members)
    }

    /// The name that is set in a uts namespace of the container's own.
    private var ownHostname: String? { request.namespaces.uts == .own ? hostname : nil }

    /// What the container's programs take for their host's name.
    var hostname: String? {
        if let hostname = request.hostname { return hostname }
        let isShared = request.namespaces.uts != .own || request.networks.contains(NetworkRequest(.host))
        if isShared { return premises.hostname }
        return String(premises.id.prefix(12))
    }

    /// Pairs as an object; of a name given twice the last value holds.
    static func object(_ settings: [Setting]) -> JSONNode {
        var members: [JSONNode.Member] = []
        for setting in settings {
            members.removeAll { $0.key == setting.name }
            members.append(.init(setting.name, .string(setting.value)))
        }
        return .object(members)
    }

    static func impossible(_ problem: String) -> UsageError { UsageError(problem, verb: "run") }
}

// MARK: - linux

extension Configuration {
    private func linux() throws(UsageError) -> JSONNode {
        var members: [JSONNode.Member] = []
        if ownsUsers {
            let (uids, gids) = try idMaps()
            members.append(.init("uidMappings", Configuration.mappings(uids)))
            members.append(.init("gidMappings", Configuration.mappings(gids)))
        }
        let sysctls = defaultSysctls + request.sysctls
        if !sysctls.isEmpty { members.append(.init("sysctl", Configuration.object(sysctls))) }
        if let path = premises.cgroupsPath { members.append(.init("cgroupsPath", .string(path))) }
        members.append(.init("resources", try resources()))
        members.append(.init("namespaces", .array(try namespaces())))
        if !premises.devices.isEmpty {
            members.append(.init("devices", .array(premises.devices.map(Configuration.device))))
        }
        if let filter = try seccomp() { members.append(.init("seccomp", filter)) }
        if let propagation = rootPropagation {
            members.append(.init("rootfsPropagation", .string(propagation)))
        }
        members.append(.init("maskedPaths", .strings(maskedPaths)))
        members.append(.init("readonlyPaths", .strings(readonlyPaths)))
        if let personality = request.personality {
            members.append(.init("personality", ["domain": .string(personality)]))
        }
        return .object(members)
    }

    /// Whether the container gets a user namespace of its own.
    var ownsUsers: Bool {
        switch request.namespaces.user {
        case .inherited: premises.isRootless || !request.uidMap.isEmpty || !request.gidMap.isEmpty
        case .host: premises.isRootless
        case .mapped, .auto, .keepID, .noMap: true
        case .container, .path: false
        }
    }

    /// Whether it is in another user namespace than the host's first one.
    var isMapped: Bool {
        switch request.namespaces.user {
        case .container, .path: true
        default: ownsUsers
        }
    }

    func idMaps() throws(UsageError) -> (uids: [IDMapping], gids: [IDMapping]) {
        // One of the flags alone means both.
        let uids = request.uidMap.isEmpty ? request.gidMap : request.uidMap
        let gids = request.gidMap.isEmpty ? request.uidMap : request.gidMap
        if !uids.isEmpty { return (uids, gids) }
        guard !premises.uidMap.isEmpty, !premises.gidMap.isEmpty else {
            throw Configuration.impossible("--userns: there are no ids for a user namespace; give --uidmap")
        }
        return (premises.uidMap, premises.gidMap)
    }

    private static func mappings(_ mappings: [IDMapping]) -> JSONNode {
        .array(
            mappings.map {
                [
                    "containerID": .int(Int64($0.containerID)), "hostID": .int(Int64($0.hostID)),
                    "size": .int(Int64($0.size)),
                ]
            })
    }

    /// ping without CAP_NET_RAW, for the group of root, as podman has it: in a network of the container's
    /// own, which its user namespace may write to.
    private var defaultSysctls: [Setting] {
        switch request.networks.first?.kind {
        case .host, .container, .path: return []
        default: return isMapped ? [] : [Setting("net.ipv4.ping_group_range", "0 0")]
        }
    }

    /// A shared bind needs a root that passes mounts on.
    private var rootPropagation: String? {
        let words = request.mounts.flatMap(\.options)
        if words.contains("shared") || words.contains("rshared") { return "shared" }
        return words.contains("slave") || words.contains("rslave") ? "rslave" : nil
    }

    private static func device(_ device: HostDevice) -> JSONNode {
        [
            "path": .string(device.path),
            "type": .string(String(decoding: [device.kind], as: UTF8.self)),
            "major": .int(Int64(device.major)), "minor": .int(Int64(device.minor)),
            "fileMode": .int(Int64(device.mode)), "uid": .int(Int64(device.uid)),
            "gid": .int(Int64(device.gid)),
        ]
    }
}
