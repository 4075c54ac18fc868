import OCI
import Testing

@testable import Filter

@Suite("What a profile cannot say")
struct RefusalTests {
    private func refusal(_ seccomp: Seccomp) -> SpecError? {
        do {
            _ = try Filter.compile(seccomp, warn: { _ in })
            return nil
        } catch { return error as? SpecError }
    }

    private func refusal(_ rule: Seccomp.Rule) -> SpecError? {
        refusal(Seccomp(.allow, [.init(["rmdir"], .errno), rule]))
    }

    @Test("the default action cannot ask a listener")
    func notifyByDefault() {
        #expect(refusal(Seccomp(.notify))?.path == "linux.seccomp.defaultAction")
    }

    @Test("write cannot ask a listener: the child says by it that the filter stands")
    func notifyOnWrite() {
        #expect(refusal(.init(["read", "write"], .notify))?.path == "linux.seccomp.syscalls[1]")
        #expect(refusal(.init(["read"], .notify)) == nil)
    }

    @Test(
        "only ERRNO and TRACE take an errno",
        arguments: Seccomp.Action.allCases.filter { $0 != .errno && $0 != .trace })
    func errno(_ action: Seccomp.Action) {
        #expect(
            refusal(.init(["mkdir"], action, errno: 1))
                == SpecError(
                    path: "linux.seccomp.syscalls[1].errnoRet", problem: "\(action.rawValue) takes no errno"))
    }

    @Test("an errno has a largest value")
    func largeErrno() {
        #expect(refusal(.init(["mkdir"], .errno, errno: 4094)) == nil)
        #expect(refusal(.init(["mkdir"], .errno, errno: 4095))?.path == "linux.seccomp.syscalls[1].errnoRet")
        #expect(refusal(.init(["mkdir"], .trace, errno: 65535)) == nil)
        #expect(refusal(.init(["mkdir"], .trace, errno: 65536))?.path == "linux.seccomp.syscalls[1].errnoRet")
        var profile = Seccomp(.errno)
        profile.defaultErrnoRet = .max
        #expect(refusal(profile)?.path == "linux.seccomp.defaultErrnoRet")
    }

    @Test("there are six arguments")
    func argumentIndex() {
        #expect(refusal(.init(["mkdir"], .errno, [.init(5, .equal, 1)])) == nil)
        for index in [UInt32(6), 32, .max] {
            let rule = Seccomp.Rule(["mkdir"], .errno, [.init(0, .equal, 1), .init(index, .equal, 1)])
            #expect(refusal(rule)?.path == "linux.seccomp.syscalls[1].args[1].index")
        }
    }

    @Test("a call has a name")
    func emptyName() {
        #expect(refusal(.init(["mkdir", ""], .errno))?.path == "linux.seccomp.syscalls[1].names")
    }

    @Test(
        "architectures are those of libseccomp, in this machine's byte order",
        arguments: [
            "", "SCMP_ARCH_", "SCMP_ARCH_VAX", "X86_64", "x86_64", "SCMP_ARCH_S390X", "SCMP_ARCH_MIPS",
        ])
    func architecture(_ name: String) {
        let profile = Seccomp(.allow, [], architectures: ["SCMP_ARCH_X86_64", name])
        #expect(refusal(profile)?.path == "linux.seccomp.architectures[1]")
    }

    @Test(
        "every architecture of the specification in this byte order is known",
        arguments: [
            "X86", "X86_64", "X32", "ARM", "AARCH64", "MIPSEL", "MIPSEL64", "MIPSEL64N32",
            "PPC64LE",
            "RISCV64",
        ])
    func knownArchitecture(_ name: String) {
        #expect(
            refusal(Seccomp(.allow, [.init(["mkdir"], .errno)], architectures: ["SCMP_ARCH_" + name])) == nil)
    }

    @Test("a filter the kernel could not take is refused")
    func tooLong() {
        let rules = (0..<UInt64(1500)).map {
            Seccomp.Rule(["mkdir"], .errno, [.init(0, .equal, $0 << 33 | $0)])
        }
        let problem = refusal(Seccomp(.allow, rules))
        #expect(problem?.path == "linux.seccomp")
        #expect(problem?.problem.contains("4096") == true)
    }

    @Test("flags become the kernel's bits; SPEC_ALLOW stands where there is no list")
    func flags() throws {
        func flags(_ names: [String]?, notifies: Bool = false) throws -> UInt32 {
            var profile = Seccomp(.allow)
            profile.flags = names?.map { "SECCOMP_FILTER_FLAG_" + $0 }
            return try Filter.flags(profile, notifies: notifies)
        }
        #expect(try flags(nil) == 4)
        #expect(try flags([]) == 0)
        #expect(try flags(["TSYNC"]) == 1)
        #expect(try flags(["LOG", "SPEC_ALLOW"]) == 6)
        #expect(try flags(["TSYNC"], notifies: true) == 1 | 16)
        #expect(try flags(["WAIT_KILLABLE_RECV"], notifies: true) == 32)
        #expect(try flags(["WAIT_KILLABLE_RECV"]) == 0)
        var profile = Seccomp(.allow)
        profile.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_NEW_LISTENER"]
        #expect(refusal(profile)?.path == "linux.seccomp.flags[1]")
    }
}
