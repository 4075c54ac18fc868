/// `linux`: the part of the configuration that only Linux knows.
public struct Linux: Sendable {
    public var uidMappings: [IDMapping] = []
    public var gidMappings: [IDMapping] = []
    /// Name and value, in the order of the file.
    public var sysctl: [Annotation] = []
    public var resources: Resources?
    public var cgroupsPath: String?
    public var namespaces: [Namespace] = []
    public var devices: [Device] = []
    public var netDevices: [NetDevice] = []
    public var seccomp: SeccompSource?
    /// Propagation of the root: shared, slave, private or unbindable, with r for recursive.
    public var rootfsPropagation: String?
    public var maskedPaths: [String] = []
    public var readonlyPaths: [String] = []
    public var mountLabel: String?
    public var intelRdt: IntelRdt?
    /// The kernel's personality(2) number: 0 for LINUX, 8 for LINUX32.
    public var personality: UInt32?
    public var timeOffsets: [TimeOffset] = []
    public var memoryPolicy: MemoryPolicy?

    public init() {}
}

/// The eight kinds of namespaces.
public enum NamespaceKind: String, Sendable, CaseIterable {
    case user, mount, pid, network, ipc, uts, cgroup, time

    /// The CLONE_NEW* bit of clone(2).
    public var flag: UInt64 {
        switch self {
        case .user: 0x1000_0000
        case .mount: 0x0002_0000
        case .pid: 0x2000_0000
        case .network: 0x4000_0000
        case .ipc: 0x0800_0000
        case .uts: 0x0400_0000
        case .cgroup: 0x0200_0000
        case .time: 0x0000_0080
        }
    }

    /// The name under /proc/PID/ns.
    public var file: String {
        switch self {
        case .mount: "mnt"
        case .network: "net"
        default: rawValue
        }
    }
}

/// A namespace to make, or, with a path, to join.
public struct Namespace: Sendable, Equatable {
    public var kind: NamespaceKind
    public var path: String?

    public init(kind: NamespaceKind, path: String? = nil) {
        self.kind = kind
        self.path = path
    }
}

/// A device node to make. `kind` is b, c, u or p.
public struct Device: Sendable, Equatable {
    public var path = ""
    public var kind: UInt8 = 0
    public var major: UInt32 = 0
    public var minor: UInt32 = 0
    /// Permission bits; absent means 0666.
    public var fileMode: UInt32?
    public var uid: UInt32?
    public var gid: UInt32?

    public init() {}
}

/// A network device of the host's to move into the container, and its name there.
public struct NetDevice: Sendable, Equatable {
    public var hostName: String
    public var name: String

    public init(hostName: String, name: String) {
        self.hostName = hostName
        self.name = name
    }
}

/// `linux.intelRdt`: a class of the resctrl filesystem.
public struct IntelRdt: Sendable, Equatable {
    public var closID: String?
    public var l3CacheSchema: String?
    public var memBwSchema: String?
    public var schemata: [String] = []
    public var enableMonitoring = false

    public init() {}
}

/// Offset of a clock of a new time namespace. `clock` is the kernel's number (1 monotonic, 7 boottime).
public struct TimeOffset: Sendable, Equatable {
    public var clock: Int32
    public var seconds: Int64
    public var nanoseconds: UInt32

    public init(clock: Int32, seconds: Int64, nanoseconds: UInt32) {
        self.clock = clock
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// `linux.memoryPolicy` for set_mempolicy(2): mode with its flags as the kernel's number, and node numbers.
public struct MemoryPolicy: Sendable, Equatable {
    public var mode: UInt32
    public var nodes: [UInt32]

    public init(mode: UInt32, nodes: [UInt32]) {
        self.mode = mode
        self.nodes = nodes
    }
}
