import CSeccomp
import Glibc
import Kernel
import OCI

extension Filter {
    /// How the tests of the call's number are laid out; every way gives the same answers.
    enum Layout {
        /// One after the other, as libseccomp writes it unless told otherwise.
        case list
        /// libseccomp's binary tree of numbers.
        case tree
        /// That tree rewritten as one of ranges.
        case ranges
    }

    /// The largest program that the kernel takes: BPF_MAXINSNS instructions of 8 bytes.
    static let programBytesMax = 4096 * 8

    static func compile(
        _ seccomp: Seccomp, layout: Layout, warn: (String) -> Void
    ) throws -> CompiledFilter {
        let rules = try RuleSet(seccomp, warn: warn)
        guard let context = seccomp_init(rules.defaultAction) else {
            throw SpecError(path: "linux.seccomp.defaultAction", problem: "refused by libseccomp")
        }
        defer { seccomp_release(context) }
        for (index, name) in seccomp.architectures.enumerated() {
            try addArchitecture(name, at: index, to: context)
        }
        try check(
            seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, layout == .list ? 1 : 2),
            "set the filter's layout")
        for rule in rules.rules { try add(rule, to: context) }
        let stub = UnknownCalls.stub(seccomp, defaultAction: rules.defaultAction)
        let whole = stub + Instruction.decode(try export(context))
        var program = Instruction.encode(whole)
        if layout == .ranges, let ranges = Ranges.rewrite(whole), ranges.count < whole.count {
            program = Instruction.encode(ranges)
        }
        guard program.count <= programBytesMax else {
            throw SpecError(
                path: "linux.seccomp",
                problem: "makes a filter of \(program.count / 8) instructions; the kernel takes 4096")
        }
        return CompiledFilter(
            program: program, flags: try flags(seccomp, notifies: rules.notifies), notifies: rules.notifies)
    }

    /// libseccomp's token for a SCMP_ARCH_* name; nil for a name it does not know.
    static func architecture(_ name: String) -> UInt32? {
        guard name.hasPrefix("SCMP_ARCH_") else { return nil }
        let token = seccomp_arch_resolve_name(String(name.dropFirst(10)).lowercased())
        return token == 0 ? nil : token
    }

    private static func addArchitecture(
        _ name: String, at index: Int, to context: scmp_filter_ctx
    ) throws {
        let path = "linux.seccomp.architectures[\(index)]"
        guard let token = architecture(name) else {
            throw SpecError(path: path, problem: "unknown architecture \(name)")
        }
        // The machine's own architecture is in the context from the start, others may be named twice.
        let result = seccomp_arch_add(context, token)
        if result == -EDOM {
            throw SpecError(path: path, problem: "\(name) has another byte order than this machine")
        }
        if result < 0 && result != -EEXIST { throw SystemError("add architecture", -result, name) }
    }

    private static func add(_ rule: RuleSet.Rule, to context: scmp_filter_ctx) throws {
        let result = rule.conditions.withUnsafeBufferPointer { conditions in
            // Sound: the count is the buffer's own; libseccomp copies what it reads.
            seccomp_rule_add_array(
                context, rule.action, rule.number, UInt32(conditions.count), conditions.baseAddress)
        }
        guard result < 0 else { return }
        throw SpecError(
            path: rule.path, problem: "the rule for \(rule.name) is refused: \(SystemError.text(-result))")
    }

    /// libseccomp 2.5 writes programs to descriptors only: a memory file takes it.
    private static func export(_ context: scmp_filter_ctx) throws -> [UInt8] {
        let number = memfd_create("filter", UInt32(MFD_CLOEXEC))
        try SystemError.check(number, "memfd_create", "for the seccomp filter")
        let file = Descriptor(number)
        try check(seccomp_export_bpf(context, file.number), "export the seccomp filter")
        try SystemError.check(lseek(file.number, 0, SEEK_SET), "lseek", "in the seccomp filter")
        let program = try file.readAll(limit: 16 << 20, name: "the seccomp filter")
        guard !program.isEmpty, program.count % 8 == 0 else {
            throw SystemError("export the seccomp filter", EBADMSG)
        }
        return program
    }

    private static func check(_ result: Int32, _ deed: String) throws(SystemError) {
        if result < 0 { throw SystemError(deed, -result) }
    }
}

extension Filter {
    static let flagTsync: UInt32 = 1 << 0
    static let flagLog: UInt32 = 1 << 1
    static let flagSpecAllow: UInt32 = 1 << 2
    static let flagTsyncEsrch: UInt32 = 1 << 4
    static let flagWaitKillable: UInt32 = 1 << 5

    /// The flags for seccomp(2). Without a list SPEC_ALLOW is set, as runc and crun do: a filter must
    /// not slow its container's speculation down unasked.
    static func flags(_ seccomp: Seccomp, notifies: Bool) throws(SpecError) -> UInt32 {
        guard let names = seccomp.flags else { return flagSpecAllow }
        var flags: UInt32 = 0
        for (index, name) in names.enumerated() {
            switch name {
            case "SECCOMP_FILTER_FLAG_TSYNC": flags |= flagTsync
            case "SECCOMP_FILTER_FLAG_LOG": flags |= flagLog
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": flags |= flagSpecAllow
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": flags |= flagWaitKillable
            default:
                throw SpecError(path: "linux.seccomp.flags[\(index)]", problem: "unknown flag \(name)")
            }
        }
        // The kernel wants one answer from seccomp(2), a descriptor or a thread's id, unless told which.
        if notifies && flags & flagTsync != 0 { flags |= flagTsyncEsrch }
        // It refuses the listener's flag where there is no listener.
        if !notifies { flags &= ~flagWaitKillable }
        return flags
    }
}
