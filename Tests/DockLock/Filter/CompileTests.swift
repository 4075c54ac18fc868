import OCI
import Testing

@testable import Filter

@Suite("A profile as a program")
struct CompileTests {
    private func machine(_ seccomp: Seccomp) throws -> Machine {
        try Machine(Filter.compile(seccomp, warn: { _ in }).program)
    }

    @Test(
        "every action answers as the kernel's header says",
        arguments: [
            (.kill, nil, Answer.killThread), (.killThread, nil, Answer.killThread),
            (.killProcess, nil, Answer.killProcess), (.trap, nil, Answer.trap),
            (.errno, nil, Answer.eperm), (.errno, 13, Answer.errno(13)), (.errno, 0, Answer.errno(0)),
            (.errno, 4094, Answer.errno(4094)), (.trace, nil, Answer.trace(1)),
            (.trace, 65535, Answer.trace(65535)), (.allow, nil, Answer.allow), (.log, nil, Answer.log),
            (.notify, nil, Answer.notify),
        ] as [(Seccomp.Action, UInt32?, UInt32)])
    func actions(_ action: Seccomp.Action, _ errno: UInt32?, _ expected: UInt32) throws {
        let fallback: Seccomp.Action = action == .allow ? .log : .allow
        let rule = try machine(Seccomp(fallback, [.init(["mkdir"], action, errno: errno)]))
        #expect(rule.run(Call(83)) == expected)
        #expect(rule.run(Call(84)) == (action == .allow ? Answer.log : Answer.allow))
        guard action != .notify else { return }
        var profile = Seccomp(action, [.init(["mkdir"], fallback)])
        profile.defaultErrnoRet = errno
        let standard = try machine(profile)
        #expect(standard.run(Call(84 - 2)) == expected)
        #expect(standard.run(Call(83)) == (action == .allow ? Answer.log : Answer.allow))
    }

    @Test("every comparison, at its edges, over all 64 bits", arguments: Seccomp.Comparison.allCases)
    func comparisons(_ comparison: Seccomp.Comparison) throws {
        let edges: [UInt64] = [
            0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, 0x7fff_ffff_ffff_ffff,
            0xffff_ffff_0000_0000, .max,
        ]
        for value in edges {
            for index in [UInt32(0), 5] {
                let condition = Seccomp.Argument(index, comparison, value, value & 0xff00_ff00_ff)
                let machine = try machine(Seccomp(.allow, [.init(["mkdir"], .errno, [condition])]))
                for argument in edges + [value &- 1, value &+ 1, value & 0xff00_ff00_ff] {
                    var arguments: [UInt64] = [7, 7, 7, 7, 7, 7]
                    arguments[Int(index)] = argument
                    #expect(
                        machine.run(Call(83, Call.x86_64, arguments))
                            == (condition.holds(arguments) ? Answer.eperm : Answer.allow),
                        "\(comparison) \(value) of \(argument)")
                }
            }
        }
    }

    @Test("conditions on different arguments must all hold")
    func conjunction() throws {
        let machine = try machine(
            Seccomp(.allow, [.init(["mkdir"], .errno, [.init(0, .equal, 1), .init(1, .greater, 5)])]))
        #expect(machine.run(Call(83, Call.x86_64, [1, 6])) == Answer.eperm)
        #expect(machine.run(Call(83, Call.x86_64, [1, 5])) == Answer.allow)
        #expect(machine.run(Call(83, Call.x86_64, [2, 6])) == Answer.allow)
    }

    @Test("of conditions on one argument, one is enough")
    func disjunction() throws {
        let machine = try machine(
            Seccomp(.allow, [.init(["mkdir"], .errno, [.init(0, .equal, 1), .init(0, .equal, 2)])]))
        #expect(machine.run(Call(83, Call.x86_64, [1])) == Answer.eperm)
        #expect(machine.run(Call(83, Call.x86_64, [2])) == Answer.eperm)
        #expect(machine.run(Call(83, Call.x86_64, [3])) == Answer.allow)
    }

    @Test("an architecture that the profile does not name kills")
    func foreignArchitecture() throws {
        let machine = try machine(Seccomp(.allow, [.init(["mkdir"], .errno)]))
        #expect(machine.run(Call(39, Call.i386)) == Answer.killThread)
        #expect(machine.run(Call(83, Call.aarch64)) == Answer.killThread)
        #expect(machine.run(Call(83 | 0x4000_0000)) == Answer.killThread)
    }

    @Test("named architectures have their own numbers, named twice or not")
    func architectures() throws {
        let names = ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_X86"]
        let machine = try machine(
            Seccomp(.allow, [.init(["mkdir", "socketcall"], .errno)], architectures: names))
        #expect(machine.run(Call(83)) == Answer.eperm)
        #expect(machine.run(Call(39, Call.i386)) == Answer.eperm)
        #expect(machine.run(Call(102, Call.i386)) == Answer.eperm)
        #expect(machine.run(Call(83 | 0x4000_0000)) == Answer.eperm)
        #expect(machine.run(Call(83, Call.i386)) == Answer.allow)
        #expect(machine.run(Call(39)) == Answer.allow)
        #expect(machine.run(Call(83, Call.aarch64)) == Answer.killThread)
    }

    @Test(
        "tree, ranges and list answer alike, for every call and architecture",
        arguments: [Profiles.dense, Profiles.engine, Profiles.lenient, Profiles.refusing, Profiles.empty])
    func layouts(_ profile: Seccomp) throws {
        let machines = try [Filter.Layout.list, .tree, .ranges].map {
            try Machine(Filter.compile(profile, layout: $0, warn: { _ in }).program)
        }
        let samples: [[UInt64]] = [
            [], [8], [16], [16, 0, 9], [2, 0, 9], [0x1000_0000], [0xffff_ffff], [0x7e02_0000],
            [.max, .max, .max], [1 << 32, 1, 1], [0x2000_0011],
        ]
        var calls: [UInt32] = [1000, 0x3fff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]
        for number in 0..<UInt32(600) { calls += [number, number | 0x4000_0000] }
        for number in calls {
            for architecture in [Call.x86_64, Call.i386, Call.aarch64, 0] {
                for sample in samples {
                    let call = Call(number, architecture, sample)
                    let answers = machines.map { $0.run(call) }
                    if answers[0] == nil || answers[0] != answers[1] || answers[0] != answers[2] {
                        Issue.record("\(call): \(answers)")
                    }
                }
            }
        }
    }

    @Test("ranges are shorter than the tree by half where neighbours are judged alike")
    func length() throws {
        let tree = try Filter.compile(Profiles.dense, layout: .tree, warn: { _ in }).program
        let ranges = try Filter.compile(Profiles.dense, layout: .ranges, warn: { _ in }).program
        #expect(ranges.count * 2 < tree.count)
    }

    @Test("the program does what the profile says, for generated profiles", arguments: 0..<24)
    func meaning(_ seed: Int) throws {
        var chance = Sequence64(state: UInt64(seed) &* 7919 &+ 11)
        let actions: [Seccomp.Action] = [.errno, .allow, .log, .trap, .killProcess]
        let values: [UInt64] = [0, 1, 9, 0xffff_ffff, 1 << 32, 1 << 63, .max]
        var rules: [UInt32: Seccomp.Rule] = [:]
        for number in UInt32(0)..<334 where chance.next(below: 3) != 0 {
            guard let name = callName(Int32(number)) else { continue }
            var args: [Seccomp.Argument] = []
            for index in UInt32(0)..<6 where args.count < 2 && chance.next(below: 6) == 0 {
                let all = Seccomp.Comparison.allCases
                let mask = values[Int(chance.next(below: 7))]
                args.append(
                    .init(
                        index, all[Int(chance.next(below: 7))], mask,
                        mask & values[Int(chance.next(below: 7))]))
            }
            rules[number] = .init([name], actions[Int(chance.next(below: 5))], args)
        }
        let profile = Seccomp(.trace, rules.keys.sorted().compactMap { rules[$0] })
        let machine = try machine(profile)
        for number in UInt32(0)..<400 {
            for _ in 0..<6 {
                let arguments = (0..<6).map { _ in values[Int(chance.next(below: 7))] }
                var expected = Answer.trace(1)
                if let rule = rules[number], rule.args.allSatisfy({ $0.holds(arguments) }) {
                    expected = try RuleSet.code(rule.action, nil, path: "")
                }
                #expect(
                    machine.run(Call(number, Call.x86_64, arguments)) == expected, "\(number) \(arguments)")
            }
        }
    }

    @Test("an unknown call is passed over with a word, and a rule like the default too")
    func passedOver() throws {
        var words: [String] = []
        let profile = Seccomp(.allow, [.init(["frobnicate", "mkdir"], .errno), .init(["rmdir"], .allow)])
        let filter = try Filter.compile(profile) { words.append($0) }
        #expect(words == ["unknown seccomp syscall frobnicate ignored"])
        let machine = try Machine(filter.program)
        #expect(machine.run(Call(83)) == Answer.eperm)
        #expect(machine.run(Call(84)) == Answer.allow)
        #expect(!filter.notifies)
    }

    @Test("a listener is needed where a rule notifies, and only there")
    func notifies() throws {
        func notifies(_ name: String) throws -> Bool {
            try Filter.compile(Seccomp(.allow, [.init([name], .notify)]), warn: { _ in }).notifies
        }
        #expect(try notifies("mkdir"))
        #expect(try !notifies("frobnicate"))
    }
}
