import OCI

/// What `create` and `run` take. `detach` and `keep` are run's alone.
public struct CreateOptions: Sendable, Equatable {
    public var id = ""
    public var bundle = "."
    /// `--config`: the file of the configuration, relative to the working directory (not the bundle);
    /// nil is config.json in the bundle.
    public var config: String?
    public var consoleSocket: String?
    public var pidFile: String?
    /// Descriptors after stdio, and after those of $LISTEN_FDS, that the container keeps.
    public var preserveFDs = 0
    public var noPivot = false
    public var noNewKeyring = false
    public var noSubreaper = false
    public var detach = false
    public var keep = false

    public init() {}
}

public struct KillOptions: Sendable, Equatable {
    public var id = ""
    /// `--regex`: the id is an extended regular expression (`Pattern`).
    public var isPattern = false
    /// `--all`: every process of the container, not only the first.
    public var all = false
    /// The kernel's number; SIGTERM where none was given.
    public var signal: Int32 = 15

    public init() {}
}

public struct DeleteOptions: Sendable, Equatable {
    public var id = ""
    /// `--regex`: the id is an extended regular expression (`Pattern`).
    public var isPattern = false
    public var force = false

    public init() {}
}

/// What `exec` takes: a file of `--process`, or arguments and what changes in the container's own process.
public struct ExecOptions: Sendable, Equatable {
    public var id = ""
    /// Empty if and only if `processFile` is given.
    public var args: [String] = []
    /// `--process`: a JSON file of the form of `ProcessSpec`.
    public var processFile: String?
    public var consoleSocket: String?
    public var pidFile: String?
    public var cwd: String?
    /// `NAME=value`, in the order given.
    public var env: [String] = []
    public var tty = false
    public var user: UserSpec?
    public var additionalGids: [UInt32] = []
    public var detach = false
    public var processLabel: String?
    public var apparmor: String?
    public var noNewPrivileges = false
    /// Names, in the order given (`CAP_NET_ADMIN`).
    public var capabilities: [String] = []
    public var preserveFDs = 0
    /// Sub-cgroups of the container's own, one an entry, all controllers where none is named.
    public var cgroups: [SubCgroup] = []
    public var ignorePaused = false

    public init() {}
}

/// `--cgroup [CONTROLLER[,CONTROLLER]:]PATH`.
public struct SubCgroup: Sendable, Equatable {
    public var controllers: [String]
    public var path: String

    public init(controllers: [String], path: String) {
        self.controllers = controllers
        self.path = path
    }
}

/// `UID[:GID]`.
public struct UserSpec: Sendable, Equatable {
    public var uid: UInt32
    public var gid: UInt32?

    public init(uid: UInt32, gid: UInt32?) {
        self.uid = uid
        self.gid = gid
    }
}

public struct PsOptions: Sendable, Equatable {
    public var id = ""
    public var format: OutputFormat = .table
    /// Arguments for ps(1), as after `--`; empty means -ef.
    public var psArgs: [String] = []

    public init() {}
}

public struct ListOptions: Sendable, Equatable {
    public var format: OutputFormat = .table
    /// Ids alone.
    public var quiet = false

    public init() {}
}

/// What `update` takes. A file of `--resources` stands alone: the flags beside it are ignored, as in runc.
public struct UpdateOptions: Sendable, Equatable {
    public var id = ""
    /// JSON of the form of `Resources`; `-` is standard input.
    public var resourcesFile: String?
    /// Only what the flags named is set.
    public var resources = Resources()
    public var l3CacheSchema: String?
    public var memBwSchema: String?

    public init() {}
}

public struct EventsOptions: Sendable, Equatable {
    public var id = ""
    /// Nanoseconds between two reports; always above zero.
    public var interval: Int64 = 5_000_000_000
    /// One report, then the end.
    public var statsOnly = false

    public init() {}
}

public struct SpecOptions: Sendable, Equatable {
    public var bundle = "."
    /// The file to write, relative to the bundle if not absolute.
    public var file = "config.json"
    public var rootless = false

    public init() {}
}
