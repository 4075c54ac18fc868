import JSON

/// `linux.seccomp` as it stood in the file. A compiled filter is cached under these bytes, so a run
/// with a known profile never decodes it.
public struct SeccompSource: Sendable, Equatable {
    public var bytes: [UInt8]
    /// Where the notification listener goes, and what is sent with it; decoded at once, since a
    /// cached filter needs them too.
    public var listenerPath: String?
    public var listenerMetadata: String?

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// `linux.seccomp`, decoded.
public struct Seccomp: Sendable, Equatable {
    public var defaultAction: Action = .errno
    public var defaultErrnoRet: UInt32?
    /// SCMP_ARCH_* names.
    public var architectures: [String] = []
    /// SECCOMP_FILTER_FLAG_* names; nil where the file has no list.
    public var flags: [String]?
    public var listenerPath: String?
    public var listenerMetadata: String?
    public var syscalls: [Rule] = []

    public init() {}

    public enum Action: String, Sendable, CaseIterable {
        case kill = "SCMP_ACT_KILL"
        case killThread = "SCMP_ACT_KILL_THREAD"
        case killProcess = "SCMP_ACT_KILL_PROCESS"
        case trap = "SCMP_ACT_TRAP"
        case errno = "SCMP_ACT_ERRNO"
        case trace = "SCMP_ACT_TRACE"
        case allow = "SCMP_ACT_ALLOW"
        case log = "SCMP_ACT_LOG"
        case notify = "SCMP_ACT_NOTIFY"
    }

    public struct Rule: Sendable, Equatable {
        public var names: [String] = []
        public var action: Action = .errno
        public var errnoRet: UInt32?
        public var args: [Argument] = []

        public init() {}
    }

    public enum Comparison: String, Sendable, CaseIterable {
        case notEqual = "SCMP_CMP_NE"
        case less = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greater = "SCMP_CMP_GT"
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    public struct Argument: Sendable, Equatable {
        public var index: UInt32 = 0
        public var value: UInt64 = 0
        public var valueTwo: UInt64 = 0
        public var comparison: Comparison = .equal

        public init() {}
    }
}
