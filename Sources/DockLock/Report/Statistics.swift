/// What a cgroup has used and may use, from the files of v1 or v2. A group that the host does not
/// count is nil; sizes are bytes, times nanoseconds unless the name says otherwise.
public struct Statistics: Sendable, Equatable {
    public var cpu: CPU?
    public var memory: Memory?
    public var pids: Pids?
    public var blockIO: BlockIO?
    public var hugepages: [Hugepages] = []

    public init() {}

    public struct CPU: Sendable, Equatable {
        public var total: UInt64 = 0
        public var user: UInt64 = 0
        public var kernel: UInt64 = 0
        /// One entry a processor; v1 only.
        public var perProcessor: [UInt64] = []
        public var periods: UInt64 = 0
        public var throttledPeriods: UInt64 = 0
        public var throttledTime: UInt64 = 0

        public init() {}
    }

    public struct Memory: Sendable, Equatable {
        public var cache: UInt64 = 0
        public var usage = Usage()
        public var swap = Usage()
        public var kernel = Usage()
        public var kernelTCP = Usage()
        /// memory.stat, in the order of the file.
        public var raw: [Counter] = []

        public init() {}
    }

    public struct Usage: Sendable, Equatable {
        public var usage: UInt64 = 0
        public var max: UInt64 = 0
        public var failures: UInt64 = 0
        /// UInt64.max where there is no limit.
        public var limit: UInt64 = 0

        public init() {}
    }

    /// A named number of a file like memory.stat.
    public struct Counter: Sendable, Equatable {
        public var name: String
        public var value: UInt64

        public init(name: String, value: UInt64) {
            self.name = name
            self.value = value
        }
    }

    public struct Pids: Sendable, Equatable {
        public var current: UInt64 = 0
        /// Zero where there is no limit.
        public var limit: UInt64 = 0

        public init() {}
    }

    public struct BlockIO: Sendable, Equatable {
        public var serviceBytes: [BlockEntry] = []
        public var serviced: [BlockEntry] = []

        public init() {}
    }

    /// One device and operation: Read, Write, Sync, Async, Discard or Total.
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

    public struct Hugepages: Sendable, Equatable {
        /// For example 2MB.
        public var pageSize: String
        public var usage: UInt64 = 0
        public var max: UInt64 = 0
        public var failures: UInt64 = 0

        public init(pageSize: String) { self.pageSize = pageSize }
    }
}
