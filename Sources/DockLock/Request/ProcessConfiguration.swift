import JSON
import OCI
import Verbs

extension Configuration {
    func process() throws(UsageError) -> JSONNode {
        var user: [JSONNode.Member] = [
            .init("uid", .int(Int64(account.uid))), .init("gid", .int(Int64(account.gid))),
            .init("umask", .int(Int64(request.umask ?? 0o22))),
        ]
        if !account.groups.isEmpty {
            user.append(.init("additionalGids", .array(account.groups.map { .int(Int64($0)) })))
        }
        var members: [JSONNode.Member] = []
        if request.hasTerminal { members.append(.init("terminal", .bool(true))) }
        members += [
            .init("user", .object(user)), .init("args", .strings(try arguments())),
            .init("env", .strings(environment())), .init("cwd", .string(directory)),
            .init("capabilities", capabilitySets()),
        ]
        let limits = premises.rlimits.filter { limit in
            !request.limits.contains { $0.resource == limit.resource }
        }
        if !(limits + request.limits).isEmpty {
            members.append(.init("rlimits", .array((limits + request.limits).map(Configuration.limit))))
        }
        if request.security.noNewPrivileges { members.append(.init("noNewPrivileges", .bool(true))) }
        if let profile = request.security.apparmor, profile != "unconfined", !request.isPrivileged {
            members.append(.init("apparmorProfile", .string(profile)))
        }
        if let adjustment = request.oomScoreAdjustment {
            members.append(.init("oomScoreAdj", .int(Int64(adjustment))))
        }
        return .object(members)
    }

    private static func limit(_ limit: Rlimit) -> JSONNode {
        ["type": .string(limit.name), "hard": .uint(limit.hard), "soft": .uint(limit.soft)]
    }

    /// The image's entrypoint and command, or what took their place; an entrypoint of the request's own
    /// leaves the image's command out.
    /// The words of the first process.
    public func arguments() throws(UsageError) -> [String] {
        let entrypoint = request.entrypoint ?? image.entrypoint
        let isPlain = request.command.isEmpty && request.entrypoint == nil
        let arguments = entrypoint + (isPlain ? image.command : request.command)
        guard let program = arguments.first, !program.isEmpty else {
            throw Configuration.impossible(
                "no command was given, and the image \"\(request.image)\" names none")
        }
        return request.hasInit ? [Configuration.initPath, "--"] + arguments : arguments
    }

    /// Where `--init` has its program; /dev is a tmpfs of the container's own.
    static let initPath = "/dev/init"

    var directory: String {
        let directory = request.workingDirectory ?? image.workingDirectory
        return cleaned("/" + directory)
    }

    /// Later ones win: the defaults, the image's, the files', the request's.
    func environment() -> [String] {
        var settings: [Setting] = []
        func set(_ name: String, _ value: String) {
            if let index = settings.firstIndex(where: { $0.name == name }) {
                settings[index].value = value
            } else {
                settings.append(Setting(name, value))
            }
        }
        set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        if request.hasTerminal { set("TERM", "xterm") }
        if let hostname { set("HOSTNAME", hostname) }
        for variable in request.unsetsAll ? [] : image.environment {
            let (name, value) = split(variable, at: equals)
            if !name.isEmpty { set(name, value ?? "") }
        }
        settings.removeAll { request.unset.contains($0.name) }
        if request.inheritsEnvironment {
            for variable in premises.environment { set(variable.name, variable.value) }
        }
        for variable in EnvironmentEntry.resolve(request.environment, premises.environment) {
            set(variable.name, variable.value)
        }
        if !settings.contains(where: { $0.name == "HOME" }), !request.unset.contains("HOME") {
            set("HOME", account.home)
        }
        return settings.map { "\($0.name)=\($0.value)" }
    }
}

// MARK: - capabilities

extension Configuration {
    /// podman's eleven: what programs of images need that begin as root and drop to a user of their own.
    static let standardCapabilities: [StaticString] = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
        "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    /// The bounding set. Of the sets that were not named one by one, only what the host can give.
    static func bounding(_ request: ContainerRequest, _ premises: Premises) throws(UsageError) -> UInt64 {
        let added = request.addedCapabilities
        let dropped = request.droppedCapabilities
        if added.contains("ALL"), dropped.contains("ALL") {
            throw impossible("--cap-add ALL and --cap-drop ALL exclude each other")
        }
        if let both = added.first(where: { $0 != "ALL" && dropped.contains($0) }) {
            throw impossible("\(both) is both added and dropped")
        }
        let named = bits(added)
        if request.isPrivileged || added.contains("ALL") {
            return premises.capabilities & ~bits(dropped) | named
        }
        if dropped.contains("ALL") { return named }
        return bits(standardCapabilities.map(\.description)) & premises.capabilities & ~bits(dropped) | named
    }

    private static func bits(_ names: [String]) -> UInt64 {
        var bits: UInt64 = 0
        for (number, name) in Words.capabilities.enumerated() where names.contains(name.description) {
            bits |= 1 << UInt64(number)
        }
        return bits
    }

    /// The names of a set, sorted.
    static func names(of bits: UInt64) -> [String] {
        let names = Words.capabilities.enumerated().filter { bits >> UInt64($0.offset) & 1 == 1 }
        return names.map(\.element.description).sorted()
    }

    /// Root has what the bounding set has. Another user has what was asked for by name, and keeps it across
    /// execve(2).
    private func capabilitySets() -> JSONNode {
        let set = { (key: String, bits: UInt64) in
            JSONNode.Member(key, .strings(Configuration.names(of: bits)))
        }
        var members = [set("bounding", capabilities)]
        let isRoot = account.uid == 0
        let own = isRoot ? capabilities : Configuration.bits(request.addedCapabilities) & capabilities
        guard own != 0 else { return .object(members) }
        members.append(set("effective", own))
        members.append(set("permitted", own))
        if !isRoot {
            members.append(set("inheritable", own))
            members.append(set("ambient", own))
        }
        return .object(members)
    }
}
