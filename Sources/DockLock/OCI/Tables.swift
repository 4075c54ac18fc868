/// A word of the specification and the kernel's number for it.
public struct Word: Sendable {
    public let name: StaticString
    public let number: UInt32

    init(_ name: StaticString, _ number: UInt32) {
        self.name = name
        self.number = number
    }
}

/// The words of config.json that stand for numbers.
public enum Words {
    /// The name of capability n is at index n.
    public static let capabilities: [StaticString] = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]

    public static let rlimits = [
        Word("RLIMIT_CPU", 0), Word("RLIMIT_FSIZE", 1), Word("RLIMIT_DATA", 2), Word("RLIMIT_STACK", 3),
        Word("RLIMIT_CORE", 4), Word("RLIMIT_RSS", 5), Word("RLIMIT_NPROC", 6), Word("RLIMIT_NOFILE", 7),
        Word("RLIMIT_MEMLOCK", 8), Word("RLIMIT_AS", 9), Word("RLIMIT_LOCKS", 10),
        Word("RLIMIT_SIGPENDING", 11), Word("RLIMIT_MSGQUEUE", 12), Word("RLIMIT_NICE", 13),
        Word("RLIMIT_RTPRIO", 14), Word("RLIMIT_RTTIME", 15),
    ]

    public static let schedulerPolicies = [
        Word("SCHED_OTHER", 0), Word("SCHED_FIFO", 1), Word("SCHED_RR", 2), Word("SCHED_BATCH", 3),
        Word("SCHED_ISO", 4), Word("SCHED_IDLE", 5), Word("SCHED_DEADLINE", 6),
    ]

    public static let schedulerFlags = [
        Word("SCHED_FLAG_RESET_ON_FORK", 0x01), Word("SCHED_FLAG_RECLAIM", 0x02),
        Word("SCHED_FLAG_DL_OVERRUN", 0x04), Word("SCHED_FLAG_KEEP_POLICY", 0x08),
        Word("SCHED_FLAG_KEEP_PARAMS", 0x10), Word("SCHED_FLAG_UTIL_CLAMP_MIN", 0x20),
        Word("SCHED_FLAG_UTIL_CLAMP_MAX", 0x40),
    ]

    public static let ioPriorityClasses = [
        Word("IOPRIO_CLASS_RT", 1), Word("IOPRIO_CLASS_BE", 2), Word("IOPRIO_CLASS_IDLE", 3),
    ]

    public static let personalities = [Word("LINUX", 0), Word("LINUX32", 8)]

    public static let memoryPolicyModes = [
        Word("MPOL_DEFAULT", 0), Word("MPOL_PREFERRED", 1), Word("MPOL_BIND", 2),
        Word("MPOL_INTERLEAVE", 3), Word("MPOL_LOCAL", 4), Word("MPOL_PREFERRED_MANY", 5),
        Word("MPOL_WEIGHTED_INTERLEAVE", 6),
    ]

    public static let memoryPolicyFlags = [
        Word("MPOL_F_NUMA_BALANCING", 0x2000), Word("MPOL_F_RELATIVE_NODES", 0x4000),
        Word("MPOL_F_STATIC_NODES", 0x8000),
    ]

    /// What `linux.rootfsPropagation` may say.
    public static let propagations: [StaticString] = [
        "shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable",
    ]

    public static let seccompArchitectures: [StaticString] = [
        "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
        "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",
        "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
        "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_PARISC",
        "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
        "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
    ]

    public static let seccompFlags: [StaticString] = [
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ]
}
