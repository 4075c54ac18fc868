import OCI

/// A person's command line, understood. Containers are named as they were written: a name, an id or the
/// beginning of one.
public enum UserVerb: Sendable, Equatable {
    case run(ContainerRequest)
    case create(ContainerRequest)
    case start(StartRequest)
    case attach(StartRequest)
    case stop(StopRequest)
    case restart(StopRequest)
    case kill(StopRequest)
    case pause(StopRequest)
    case unpause(StopRequest)
    case wait(WaitRequest)
    case remove(RemoveRequest)
    case list(ContainerListRequest)
    case logs(LogsRequest)
    case exec(UserExecRequest)
    case stats(LookRequest)
    case top(LookRequest)
    case port(LookRequest)
    case inspect(LookRequest)
    case diff(LookRequest)
    case events(LookRequest)
    case copy(CopyRequest)
    case rename(container: String, name: String)
    /// New limits and policy of containers.
    case update(containers: [String], ResourceRequest, RestartPolicy?)
    case prune(PruneRequest)
    case volume(VolumeRequest)
    case network(NetworkVerbRequest)
    /// The text is `UserLine.help(topic)`.
    case help(topic: String)
}

/// What `start` and `attach` take.
public struct StartRequest: Sendable, Equatable {
    public var containers: [String] = []
    public var attaches = false
    public var isInteractive = false
    /// False where `attach --no-stdin` was asked for.
    public var hasInput = true
    public var proxiesSignals = true
    public var detachKeys: [UInt8]?
    public var all = false

    public init() {}
}

/// What `stop`, `restart`, `kill`, `pause` and `unpause` take.
public struct StopRequest: Sendable, Equatable {
    public var containers: [String] = []
    public var all = false
    public var ignoresMissing = false
    /// nil is the container's own, or SIGKILL of kill.
    public var signal: Int32?
    /// Seconds until it is killed; -1 waits for ever, nil is the container's own.
    public var timeout: Int?

    public init() {}
}

public struct WaitRequest: Sendable, Equatable {
    public enum Condition: String, Sendable, Equatable {
        case created, configured, running, stopped, paused, exited, removing, stopping, unknown, healthy,
            removed
    }

    public var containers: [String] = []
    public var condition = Condition.stopped
    public var ignoresMissing = false

    public init() {}
}

public struct RemoveRequest: Sendable, Equatable {
    public var containers: [String] = []
    public var all = false
    public var force = false
    public var volumes = false
    public var ignoresMissing = false
    /// Seconds between SIGTERM and SIGKILL of `--force`.
    public var timeout: Int?

    public init() {}
}

/// What `container prune` takes.
public struct PruneRequest: Sendable, Equatable {
    /// Without asking.
    public var force = false
    public var filters: [Setting] = []

    public init() {}
}

public struct UserExecRequest: Sendable, Equatable {
    public var container = ""
    public var command: [String] = []
    public var isDetached = false
    public var isInteractive = false
    public var hasTerminal = false
    public var isPrivileged = false
    public var detachKeys: [UInt8]?
    public var environment: [EnvironmentEntry] = []
    public var environmentFiles: [String] = []
    public var user: String?
    public var workingDirectory: String?
    public var preservedDescriptors = 0

    public init() {}
}

/// What `ps` lists, and how.
public struct ContainerListRequest: Sendable, Equatable {
    public var all = false
    public var filters: [Setting] = []
    public var format: String?
    /// The newest so many.
    public var last: Int?
    public var isUntruncated = false
    public var isQuiet = false
    public var hasSize = false
    public var hasHeading = true
    public var sort: String?

    public init() {}
}

public struct LogsRequest: Sendable, Equatable {
    public var containers: [String] = []
    public var follows = false
    public var since: TimePoint?
    public var until: TimePoint?
    /// Lines from the end; nil is all.
    public var tail: Int?
    public var hasTimestamps = false
    public var hasDetails = false
    public var hasNames = false

    public init() {}
}

/// What the verbs that only look take: stats, top, port, inspect, diff, events.
public struct LookRequest: Sendable, Equatable {
    public var subjects: [String] = []
    public var format: String?
    /// inspect: container, image, volume, network; nil for whichever there is.
    public var type: String?
    public var hasSize = false
    public var all = false
    public var isUntruncated = false
    /// stats: once, and no more.
    public var isOnce = false
    /// stats: seconds between two.
    public var interval = 5
    public var filters: [Setting] = []
    public var since: TimePoint?
    public var until: TimePoint?
    /// events: whether to wait for more.
    public var streams = true
    /// top: what follows the container; port: the port.
    public var rest: [String] = []

    public init() {}
}

public struct CopyRequest: Sendable, Equatable {
    public enum End: Sendable, Equatable {
        case host(String)
        /// Standard input or output, as a tar archive.
        case stream
        case container(String, path: String)
    }

    public var source = End.stream
    public var destination = End.stream
    /// Keep users and groups.
    public var isArchive = false
    public var followsLinks = false
    /// A directory may take a file's place, and the other way round.
    public var overwrites = false

    public init() {}
}

public struct VolumeRequest: Sendable, Equatable {
    public enum Action: String, Sendable, Equatable, CaseIterable {
        case create, list = "ls", remove = "rm", inspect, prune, exists
    }

    public var action = Action.list
    public var names: [String] = []
    public var driver: String?
    public var labels: [Setting] = []
    public var options: [Setting] = []
    public var filters: [Setting] = []
    public var format: String?
    public var isQuiet = false
    public var force = false
    public var all = false

    public init() {}
}
