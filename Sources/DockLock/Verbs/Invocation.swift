import OCI

/// A command line, understood: what holds for every verb, and the verb with its own words.
public struct Invocation: Sendable, Equatable {
    public var globals: Globals
    public var verb: Verb

    public init(globals: Globals = Globals(), verb: Verb) {
        self.globals = globals
        self.verb = verb
    }
}

/// The options that stand before the verb.
public struct Globals: Sendable, Equatable {
    /// `--root`: where the states of containers are kept; nil where it was not given (`stateRoot`).
    public var root: String?
    /// `--log`; nil means standard error alone.
    public var log: LogTarget?
    public var logFormat: LogFormat = .text
    /// `--log-level`, and `--debug` as debug.
    public var logLevel: LogLevel = .warning
    /// `--cgroup-manager`, and `--systemd-cgroup` as systemd.
    public var cgroupManager: CgroupManager = .cgroupfs
    public var rootless: Rootless = .auto
    /// `--criu`: the program for checkpoint and restore.
    public var criu = "criu"

    public init() {}

    /// The directory of states: `--root`, or /run/docklock, or for a user who is not root
    /// docklock under `runtimeDirectory`, which is the value of XDG_RUNTIME_DIR.
    public func stateRoot(isRoot: Bool, runtimeDirectory: String?) -> String {
        if let root { return root }
        if !isRoot, let runtimeDirectory, !runtimeDirectory.isEmpty {
            return runtimeDirectory + "/docklock"
        }
        return "/run/docklock"
    }
}

/// Where messages go. `file:PATH` and a bare path are one.
public enum LogTarget: Sendable, Equatable {
    case file(String)
    case syslog(ident: String)
    case journald(ident: String)
}

public enum LogFormat: String, Sendable, Equatable { case text, json }

/// Weight of a message. `debug` shows all, `error` errors alone: a message is shown where its level
/// is not above the chosen one.
public enum LogLevel: Int, Sendable, Equatable, Comparable {
    case error, warning, info, debug

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }

    /// The word of both log formats.
    public var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .info: "info"
        case .debug: "debug"
        }
    }
}

public enum CgroupManager: String, Sendable, Equatable { case cgroupfs, systemd, disabled }

public enum Rootless: String, Sendable, Equatable { case auto, yes = "true", no = "false" }

/// The verbs. Every id has passed `ContainerID`, but for patterns (`isPattern`).
public enum Verb: Sendable, Equatable {
    case create(CreateOptions)
    case start(id: String)
    case run(CreateOptions)
    case state(id: String)
    case kill(KillOptions)
    case delete(DeleteOptions)
    case exec(ExecOptions)
    case ps(PsOptions)
    case list(ListOptions)
    case pause(id: String)
    case resume(id: String)
    case update(UpdateOptions)
    case events(EventsOptions)
    case spec(SpecOptions)
    case features
    case checkpoint(CheckpointOptions)
    case restore(RestoreOptions)
    /// Clears what killed verbs have left behind: of one container, or of all.
    case repair(id: String?)
    /// The text is `Usage.help(topic)`; nil is the overview.
    case help(topic: String?)
    case version
}

/// `table` is for people.
public enum OutputFormat: String, Sendable, Equatable { case table, json }
