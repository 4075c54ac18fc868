import OCI

/// What a plan must know that the configuration doesn't say: the host, the bundle, the command line.
/// All of it is read before planning, so that a plan is a pure function.
public struct Surroundings: Sendable {
    /// Absolute path of the root filesystem, its links followed.
    public var rootfs = ""
    /// Absolute path of the bundle, which relative sources of mounts start from.
    public var bundle = ""
    /// Whether the runtime is root in the host's user namespace.
    public var isPrivileged = true
    /// The user's own ids, for maps made without privilege.
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    /// The container's place in every hierarchy that the host mounts.
    public var cgroupTrees: [CgroupTree] = []
    /// Files of v1 that the child writes "0" to.
    public var cgroupFiles: [String] = []
    /// Descriptors after stdio that the container keeps.
    public var preserved = 0
    public var noPivot = false
    /// nil where the container keeps the caller's keyring.
    public var keyring: String?
    /// Whether a console socket was given; without one the terminal goes to the parent.
    public var hasConsoleSocket = false
    /// Whether the container waits on its fifo, as after `create`; `run` starts it by its answer.
    public var waits = true
    public var hasKcore = true
    /// Whether the parent must be asked before the child goes on as a member of its cgroups: where it joins
    /// files of v1 itself, or where systemd moves it.
    public var asksForCgroups = false
    /// Whether the kernel has SELinux, and it is on.
    public var hasSELinux = false
    /// The first process of the container that `exec` enters.
    public var initPid: Int32 = 0

    public init() {}

    /// One hierarchy for the mount type `cgroup`.
    public struct CgroupTree: Sendable, Equatable {
        /// Name below /sys/fs/cgroup; empty where the hierarchy is mounted there itself.
        public var name: String
        /// Options of a v1 mount (`cpu,cpuacct` or `name=systemd`); nil for v2.
        public var options: String?
        /// The container's own directory.
        public var directory: String
        /// Names of single controllers that lead to a hierarchy of several.
        public var links: [String]

        public init(name: String, options: String?, directory: String, links: [String] = []) {
            self.name = name
            self.options = options
            self.directory = directory
            self.links = links
        }
    }
}

/// The seccomp filter, compiled.
public struct PlannedFilter: Sendable {
    public var program: [UInt8]
    public var flags: UInt32
    public var notifies: Bool

    public init(program: [UInt8], flags: UInt32, notifies: Bool) {
        self.program = program
        self.flags = flags
        self.notifies = notifies
    }
}
