import OCI
import Testing

@testable import Filter

@Suite("Calls newer than the profile")
struct UnknownCallsTests {
    private func machine(_ seccomp: Seccomp) throws -> Machine {
        try Machine(Filter.compile(seccomp, warn: { _ in }).program)
    }

    @Test("a refusing default answers ENOSYS above the highest call that the profile names")
    func above() throws {
        let machine = try machine(Seccomp(.errno, [.init(["read", "openat2"], .allow)]))
        #expect(callNumber("openat2") == 437)
        #expect(machine.run(Call(437)) == Answer.allow)
        #expect(machine.run(Call(436)) == Answer.eperm)
        #expect(machine.run(Call(438)) == Answer.enosys)
        #expect(machine.run(Call(0x3fff_ffff)) == Answer.enosys)
        #expect(machine.run(Call(0x4000_0000)) == Answer.killThread)
        #expect(machine.run(Call(438, Call.i386)) == Answer.killThread)
    }

    @Test("each architecture has its own highest call")
    func perArchitecture() throws {
        let names = ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]
        let machine = try machine(Seccomp(.errno, [.init(["mkdir"], .allow)], architectures: names))
        #expect(machine.run(Call(83)) == Answer.allow)
        #expect(machine.run(Call(82)) == Answer.eperm)
        #expect(machine.run(Call(84)) == Answer.enosys)
        #expect(machine.run(Call(39, Call.i386)) == Answer.allow)
        #expect(machine.run(Call(38, Call.i386)) == Answer.eperm)
        #expect(machine.run(Call(40, Call.i386)) == Answer.enosys)
        #expect(machine.run(Call(83 | 0x4000_0000)) == Answer.allow)
        #expect(machine.run(Call(82 | 0x4000_0000)) == Answer.eperm)
        #expect(machine.run(Call(84 | 0x4000_0000)) == Answer.enosys)
        #expect(machine.run(Call(84, Call.aarch64)) == Answer.killThread)
    }

    @Test(
        "other defaults keep their word",
        arguments: [(.allow, Answer.allow), (.log, Answer.log), (.trace, Answer.trace(1))]
            as [(Seccomp.Action, UInt32)])
    func lenient(_ action: Seccomp.Action, _ expected: UInt32) throws {
        let machine = try machine(Seccomp(action, [.init(["mkdir"], .errno)]))
        #expect(machine.run(Call(400)) == expected)
    }

    @Test("a default of ENOSYS needs no word before it, and a profile that names no call gets none")
    func without() throws {
        var profile = Seccomp(.errno, [.init(["mkdir"], .allow)])
        profile.defaultErrnoRet = 38
        #expect(UnknownCalls.stub(profile, defaultAction: Answer.enosys).isEmpty)
        #expect(try machine(profile).run(Call(400)) == Answer.enosys)
        #expect(try machine(Seccomp(.errno)).run(Call(400)) == Answer.eperm)
    }
}
