import OCI
import Verbs

/// What `run` and `create` ask for: one container of an image. Paths of the host are as they were written,
/// relative ones to the working directory of who asks.
public struct ContainerRequest: Sendable, Equatable {
    /// A reference or an id; with `--rootfs` a directory.
    public var image = ""
    /// Words after the image; empty means the image's own command.
    public var command: [String] = []
    /// `--entrypoint`: nil is the image's, empty is none.
    public var entrypoint: [String]?

    // The container as a thing that people handle.
    public var name: String?
    public var replacesNamed = false
    public var removesAtEnd = false
    public var isDetached = false
    public var isInteractive = false
    public var hasTerminal = false
    /// `--attach`; empty means all that make sense.
    public var attached: [StandardStream] = []
    public var proxiesSignals = true
    /// `--detach-keys` as bytes of the terminal; nil where not given, empty for none.
    public var detachKeys: [UInt8]?
    public var labels: [Setting] = []
    public var labelFiles: [String] = []
    public var annotations: [Setting] = []
    public var cidFile: String?
    public var pidFile: String?
    public var restart = RestartPolicy.no
    public var stopSignal: Int32?
    /// Seconds; -1 waits for ever.
    public var stopTimeout: Int?
    /// `--timeout`: seconds after which it is killed.
    public var timeout: Int?
    public var health = HealthRequest()
    public var logDriver: String?
    public var logOptions: [Setting] = []
    public var pull = PullPolicy.missing
    public var platform: String?
    public var isQuiet = false
    public var isRootDirectory = false
    public var pod: String?

    // Its process.
    public var environment: [EnvironmentEntry] = []
    public var environmentFiles: [String] = []
    public var inheritsEnvironment = false
    public var unset: [String] = []
    public var unsetsAll = false
    public var workingDirectory: String?
    /// `--user`, unresolved.
    public var user: String?
    public var groups: [String] = []
    public var hasInit = false
    public var umask: UInt32?
    public var oomScoreAdjustment: Int?
    /// Limits by name, with numbers of the kernel.
    public var limits: [Rlimit] = []
    public var preservedDescriptors = 0
    public var personality: String?
    public var timeZone: String?

    // Its files.
    public var mounts: [MountRequest] = []
    public var volumesFrom: [VolumesFrom] = []
    public var isReadOnly = false
    /// `--read-only-tmpfs`.
    public var hasScratch = true
    /// Bytes of /dev/shm; nil for the default of 64 MiB.
    public var sharedMemory: Int64?
    public var devices: [DeviceRequest] = []
    public var deviceRules: [Resources.DeviceRule] = []
    public var imageVolumes = ImageVolumes.bind

    // Its network.
    public var networks: [NetworkRequest] = []
    public var ports: [PortPublication] = []
    public var publishesAll = false
    public var exposed: [ExposedPort] = []
    public var hostname: String?
    public var domainname: String?
    public var hosts: [HostEntry] = []
    public var hasHosts = true
    public var dns: [String] = []
    public var dnsSearch: [String] = []
    public var dnsOptions: [String] = []

    // Its walls.
    public var namespaces = NamespaceRequests()
    public var uidMap: [IDMapping] = []
    public var gidMap: [IDMapping] = []
    public var addedCapabilities: [String] = []
    public var droppedCapabilities: [String] = []
    public var isPrivileged = false
    public var security = SecurityRequest()
    public var sysctls: [Setting] = []
    public var resources = ResourceRequest()

    public init() {}
}

/// A name and its value.
public struct Setting: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

public enum StandardStream: String, Sendable, Equatable { case stdin, stdout, stderr }

public enum PullPolicy: String, Sendable, Equatable { case always, missing, never, newer }

/// `--image-volume`: what becomes of the volumes that an image names.
public enum ImageVolumes: String, Sendable, Equatable { case bind, tmpfs, ignore }

/// When an ended container is started again.
public enum RestartPolicy: Sendable, Equatable {
    case no
    case always
    case unlessStopped
    /// After a status that is not zero; at most so many times, nil without an end.
    case onFailure(most: Int?)
}

/// One `--volumes-from`.
public struct VolumesFrom: Sendable, Equatable {
    public var container: String
    public var isReadOnly: Bool

    public init(container: String, isReadOnly: Bool) {
        self.container = container
        self.isReadOnly = isReadOnly
    }
}

/// One `--device`: a node or a directory of nodes of the host's.
public struct DeviceRequest: Sendable, Equatable {
    public var host: String
    public var container: String
    /// Some of r, w, m.
    public var access: String

    public init(host: String, container: String, access: String) {
        self.host = host
        self.container = container
        self.access = access
    }
}

/// One `--add-host`. `address` is an IP address or `host-gateway`.
public struct HostEntry: Sendable, Equatable {
    public var name: String
    public var address: String

    public init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}

/// `--health-*`. Times are nanoseconds; nil means what the image says.
public struct HealthRequest: Sendable, Equatable {
    /// `--no-healthcheck`, or the command `none`.
    public var isOff = false
    /// In Dockerfile's form: `CMD` and arguments, or `CMD-SHELL` and one text.
    public var test: [String]?
    public var interval: Int64?
    public var timeout: Int64?
    public var startPeriod: Int64?
    public var startInterval: Int64?
    public var retries: Int?
    public var onFailure = HealthAction.none

    public init() {}
}

/// What is done to a container that turned unhealthy.
public enum HealthAction: String, Sendable, Equatable { case none, kill, restart, stop }

/// `--security-opt`, taken apart.
public struct SecurityRequest: Sendable, Equatable {
    public var noNewPrivileges = false
    public var seccomp = SeccompChoice.standard
    public var apparmor: String?
    /// The SELinux options of `label=`: `disable`, `type:...`, in order.
    public var labels: [String] = []
    public var masked: [String] = []
    /// `ALL`, or paths that are neither masked nor read-only.
    public var unmasked: [String] = []

    public init() {}
}

public enum SeccompChoice: Sendable, Equatable {
    /// The default profile.
    case standard
    case unconfined
    /// A file of the host's, docker's form or `linux.seccomp`'s.
    case file(String)
}
