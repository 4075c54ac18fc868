import OCI

@testable import Filter

extension Seccomp {
    init(_ defaultAction: Action, _ rules: [Rule] = [], architectures: [String] = []) {
        self.init()
        self.defaultAction = defaultAction
        self.syscalls = rules
        self.architectures = architectures
    }
}

extension Seccomp.Rule {
    init(_ names: [String], _ action: Seccomp.Action, _ args: [Seccomp.Argument] = [], errno: UInt32? = nil) {
        self.init()
        self.names = names
        self.action = action
        self.args = args
        self.errnoRet = errno
    }
}

extension Seccomp.Argument {
    init(_ index: UInt32, _ comparison: Seccomp.Comparison, _ value: UInt64, _ valueTwo: UInt64 = 0) {
        self.init()
        self.index = index
        self.comparison = comparison
        self.value = value
        self.valueTwo = valueTwo
    }

    /// What the specification says of the condition, beside which the compiled program is held.
    func holds(_ arguments: [UInt64]) -> Bool {
        let argument = arguments[Int(index)]
        return switch comparison {
        case .notEqual: argument != value
        case .less: argument < value
        case .lessOrEqual: argument <= value
        case .equal: argument == value
        case .greaterOrEqual: argument >= value
        case .greater: argument > value
        case .maskedEqual: argument & value == valueTwo
        }
    }
}

/// Numbers without chance: a linear congruence from a seed.
struct Sequence64 {
    var state: UInt64

    mutating func next(below bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }
}

enum Profiles {
    /// A profile like an engine's default one: most calls allowed, some for certain arguments.
    static let dense = profile { $0 % 29 != 2 }
    /// The like with a third of the calls left out, so that neighbours differ everywhere.
    static let engine = profile { $0 % 3 != 2 }

    static let lenient = Seccomp(
        .allow,
        [
            .init(["mkdir", "read", "openat2"], .errno, errno: 13),
            .init(["clone"], .killProcess, [.init(0, .maskedEqual, 0x7e02_0000, 0x1000_0000)]),
        ])
    static let refusing = Seccomp(
        .killProcess,
        [.init(["read", "socket", "socketcall"], .allow), .init(["ptrace"], .trace, errno: 7)],
        architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"])
    static let empty = Seccomp(.errno)

    private static func profile(_ isAllowed: (Int) -> Bool) -> Seccomp {
        let names = (0..<440).filter(isAllowed).compactMap { callName(Int32($0)) }
        var rules = [Seccomp.Rule(names.filter { !conditional.contains($0) }, .allow)]
        rules.append(Seccomp.Rule(["personality"], .allow, [.init(0, .equal, 0)]))
        rules.append(Seccomp.Rule(["personality"], .allow, [.init(0, .equal, 8)]))
        rules.append(Seccomp.Rule(["personality"], .allow, [.init(0, .equal, 0xffff_ffff)]))
        rules.append(Seccomp.Rule(["clone"], .allow, [.init(0, .maskedEqual, 0x7e02_0000, 0)]))
        rules.append(Seccomp.Rule(["clone3"], .errno, errno: 38))
        rules.append(
            Seccomp.Rule(["socket"], .allow, [.init(0, .notEqual, 16), .init(2, .notEqual, 9)]))
        rules.append(Seccomp.Rule(["socket"], .allow, [.init(0, .equal, 16), .init(2, .notEqual, 9)]))
        return Seccomp(
            .errno, rules, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
    }

    private static let conditional: Set<String> = ["personality", "clone", "clone3", "socket"]
}
