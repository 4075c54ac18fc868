import JSON

/// `linux.resources`, as the specification words them; Cgroups turns them into files of v1 and v2.
public struct Resources: Sendable, Equatable {
    public var devices: [DeviceRule] = []
    public var memory: Memory?
    public var cpu: CPU?
    /// `pids.limit`; zero or less means no limit.
    public var pidsLimit: Int64?
    public var blockIO: BlockIO?
    public var hugepages: [Hugepage] = []
    public var network: Network?
    public var rdma: [Rdma] = []
    /// File name and content of cgroup v2, in the order of the file.
    public var unified: [Annotation] = []

    public init() {}

    /// A rule of the device list; nil numbers and kind `a` mean any.
    public struct DeviceRule: Sendable, Equatable {
        public var allow = false
        /// a, b or c.
        public var kind: UInt8 = 97
        public var major: Int64?
        public var minor: Int64?
        /// Some of r, w, m.
        public var access = "rwm"

        public init() {}
    }

    /// Bytes; -1 means no limit.
    public struct Memory: Sendable, Equatable {
        public var limit: Int64?
        public var reservation: Int64?
        public var swap: Int64?
        public var kernel: Int64?
        public var kernelTCP: Int64?
        public var swappiness: UInt64?
        public var disableOOMKiller: Bool?
        public var useHierarchy: Bool?
        public var checkBeforeUpdate: Bool?

        public init() {}
    }

    /// Times are microseconds.
    public struct CPU: Sendable, Equatable {
        public var shares: UInt64?
        public var quota: Int64?
        public var burst: UInt64?
        public var period: UInt64?
        public var realtimeRuntime: Int64?
        public var realtimePeriod: UInt64?
        public var cpus: String?
        public var mems: String?
        public var idle: Int64?

        public init() {}
    }

    public struct BlockIO: Sendable, Equatable {
        public var weight: UInt16?
        public var leafWeight: UInt16?
        public var weightDevices: [WeightDevice] = []
        public var readBps: [Throttle] = []
        public var writeBps: [Throttle] = []
        public var readIOPS: [Throttle] = []
        public var writeIOPS: [Throttle] = []

        public init() {}
    }

    public struct WeightDevice: Sendable, Equatable {
        public var major: Int64 = 0
        public var minor: Int64 = 0
        public var weight: UInt16?
        public var leafWeight: UInt16?

        public init() {}
    }

    public struct Throttle: Sendable, Equatable {
        public var major: Int64 = 0
        public var minor: Int64 = 0
        public var rate: UInt64 = 0

        public init() {}
    }

    public struct Hugepage: Sendable, Equatable {
        /// For example 2MB.
        public var pageSize = ""
        public var limit: UInt64 = 0

        public init() {}
    }

    public struct Network: Sendable, Equatable {
        public var classID: UInt32?
        public var priorities: [Priority] = []

        public init() {}
    }

    public struct Priority: Sendable, Equatable {
        public var name = ""
        public var priority: UInt32 = 0

        public init() {}
    }

    public struct Rdma: Sendable, Equatable {
        public var device = ""
        public var hcaHandles: UInt32?
        public var hcaObjects: UInt32?

        public init() {}
    }
}
