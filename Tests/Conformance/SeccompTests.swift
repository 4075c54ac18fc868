import CHarness
import Glibc
import Harness
import Testing

/// `linux.seccomp`. The call under test is getpgrp (111).
@Suite(.blackBox) struct SeccompTests {
    /// A profile that allows everything but what the rules say.
    private func profile(_ rules: [Value], _ change: (inout Value) -> Void = { _ in }) -> Value {
        var profile: Value = [
            "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": .array(rules),
        ]
        change(&profile)
        return profile
    }

    private func call(_ number: [String], _ profile: Value, word: String = "call") throws -> Command.Outcome {
        try Trial(arguments: ["/bin/probe", word] + number) { $0["linux", "seccomp"] = profile }.run()
    }

    @Test func noProfileNoFilter() throws {
        #expect(try Trial("grep Seccomp: /proc/self/status").run().out == "Seccomp:\t0\n")
    }

    @Test func aProfileIsAFilter() throws {
        let trial = try Trial("grep Seccomp: /proc/self/status") { $0["linux", "seccomp"] = profile([]) }
        #expect(try trial.run().out == "Seccomp:\t2\n")
    }

    @Test func anErrnoOfOnesOwn() throws {
        let outcome = try call(
            ["111"], profile([["names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77]]))
        #expect(outcome.out == "call 111 result=-1 errno=77\n", "\(outcome.err)")
    }

    @Test func theErrnoIsEPERMUnlessTold() throws {
        let outcome = try call(["111"], profile([["names": ["getpgrp"], "action": "SCMP_ACT_ERRNO"]]))
        #expect(outcome.out == "call 111 result=-1 errno=1\n", "\(outcome.err)")
    }

    @Test func theDefaultErrno() throws {
        let names: [String] = [
            "execve", "exit_group", "write", "brk", "arch_prctl", "set_tid_address", "set_robust_list",
            "rseq",
            "mprotect", "prlimit64", "readlinkat", "readlink", "getrandom", "newfstatat", "fstat", "mmap",
            "munmap", "read", "close", "openat", "open", "futex", "prctl", "capset", "capget", "setuid",
            "setgid", "setgroups", "fcntl", "lseek", "ioctl", "poll", "epoll_pwait", "sched_yield",
            "nanosleep", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask", "sigaltstack", "getpid",
            "gettid", "tgkill", "clone", "clone3", "exit", "access", "stat", "lstat", "getdents64", "statfs",
            "fstatfs", "chdir", "getcwd", "umask", "dup3", "dup2", "close_range", "writev", "wait4",
            "sendmsg",
            "recvmsg", "socket", "connect", "fchdir", "faccessat", "faccessat2", "execveat", "keyctl",
            "epoll_ctl", "eventfd2", "pipe2", "sched_getaffinity", "madvise", "setresuid", "setresgid",
        ]
        let outcome = try call(
            ["111"],
            [
                "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 88,
                "architectures": ["SCMP_ARCH_X86_64"],
                "syscalls": [["names": .strings(names), "action": "SCMP_ACT_ALLOW"]],
            ])
        #expect(outcome.out == "call 111 result=-1 errno=88\n", "\(outcome.err)")
    }

    @Test(arguments: ["SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD"])
    func killing(action: String) throws {
        let outcome = try call(["111"], profile([["names": ["getpgrp"], "action": .string(action)]]))
        #expect(outcome.status == 128 + Int(SIGSYS))
        #expect(outcome.out == "")
    }

    @Test func aTrapIsASignal() throws {
        let outcome = try call(
            ["111"], profile([["names": ["getpgrp"], "action": "SCMP_ACT_TRAP"]]), word: "trap")
        #expect(outcome.out.hasPrefix("trap signal=31 call=111"))
    }

    @Test func aTraceWithoutATracerIsENOSYS() throws {
        let outcome = try call(
            ["111"], profile([["names": ["getpgrp"], "action": "SCMP_ACT_TRACE", "errnoRet": 5]]))
        #expect(outcome.out == "call 111 result=-1 errno=38\n", "\(outcome.err)")
    }

    @Test func aLogLetsTheCallGoOn() throws {
        let outcome = try call(["111"], profile([["names": ["getpgrp"], "action": "SCMP_ACT_LOG"]]))
        #expect(outcome.out.hasSuffix("errno=0\n"), "\(outcome.err)")
    }

    @Test(arguments: [
        ("SCMP_CMP_EQ", 5, 0, [5], [4, 6]), ("SCMP_CMP_NE", 5, 0, [4, 6], [5]),
        ("SCMP_CMP_LT", 5, 0, [4], [5, 6]), ("SCMP_CMP_LE", 5, 0, [4, 5], [6]),
        ("SCMP_CMP_GT", 5, 0, [6], [4, 5]), ("SCMP_CMP_GE", 5, 0, [5, 6], [4]),
        ("SCMP_CMP_MASKED_EQ", 6, 4, [4, 5, 12], [2, 6, 8]),
    ])
    func aComparison(op: String, value: Int64, two: Int64, hit: [Int], miss: [Int]) throws {
        // The sixth argument of getpgrp, which the kernel itself never reads.
        let rule: Value = [
            "names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77,
            "args": [["index": 5, "value": .number(value), "valueTwo": .number(two), "op": .string(op)]],
        ]
        let script = (hit + miss).map { "/bin/probe call 111 0 0 0 0 0 \($0)" }.joined(separator: ";")
        let outcome = try Trial(script) { $0["linux", "seccomp"] = profile([rule]) }.run()
        let want = hit.map { _ in "errno=77" } + miss.map { _ in "errno=0" }
        #expect(outcome.lines.map { String($0.split(separator: " ").last ?? "") } == want, "\(outcome.err)")
    }

    @Test func argumentsOfARuleMustAllMatch() throws {
        let rule: Value = [
            "names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77,
            "args": [
                ["index": 0, "value": 1, "op": "SCMP_CMP_EQ"], ["index": 1, "value": 2, "op": "SCMP_CMP_EQ"],
            ],
        ]
        let trial = try Trial("/bin/probe call 111 1 2; /bin/probe call 111 1 3; /bin/probe call 111 2 2") {
            $0["linux", "seccomp"] = profile([rule])
        }
        #expect(try trial.run().words.filter { $0.hasPrefix("errno") } == ["errno=77", "errno=0", "errno=0"])
    }

    @Test func largeValuesAreNotCutShort() throws {
        let rule: Value = [
            "names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77,
            "args": [["index": 0, "value": .raw("18446744073709551615"), "op": "SCMP_CMP_EQ"]],
        ]
        let trial = try Trial("/bin/probe call 111 0xffffffffffffffff; /bin/probe call 111 0xffffffff") {
            $0["linux", "seccomp"] = profile([rule])
        }
        #expect(try trial.run().words.filter { $0.hasPrefix("errno") } == ["errno=77", "errno=0"])
    }

    @Test func namesTheMachineDoesNotKnowAreSkipped() throws {
        let outcome = try call(
            ["111"],
            profile([["names": ["no_such_call", "getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77]]))
        #expect(outcome.out.contains("errno=77"), "\(outcome.err)")
    }

    @Test(arguments: [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    ])
    func aFlag(name: String) throws {
        let outcome = try call(
            ["111"],
            profile([["names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77]]) {
                $0["flags"] = [.string(name)]
            })
        #expect(outcome.out.contains("errno=77"), "\(outcome.err)")
    }

    @Test(arguments: [
        ("defaultAction", "SCMP_ACT_DREAM"), ("flags", "SECCOMP_FILTER_FLAG_DREAM"),
        ("architectures", "SCMP_ARCH_DREAM"),
    ])
    func aWordThatDoesNotExistIsRefused(member: String, word: String) throws {
        let outcome = try call(
            ["111"], profile([]) { $0[member] = member == "defaultAction" ? .string(word) : [.string(word)] })
        #expect(!outcome.succeeded && !outcome.out.contains("call"))
        #expect(outcome.err.contains(word) || outcome.err.lowercased().contains("dream"), "\(outcome.err)")
    }

    @Test func theFilterIsInstalledWithoutNoNewPrivileges() throws {
        let trial = try Trial(arguments: ["/bin/probe", "call", "111"]) {
            $0["process", "noNewPrivileges"] = false
            $0["linux", "seccomp"] = profile([
                ["names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77]
            ])
        }
        let outcome = try trial.run()
        #expect(outcome.out.contains("errno=77"), "\(outcome.err)")
    }

    @Test func execIsFilteredToo() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000") {
            $0["linux", "seccomp"] = profile([
                ["names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77]
            ])
        }
        try trial.launch()
        #expect(try trial.exec(["/bin/probe", "call", "111"]).out.contains("errno=77"))
    }

    @Test func thirtyTwoBitCallsOfAnotherArchitectureDie() throws {
        let trial = try Trial(arguments: ["/bin/probe", "call", "111"]) {
            $0["linux", "seccomp"] = profile([
                ["names": ["getpgrp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77]
            ]) {
                $0["architectures"] = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
            }
        }
        let outcome = try trial.run()
        #expect(outcome.out.contains("errno=77"), "\(outcome.err)")
    }

    @Test func theListenerIsHandedOverWithTheState() throws {
        let trial = try Trial(arguments: ["/bin/probe", "call", "111"])
        let path = trial.folder + "/listener"
        var config = trial.configuration
        config["annotations"] = ["org.example.word": "here"]
        config["linux", "seccomp"] = profile([["names": ["getpgrp"], "action": "SCMP_ACT_NOTIFY"]]) {
            $0["listenerPath"] = .string(path)
            $0["listenerMetadata"] = "said with it"
        }
        Host.write(config.json, to: trial.bundle + "/config.json")
        let socket = harness_listen(path)
        try #require(socket >= 0)
        defer { close(socket) }
        let run = try trial.command(["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        let connection = harness_accept(socket, 10_000)
        try #require(connection >= 0, "\(run.wait(timeoutMillis: 100).err)")
        defer { close(connection) }
        var bytes = [CChar](repeating: 0, count: 65536)
        var fds = [Int32](repeating: -1, count: 16)
        var count: Int32 = 0
        let got = harness_receive(connection, &bytes, bytes.count, &fds, &count, 10_000)
        try #require(got > 0 && count >= 1)
        let text = String(decoding: bytes[..<got].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let state = try Value(parsing: text)
        let names = state["fds"]?.elements.compactMap(\.text) ?? []
        #expect(names.count == Int(count))
        let index = try #require(names.firstIndex(of: "seccompFd"))
        #expect(state["metadata"]?.text == "said with it")
        #expect(state["ociVersion"]?.text != nil)
        #expect((state["pid"]?.int ?? 0) > 0)
        #expect(state["state", "id"]?.text == trial.id)
        #expect(state["state", "bundle"]?.text == trial.bundle)
        #expect(state["state", "annotations", "org.example.word"]?.text == "here")
        #expect(harness_answer(fds[index], 99) == 111)
        #expect(run.wait().out == "call 111 result=-1 errno=99\n")
        for fd in fds[..<Int(count)] { close(fd) }
    }

    @Test func notifyWithoutAListenerIsRefused() throws {
        let outcome = try call(["111"], profile([["names": ["getpgrp"], "action": "SCMP_ACT_NOTIFY"]]))
        #expect(!outcome.succeeded && !outcome.out.contains("call"))
    }

    @Test func aListenerNobodyHoldsIsAnError() throws {
        let outcome = try call(
            ["111"],
            profile([["names": ["getpgrp"], "action": "SCMP_ACT_NOTIFY"]]) {
                $0["listenerPath"] = "/no/such/socket"
            })
        #expect(!outcome.succeeded && !outcome.out.contains("call"))
    }
}
