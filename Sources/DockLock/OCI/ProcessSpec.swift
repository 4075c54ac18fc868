/// `process`: what runs in the container, and with which rights. `exec --process` reads the same.
public struct ProcessSpec: Sendable, Equatable {
    public var terminal = false
    public var consoleSize: ConsoleSize?
    public var user = User()
    public var args: [String] = []
    public var env: [String] = []
    public var cwd = ""
    public var capabilities: Capabilities?
    public var rlimits: [Rlimit] = []
    public var noNewPrivileges = false
    public var apparmorProfile: String?
    public var selinuxLabel: String?
    public var oomScoreAdj: Int?
    public var scheduler: Scheduler?
    public var ioPriority: IOPriority?
    public var execCPUAffinity: CPUAffinity?

    public init() {}
}

/// Characters of a terminal.
public struct ConsoleSize: Sendable, Equatable {
    public var height: UInt16
    public var width: UInt16

    public init(height: UInt16, width: UInt16) {
        self.height = height
        self.width = width
    }
}

/// `process.user`, as ids inside the container.
public struct User: Sendable, Equatable {
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    public var umask: UInt32?
    public var additionalGids: [UInt32] = []

    public init() {}
}

/// The five capability sets, as bit masks (bit n is capability number n). Names that the running
/// kernel does not know are collected in `unknown`, which the runtime warns of.
public struct Capabilities: Sendable, Equatable {
    public var bounding: UInt64 = 0
    public var effective: UInt64 = 0
    public var inheritable: UInt64 = 0
    public var permitted: UInt64 = 0
    public var ambient: UInt64 = 0
    public var unknown: [String] = []

    public init() {}
}

/// One resource limit; `resource` is the kernel's number (RLIMIT_CORE is 4).
public struct Rlimit: Sendable, Equatable {
    public var resource: Int
    public var name: String
    public var soft: UInt64
    public var hard: UInt64

    public init(resource: Int, name: String, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// `process.scheduler` for sched_setattr(2); policy and flags are the kernel's numbers. Times are
/// nanoseconds.
public struct Scheduler: Sendable, Equatable {
    public var policy: UInt32 = 0
    public var nice: Int32 = 0
    public var priority: UInt32 = 0
    public var flags: UInt64 = 0
    public var runtime: UInt64 = 0
    public var deadline: UInt64 = 0
    public var period: UInt64 = 0

    public init() {}
}

/// `process.ioPriority` for ioprio_set(2): class 1 real-time, 2 best-effort, 3 idle.
public struct IOPriority: Sendable, Equatable {
    public var ioClass: UInt32
    public var priority: UInt32

    public init(ioClass: UInt32, priority: UInt32) {
        self.ioClass = ioClass
        self.priority = priority
    }
}

/// `process.execCPUAffinity`: CPU numbers, before and after the move into the container's cgroup.
public struct CPUAffinity: Sendable, Equatable {
    public var initial: [UInt32]?
    public var final: [UInt32]?

    public init(initial: [UInt32]?, final: [UInt32]?) {
        self.initial = initial
        self.final = final
    }
}
