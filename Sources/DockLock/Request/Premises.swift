import OCI

/// What a container's configuration needs to know of the host: all of it is read before, so that the
/// configuration is a pure function.
public struct Premises: Sendable {
    /// The container's full id.
    public var id = ""
    /// The root filesystem, relative to the bundle or absolute.
    public var root = "rootfs"
    /// What is laid over it by overlayfs; nil where it is a tree of its own.
    public var layers: Layers?
    /// `linux.cgroupsPath`.
    public var cgroupsPath: String?
    /// Where relative sources of mounts start from.
    public var workingDirectory = "/"
    /// Whether the runtime is not root in the host's user namespace.
    public var isRootless = false
    /// False where cgroups cannot be had: then nothing is limited that nobody asked to limit.
    public var canLimit = true
    /// Whether swap can be limited.
    public var limitsSwap = true
    /// Capabilities that a container can be given, as bits.
    public var capabilities: UInt64 = (1 << 41) - 1
    /// Limits that containers have without `--ulimit`.
    public var rlimits: [Rlimit] = []
    /// Variables of who asks.
    public var environment: [Setting] = []
    /// The name of the host, or of the container whose uts namespace is joined.
    public var hostname: String?

    /// `/etc/passwd` and `/etc/group` of the image.
    public var passwd: [UInt8] = []
    public var group: [UInt8] = []
    /// Files of the host's that the container sees as /etc/hosts, /etc/resolv.conf and /etc/hostname.
    public var hosts: String?
    public var resolver: String?
    public var hostnameFile: String?
    /// The static program of `--init`.
    public var initProgram: String?
    /// The file of `--tz`.
    public var timeZone: String?
    /// The content of the file of `--security-opt seccomp=FILE`.
    public var seccomp: [UInt8]?

    /// Directories of volumes by name, and by `NAME/SUBPATH` what a subpath leads to, found without leaving
    /// the volume.
    public var volumes: [String: String] = [:]
    /// Trees of the images that are mounted, by the reference in the request.
    public var images: [String: String] = [:]
    /// A directory of /dev/shm that containers share; nil for one of its own.
    public var sharedMemory: String?
    /// What `--device` gives, directories taken apart; with `--privileged` all that the host has.
    public var devices: [HostDevice] = []
    /// The numbers of block devices that limits name.
    public var blockDevices: [String: (major: Int64, minor: Int64)] = [:]

    /// Files of the namespaces to join: of other containers, and of a network that was made before.
    public var namespaces: [NamespaceKind: String] = [:]
    /// Ids of the container's user namespace, where it gets one and no flag says which.
    public var uidMap: [IDMapping] = []
    public var gidMap: [IDMapping] = []

    public init() {}

    /// An image's layers with a container's own on top.
    public struct Layers: Sendable {
        /// The directory that the names are in, absolute.
        public var folder: String
        /// The topmost first.
        public var names: [String]
        public var upper: String
        public var work: String

        public init(folder: String, names: [String], upper: String, work: String) {
            self.folder = folder
            self.names = names
            self.upper = upper
            self.work = work
        }
    }
}

/// A device node of the host's, as the container is to have it.
public struct HostDevice: Sendable, Equatable {
    /// In the container.
    public var path: String
    /// b or c.
    public var kind: UInt8
    public var major: UInt32
    public var minor: UInt32
    /// Permission bits.
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
    /// Some of r, w, m.
    public var access: String

    public init(
        path: String, kind: UInt8, major: UInt32, minor: UInt32, mode: UInt32 = 0o666, uid: UInt32 = 0,
        gid: UInt32 = 0, access: String = "rwm"
    ) {
        self.path = path
        self.kind = kind
        self.major = major
        self.minor = minor
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.access = access
    }
}
