import CSeccomp
import Glibc
import OCI

/// The rules of a profile in libseccomp's terms: those that do what the default does anyway and
/// those for unknown calls are gone.
struct RuleSet {
    struct Rule {
        var number: Int32
        var action: UInt32
        /// All must hold.
        var conditions: [scmp_arg_cmp]
        var name: String
        var path: String
    }

    /// What libseccomp takes for an errno: below the kernel's MAX_ERRNO.
    static let errnoMax: UInt32 = 4094

    let defaultAction: UInt32
    private(set) var rules: [Rule] = []
    private(set) var notifies = false

    init(_ seccomp: Seccomp, warn: (String) -> Void) throws(SpecError) {
        if seccomp.defaultAction == .notify {
            throw SpecError(
                path: "linux.seccomp.defaultAction", problem: "SCMP_ACT_NOTIFY cannot be the default action")
        }
        defaultAction = try RuleSet.code(
            seccomp.defaultAction, seccomp.defaultErrnoRet, path: "linux.seccomp.defaultErrnoRet")
        for (index, rule) in seccomp.syscalls.enumerated() {
            try add(rule, path: "linux.seccomp.syscalls[\(index)]", warn: warn)
        }
    }

    private mutating func add(
        _ rule: Seccomp.Rule, path: String, warn: (String) -> Void
    ) throws(SpecError) {
        let action = try RuleSet.code(rule.action, rule.errnoRet, path: path + ".errnoRet")
        let alternatives = try RuleSet.alternatives(rule.args, path: path)
        for name in rule.names {
            // The child tells its parent by write(2) that the filter stands; held by a listener that
            // nobody answers yet, it never would.
            if rule.action == .notify && name == "write" {
                throw SpecError(path: path, problem: "SCMP_ACT_NOTIFY cannot be used for the write syscall")
            }
            if name.isEmpty { throw SpecError(path: path + ".names", problem: "empty name") }
            if action == defaultAction { continue }
            let number = seccomp_syscall_resolve_name(name)
            if number == -1 {
                warn("unknown seccomp syscall " + name + " ignored")
                continue
            }
            if rule.action == .notify { notifies = true }
            for conditions in alternatives {
                rules.append(
                    Rule(number: number, action: action, conditions: conditions, name: name, path: path))
            }
        }
    }

    /// Conditions on different arguments must all hold; where an argument is named twice each condition
    /// is a rule of its own, so that "either of two values" can be said. Both as in runc.
    private static func alternatives(
        _ args: [Seccomp.Argument], path: String
    ) throws(SpecError) -> [[scmp_arg_cmp]] {
        var conditions: [scmp_arg_cmp] = []
        var seen: UInt32 = 0
        var repeated = false
        for (index, argument) in args.enumerated() {
            guard argument.index < 6 else {
                throw SpecError(
                    path: path + ".args[\(index)].index",
                    problem: "\(argument.index) is above 5, the last argument")
            }
            if seen & 1 << argument.index != 0 { repeated = true }
            seen |= 1 << argument.index
            conditions.append(
                scmp_arg_cmp(
                    arg: argument.index, op: comparison(argument.comparison), datum_a: argument.value,
                    datum_b: argument.valueTwo))
        }
        return repeated ? conditions.map { [$0] } : [conditions]
    }

    private static func comparison(_ comparison: Seccomp.Comparison) -> scmp_compare {
        switch comparison {
        case .notEqual: SCMP_CMP_NE
        case .less: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greater: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }

    /// The SECCOMP_RET_* number of an action, with EPERM where it takes an errno and has none.
    static func code(
        _ action: Seccomp.Action, _ errnoRet: UInt32?, path: String
    ) throws(SpecError) -> UInt32 {
        let base: UInt32
        switch action {
        // "Kill" is the thread's death: so it was before the kernel knew the other.
        case .kill, .killThread: base = 0x0000_0000
        case .killProcess: base = 0x8000_0000
        case .trap: base = 0x0003_0000
        case .errno: return try 0x0005_0000 | refuseLarge(errnoRet, above: errnoMax, path: path)
        case .notify: base = 0x7fc0_0000
        case .trace: return try 0x7ff0_0000 | refuseLarge(errnoRet, above: 0xffff, path: path)
        case .log: base = 0x7ffc_0000
        case .allow: base = 0x7fff_0000
        }
        if errnoRet != nil {
            throw SpecError(path: path, problem: "\(action.rawValue) takes no errno")
        }
        return base
    }

    private static func refuseLarge(
        _ errnoRet: UInt32?, above limit: UInt32, path: String
    ) throws(SpecError) -> UInt32 {
        let value = errnoRet ?? UInt32(EPERM)
        if value > limit { throw SpecError(path: path, problem: "\(value) is above \(limit)") }
        return value
    }
}
