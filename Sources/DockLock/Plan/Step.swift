/// What the child does between clone and exec, one system call's worth at a time. The numbers are those
/// of CKernel's `enum dl_op`, which says what the members of a step mean to each.
public enum Operation: UInt32, Sendable, CaseIterable {
    case setsid = 1
    case join, unshare, fork, ask, enter, become, hostname, domainname, loopback
    case keyring, propagate, root, mount, bind, directory, symlink, device, console, pivot
    case attributes, mask, readonly, sysctl, put, rlimit, scheduler, ioprio, affinity, personality
    case mempolicy, umask, bounding, user, capabilities, noNewPrivileges, filter, cwd, home, resolve
    case hook, wait, close, exec, chroot, `super`, label
}

/// Points at which the child waits for the parent's go.
public enum Phase: UInt64, Sendable {
    /// The cgroups of v1 must stand before the child enters them.
    case cgroups = 1
    /// The child has its user namespace; the parent writes the maps.
    case maps = 2
    /// All is mounted: prestart and createRuntime hooks, network devices. Answered with the state.
    case mounted = 3
    /// Answered with the socket of the seccomp agent and what is sent to it.
    case agent = 4
    /// Nothing is left but to start. Answered with the state of a created container.
    case ready = 5
}

/// Where the descriptors of an answer are kept (CKernel's slots). `none` expects none.
public enum Slot: Int32, Sendable {
    case creating = 0
    case created = 1
    case agent = 2
    case payload = 3
    case none = 8
}

/// One step. `need` is an index into the plan's needs, for the descriptor that the parent opens.
public struct Step: Sendable, Equatable {
    public var operation: Operation
    public var need: Int32 = -1
    public var n0: UInt64 = 0
    public var n1: UInt64 = 0
    public var n2: UInt64 = 0
    public var n3: UInt64 = 0
    public var n4: UInt64 = 0
    public var s0: String?
    public var s1: String?
    public var s2: String?
    public var s3: String?
    /// Bytes in the place of `s0`; `count` says how many of what.
    public var data: [UInt8] = []
    /// Lists in the places of `s0` (exec) or `s1` (hook), and the one after it.
    public var first: [String] = []
    public var second: [String] = []
    public var count: UInt32 = 0
    /// A slot of the walker.
    public var slot: Int32 = -1

    public init(_ operation: Operation) { self.operation = operation }

    public init(_ operation: Operation, _ text: String, n0: UInt64 = 0) {
        self.operation = operation
        s0 = text
        self.n0 = n0
    }

    public init(_ operation: Operation, n0: UInt64, n1: UInt64 = 0, n2: UInt64 = 0) {
        self.operation = operation
        self.n0 = n0
        self.n1 = n1
        self.n2 = n2
    }

    static func ask(_ phase: Phase, _ slot: Slot = .none) -> Step {
        Step(.ask, n0: phase.rawValue, n1: UInt64(slot.rawValue))
    }
}

/// A descriptor that the parent opens before it clones, since the child could not, or not safely.
public enum Need: Sendable, Equatable {
    /// A namespace to join.
    case namespace(path: String)
    /// A detached copy of a mount, with ids mapped where `map` says so.
    case tree(path: String, recursive: Bool, nofollow: Bool, map: Map?, mapsBelow: Bool)
    /// The fifo on which a created container waits.
    case fifo
    /// The socket that the terminal goes to.
    case console
    /// The running container's first process.
    case initProcess
    /// Its root directory.
    case initRoot(pid: Int32)

    /// Where an idmapped mount has its maps from.
    public enum Map: Sendable, Equatable {
        /// The lines of uid_map and gid_map.
        case ids(uid: String, gid: String)
        /// A user namespace.
        case namespace(path: String)
    }
}
