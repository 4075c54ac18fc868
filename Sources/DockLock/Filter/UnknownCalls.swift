import CSeccomp
import Glibc
import OCI

/// Calls that are newer than a profile. A program tries a new call and falls back when it hears
/// ENOSYS; EPERM it takes for an answer. So where the default is to refuse, calls above the highest
/// number that the profile names answer ENOSYS, as with runc; the profile's own words stay untouched.
enum UnknownCalls {
    /// What x32's numbers have set; below it, audit's x86_64 is the real one.
    private static let x32Bit: UInt32 = 0x4000_0000
    private static let x86_64: UInt32 = 0xc000_003e
    private static let x32: UInt32 = 0x4000_003e
    private static let answer: UInt32 = 0x0005_0000 | UInt32(ENOSYS)

    /// Instructions to stand before the program; none where the default lets calls pass, asks a
    /// tracer, or is ENOSYS itself.
    static func stub(_ seccomp: Seccomp, defaultAction: UInt32) -> [Instruction] {
        switch seccomp.defaultAction {
        case .allow, .log, .trace, .notify: return []
        case .kill, .killThread, .killProcess, .trap, .errno: break
        }
        if defaultAction == answer { return [] }
        var limits: [(token: UInt32, highest: UInt32)] = []
        var tokens = [seccomp_arch_native()]
        for name in seccomp.architectures {
            if let token = Filter.architecture(name), !tokens.contains(token) { tokens.append(token) }
        }
        for token in tokens {
            if let highest = highestCall(seccomp, token) { limits.append((token, highest)) }
        }
        return instructions(limits)
    }

    private static func highestCall(_ seccomp: Seccomp, _ token: UInt32) -> UInt32? {
        var highest: Int32 = -1
        for rule in seccomp.syscalls {
            for name in rule.names {
                highest = max(highest, seccomp_syscall_resolve_name_arch(token, name))
            }
        }
        return highest < 0 ? nil : UInt32(highest)
    }

    private static func instructions(_ limits: [(token: UInt32, highest: UInt32)]) -> [Instruction] {
        var stub: [Instruction] = []
        for (token, highest) in limits {
            let isX86 = token == x86_64 || token == x32
            stub.append(Instruction(Instruction.load, Instruction.architectureOffset))
            // To the next architecture, past: load, the x32 test, the comparison, the answer.
            stub.append(Instruction(Instruction.jumpEqual, 0, isX86 ? 4 : 3, isX86 ? x86_64 : token))
            stub.append(Instruction(Instruction.load, Instruction.numberOffset))
            if token == x86_64 { stub.append(Instruction(Instruction.jumpGreaterOrEqual, 2, 0, x32Bit)) }
            if token == x32 { stub.append(Instruction(Instruction.jumpGreaterOrEqual, 0, 2, x32Bit)) }
            stub.append(Instruction(Instruction.jumpGreater, 0, 1, highest))
            stub.append(Instruction(Instruction.answer, answer))
        }
        return stub
    }
}
