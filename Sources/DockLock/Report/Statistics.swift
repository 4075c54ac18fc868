/// What a container's cgroup has counted: the `data` of a `stats` event, with runc's members.
/// A counter that the host does not keep stays zero or empty.
public struct Statistics: Sendable, Equatable {
    public var cpu = CPU()
    public var cpuset = CPUSet()
    public var memory = Memory()
    public var pids = PIDs()
    public var blkio = BlockIO()
    /// One a page size, for example "2MB".
    public var hugetlb: [Hugetlb] = []

    public init() {}

    /// Processor time, all in nanoseconds.
    public struct CPU: Sendable, Equatable {
        public var total: UInt64 = 0
        public var kernel: UInt64 = 0
        public var user: UInt64 = 0
        /// Per processor, v1 only.
        public var perCPU: [UInt64] = []
        public var perCPUKernel: [UInt64] = []
        public var perCPUUser: [UInt64] = []
        /// Enforcement periods so far, those in which the cgroup was throttled, and nanoseconds of it.
        public var periods: UInt64 = 0
        public var throttledPeriods: UInt64 = 0
        public var throttledTime: UInt64 = 0
        public var pressure: Pressure?

        public init() {}
    }

    /// The v1 controller cpuset; on v2 only the two lists.
    public struct CPUSet: Sendable, Equatable {
        public var cpus: [UInt32] = []
        public var mems: [UInt32] = []
        public var cpuExclusive: UInt64 = 0
        public var memHardwall: UInt64 = 0
        public var memExclusive: UInt64 = 0
        public var memoryMigrate: UInt64 = 0
        public var memorySpreadPage: UInt64 = 0
        public var memorySpreadSlab: UInt64 = 0
        public var memoryPressure: UInt64 = 0
        public var schedLoadBalance: UInt64 = 0
        public var schedRelaxDomainLevel: Int64 = 0

        public init() {}
    }

    /// One kind of memory, in bytes. No limit is the largest number the host prints for it
    /// (v1) or `UInt64.max` (v2's "max").
    public struct MemoryEntry: Sendable, Equatable {
        public var limit: UInt64 = 0
        public var usage: UInt64 = 0
        /// The highest usage so far.
        public var max: UInt64 = 0
        public var failcnt: UInt64 = 0

        public init() {}
    }

    public struct Memory: Sendable, Equatable {
        public var cache: UInt64 = 0
        public var usage = MemoryEntry()
        /// Memory and swap together, as v1 counts them.
        public var swap = MemoryEntry()
        public var kernel = MemoryEntry()
        public var kernelTCP = MemoryEntry()
        /// The lines of memory.stat, in the kernel's order.
        public var raw: [Counter] = []
        public var pressure: Pressure?

        public init() {}
    }

    public struct Counter: Sendable, Equatable {
        public var name: String
        public var value: UInt64

        public init(name: String, value: UInt64) {
            self.name = name
            self.value = value
        }
    }

    public struct PIDs: Sendable, Equatable {
        public var current: UInt64 = 0
        /// Zero means no limit.
        public var limit: UInt64 = 0

        public init() {}
    }

    /// A line of a blkio file: a device, an operation ("Read", "Write", "Total"; empty where the file
    /// has none), a count.
    public struct BlockEntry: Sendable, Equatable {
        public var major: UInt64
        public var minor: UInt64
        public var operation: String
        public var value: UInt64

        public init(major: UInt64, minor: UInt64, operation: String, value: UInt64) {
            self.major = major
            self.minor = minor
            self.operation = operation
            self.value = value
        }
    }

    public struct BlockIO: Sendable, Equatable {
        public var serviceBytes: [BlockEntry] = []
        public var serviced: [BlockEntry] = []
        public var queued: [BlockEntry] = []
        public var serviceTime: [BlockEntry] = []
        public var waitTime: [BlockEntry] = []
        public var merged: [BlockEntry] = []
        public var time: [BlockEntry] = []
        public var sectors: [BlockEntry] = []
        public var pressure: Pressure?

        public init() {}
    }

    public struct Hugetlb: Sendable, Equatable {
        public var pageSize: String
        public var usage: UInt64
        public var max: UInt64
        public var failcnt: UInt64

        public init(pageSize: String, usage: UInt64, max: UInt64, failcnt: UInt64) {
            self.pageSize = pageSize
            self.usage = usage
            self.max = max
            self.failcnt = failcnt
        }
    }

    /// A v2 *.pressure file: shares of time (percent) stalled over 10, 60 and 300 seconds, and the total
    /// in microseconds.
    public struct Pressure: Sendable, Equatable {
        public var some = Stall()
        public var full = Stall()

        public init() {}

        public struct Stall: Sendable, Equatable {
            public var average10 = 0.0
            public var average60 = 0.0
            public var average300 = 0.0
            public var total: UInt64 = 0

            public init() {}
        }
    }
}
