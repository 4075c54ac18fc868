/// What a keeper must know of the container that it keeps: written by whoever starts it, never changed
/// afterwards but for the restart policy.
public struct Keeping: Sendable, Equatable {
    /// The container's id, which is also its id for the OCI verbs.
    public var id = ""
    /// The name that people gave it, for events; empty where it has none.
    public var name = ""
    /// The reference of its image, for events.
    public var image = ""
    /// The container's folder, absolute: an OCI bundle, in which the keeper writes `state.json`.
    public var folder = ""
    /// The link that takes its name, absolute; removed together with the folder. Empty where there is none.
    public var nameLink = ""
    /// `--root` of the OCI verbs, absolute.
    public var stateRoot = ""
    /// `--cgroup-manager` of the OCI verbs: cgroupfs, systemd or disabled.
    public var cgroupManager = "cgroupfs"
    /// Where every keeper has a folder with its socket, absolute: /run/docklock-keeper.
    public var socketRoot = ""
    /// The file to which events are appended, absolute; empty for none.
    public var events = ""
    /// Whether the container has a terminal; `process.terminal` of config.json says the same.
    public var tty = false
    /// Size of the terminal at the start; 0 leaves it as config.json has it.
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0
    /// `-i`: the container's stdin can be written to; otherwise it is /dev/null.
    public var openStdin = false
    /// Whether stdin ends when the first client that writes to it goes.
    public var stdinOnce = false
    /// `--rm`: the folder and the name go with the container.
    public var removes = false
    /// What `stop` sends.
    public var stopSignal: Int32 = 15
    /// Seconds after which `stop` kills; below zero is never.
    public var stopTimeout: Int64 = 10
    public var log = LogOptions()
    public var restart = RestartPolicy()
    public var health: HealthCheck?
    /// Until this one passes none of the others is made; nil where they begin at once.
    public var startup: HealthCheck?
    /// Whether it can serve now, beside `health`.
    public var readiness: HealthCheck?

    public init() {}

    /// The socket of this container's keeper.
    public var socket: String { socketRoot + "/" + id + "/attach" }
}

/// Where a container's output is kept.
public struct LogOptions: Sendable, Equatable {
    public enum Driver: String, Sendable, Equatable {
        /// Docker's: a JSON object a line.
        case jsonFile = "json-file"
        /// Kubernetes' CRI: time, stream, P or F, the line.
        case k8sFile = "k8s-file"
        case none
    }

    public var driver = Driver.jsonFile
    /// The current file, absolute; older ones have `.1`, `.2` ... after it.
    public var path = ""
    /// Bytes from which on a file is rotated; 0 is never.
    public var maxSize: Int64 = 0
    /// How many files there are, the current one too; with 1 it is emptied.
    public var maxFiles: Int64 = 1

    public init() {}
}
