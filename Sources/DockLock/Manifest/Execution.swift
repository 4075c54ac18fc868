import JSON

/// The `config` member of an image's configuration: the defaults of its containers.
public struct Execution: Sendable, Equatable {
    /// `user[:group]`, names or numbers; empty for root.
    public var user = ""
    /// `80/tcp`.
    public var exposedPorts: [String] = []
    /// `NAME=value`.
    public var env: [String] = []
    /// nil where the image has none, which is not the same as an empty one.
    public var entrypoint: [String]?
    public var cmd: [String]?
    /// Paths that get a volume of their own.
    public var volumes: [String] = []
    public var workingDir = ""
    public var labels: [Pair] = []
    public var stopSignal = ""
    public var healthcheck: Healthcheck?
    /// The shell of shell forms; empty for `/bin/sh -c`.
    public var shell: [String] = []
    public var onBuild: [String] = []

    /// Docker's addition; the times are nanoseconds, 0 for the default.
    public struct Healthcheck: Sendable, Equatable {
        /// `["NONE"]`, `["CMD", ...]` or `["CMD-SHELL", command]`.
        public var test: [String]
        public var intervalNanos: Int64 = 0
        public var timeoutNanos: Int64 = 0
        public var startPeriodNanos: Int64 = 0
        public var startIntervalNanos: Int64 = 0
        public var retries: Int64 = 0

        public init(test: [String]) { self.test = test }
    }

    public init() {}

    init(_ json: JSON) throws(ManifestError) {
        try json.requireObject()
        user = try json.text("User") ?? ""
        exposedPorts = try json.names("ExposedPorts") ?? []
        env = try json.texts("Env") ?? []
        entrypoint = try json.words("Entrypoint")
        cmd = try json.words("Cmd")
        volumes = try json.names("Volumes") ?? []
        workingDir = try json.text("WorkingDir") ?? ""
        labels = try json.pairs("Labels") ?? []
        stopSignal = try json.text("StopSignal") ?? ""
        healthcheck = try json.member("Healthcheck") { (value) throws(ManifestError) in
            try Healthcheck(value)
        }
        shell = try json.texts("Shell") ?? []
        onBuild = try json.texts("OnBuild") ?? []
    }

    /// The document; members that say nothing are left out. Sets and labels are sorted, as Go writes them.
    public var node: JSONNode {
        var members: [JSONNode.Member] = []
        func add(_ key: String, _ isGiven: Bool, _ node: @autoclosure () -> JSONNode) {
            if isGiven { members.append(.init(key, node())) }
        }
        func set(_ names: [String]) -> JSONNode { .object(names.sorted().map { .init($0, .object([])) }) }
        add("User", !user.isEmpty, .string(user))
        add("ExposedPorts", !exposedPorts.isEmpty, set(exposedPorts))
        add("Env", !env.isEmpty, .strings(env))
        add("Entrypoint", entrypoint != nil, .strings(entrypoint ?? []))
        add("Cmd", cmd != nil, .strings(cmd ?? []))
        add("Healthcheck", healthcheck != nil, healthcheck?.node ?? .null)
        add("Volumes", !volumes.isEmpty, set(volumes))
        add("WorkingDir", !workingDir.isEmpty, .string(workingDir))
        add("Labels", !labels.isEmpty, labels.sorted { $0.key < $1.key }.node)
        add("StopSignal", !stopSignal.isEmpty, .string(stopSignal))
        add("Shell", !shell.isEmpty, .strings(shell))
        add("OnBuild", !onBuild.isEmpty, .strings(onBuild))
        return .object(members)
    }
}

extension Execution.Healthcheck {
    init(_ json: JSON) throws(ManifestError) {
        try json.requireObject()
        self.init(test: try json.texts("Test") ?? [])
        intervalNanos = try json.number("Interval") ?? 0
        timeoutNanos = try json.number("Timeout") ?? 0
        startPeriodNanos = try json.number("StartPeriod") ?? 0
        startIntervalNanos = try json.number("StartInterval") ?? 0
        retries = try json.number("Retries") ?? 0
    }

    var node: JSONNode {
        var members: [JSONNode.Member] = []
        if !test.isEmpty { members.append(.init("Test", .strings(test))) }
        for (key, number) in [
            ("Interval", intervalNanos), ("Timeout", timeoutNanos), ("StartPeriod", startPeriodNanos),
            ("StartInterval", startIntervalNanos), ("Retries", retries),
        ] where number != 0 {
            members.append(.init(key, .int(number)))
        }
        return .object(members)
    }
}

extension JSON {
    /// A command line: a list of words, or, as Docker's own reader has it, one word.
    fileprivate func words(_ key: StaticString) throws(ManifestError) -> [String]? {
        if let word = self[key], word.kind == .string { return [try text(key) ?? ""] }
        return try texts(key)
    }
}
