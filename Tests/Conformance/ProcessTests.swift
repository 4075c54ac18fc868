import Glibc
import Harness
import Testing

/// `process`: what runs, as whom, where, and with which rights.
@Suite(.blackBox) struct ProcessMembers {
    @Test func argumentsArriveAsTheyStand() throws {
        let words = ["printf", "[%s]", "", "a b", "$HOME", "\"", "\\n", "ü€"]
        #expect(try Trial(arguments: words).run().out == "[][a b][$HOME][\"][\\n][ü€]")
    }

    @Test func theProgramIsFoundByPath() throws {
        let trial = try Trial(arguments: ["tool"]) { $0["process", "env"] = ["PATH=/none:/tmp"] }
        Host.write("#!/bin/sh\necho found\n", to: trial.root + "/tmp/tool", mode: 0o755)
        #expect(try trial.run().out == "found\n")
    }

    @Test func theProgramIsRelativeToTheWorkingFolder() throws {
        let trial = try Trial(arguments: ["./tool"]) { $0["process", "cwd"] = "/tmp" }
        Host.write("#!/bin/sh\necho found in $PWD\n", to: trial.root + "/tmp/tool", mode: 0o755)
        #expect(try trial.run().out == "found in /tmp\n")
    }

    @Test func theEnvironmentIsTheConfigurations() throws {
        let trial = try Trial(arguments: ["/bin/env"]) {
            $0["process", "env"] = ["PATH=/bin", "A=1", "EMPTY=", "B=x=y", "HOME=/there"]
        }
        #expect(try Set(trial.run().lines) == ["PATH=/bin", "A=1", "EMPTY=", "B=x=y", "HOME=/there"])
    }

    @Test func homeComesFromPasswd() throws {
        let trial = try Trial(arguments: ["/bin/env"]) {
            $0["process", "env"] = ["PATH=/bin"]
            $0["process", "user"] = ["uid": 1000, "gid": 1000]
        }
        #expect(try trial.run().lines.contains("HOME=/home/user"))
    }

    @Test func homeIsTheRootWhereNobodyKnowsTheUser() throws {
        let trial = try Trial(arguments: ["/bin/env"]) {
            $0["process", "env"] = ["PATH=/bin"]
            $0["process", "user"] = ["uid": 4321, "gid": 1]
        }
        #expect(try trial.run().lines.contains("HOME=/"))
    }

    @Test func theWorkingFolder() throws {
        #expect(try Trial("pwd", { $0["process", "cwd"] = "/tmp" }).run().out == "/tmp\n")
    }

    @Test func aMissingWorkingFolderIsMade() throws {
        let trial = try Trial("pwd") { $0["process", "cwd"] = "/made/for/this" }
        #expect(try trial.run().out == "/made/for/this\n")
    }

    @Test func aRelativeWorkingFolderIsRefused() throws {
        let outcome = try Trial("echo ran") { $0["process", "cwd"] = "tmp" }.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
    }

    @Test func theUserAndGroups() throws {
        let trial = try Trial("id -u; id -g; grep ^Groups: /proc/self/status") {
            $0["process", "user"] = ["uid": 1000, "gid": 1001, "additionalGids": [5, 2000]]
        }
        let outcome = try trial.run()
        #expect(outcome.line(0) == "1000" && outcome.line(1) == "1001")
        #expect(Set(outcome.words.dropFirst(3)) == ["5", "2000"])
    }

    @Test func theHostsGroupsAreDropped() throws {
        let trial = try Trial("grep ^Groups: /proc/self/status") {
            $0["process", "user"] = ["uid": 1000, "gid": 1000]
        }
        #expect(try trial.run().out.split(whereSeparator: \.isWhitespace).count == 1)
    }

    @Test func theUmask() throws {
        let trial = try Trial("umask; touch /tmp/f; stat -c %a /tmp/f") {
            $0["process", "user", "umask"] = 0o077
        }
        #expect(try trial.run().out == "0077\n600\n")
    }

    @Test func theUmaskIsTheSpecificationsDefault() throws {
        #expect(try Trial("umask").run().out == "0022\n")
    }

    @Test func theLimits() throws {
        let trial = try Trial("ulimit -n; ulimit -Hn; ulimit -c; ulimit -Hs") {
            $0["process", "rlimits"] = [
                ["type": "RLIMIT_NOFILE", "soft": 512, "hard": 768],
                ["type": "RLIMIT_CORE", "soft": 0, "hard": 0],
                ["type": "RLIMIT_STACK", "soft": 8_388_608, "hard": 16_777_216],
            ]
        }
        #expect(try trial.run().lines == ["512", "768", "0", "16384"])
    }

    @Test(arguments: [
        ("AS", "address space"), ("CPU", "cpu time"), ("DATA", "data size"), ("FSIZE", "file size"),
        ("LOCKS", "file locks"), ("MEMLOCK", "locked memory"), ("MSGQUEUE", "msgqueue size"),
        ("NPROC", "processes"), ("SIGPENDING", "pending signals"), ("NICE", "nice priority"),
        ("RTPRIO", "realtime priority"), ("RTTIME", "realtime timeout"), ("RSS", "resident set"),
    ])
    func everyLimitByName(name: String, text: String) throws {
        let (soft, hard): (Int64, Int64) =
            switch name {
            case "NICE", "RTPRIO", "NPROC", "SIGPENDING": (0, 0)
            case "MEMLOCK", "MSGQUEUE": (4096, 8192)
            default: (77_000_704, 99_000_320)
            }
        let trial = try Trial("grep -i 'max \(text)' /proc/self/limits") {
            $0["process", "rlimits"] = [
                ["type": .string("RLIMIT_" + name), "soft": .number(soft), "hard": .number(hard)]
            ]
        }
        let words = try trial.run().words
        #expect(words.contains(String(soft)) && words.contains(String(hard)))
    }

    @Test func aLimitThatDoesNotExistIsRefused() throws {
        let trial = try Trial("echo ran") {
            $0["process", "rlimits"] = [["type": "RLIMIT_NOTHING", "soft": 1, "hard": 1]]
        }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("RLIMIT_NOTHING"))
    }

    @Test func aLimitThatStandsTwiceIsRefused() throws {
        let trial = try Trial("echo ran") {
            $0["process", "rlimits"] = [
                ["type": "RLIMIT_CORE", "soft": 1, "hard": 1], ["type": "RLIMIT_CORE", "soft": 2, "hard": 2],
            ]
        }
        #expect(try !trial.run().succeeded)
    }

    @Test(arguments: [true, false])
    func noNewPrivileges(wanted: Bool) throws {
        let trial = try Trial("grep NoNewPrivs /proc/self/status") {
            $0["process", "noNewPrivileges"] = .bool(wanted)
        }
        #expect(try trial.run().out == "NoNewPrivs:\t\(wanted ? 1 : 0)\n")
    }

    @Test func noNewPrivilegesUnlessTold() throws {
        let trial = try Trial("grep NoNewPrivs /proc/self/status") { $0["process", "noNewPrivileges"] = nil }
        #expect(try trial.run().out == "NoNewPrivs:\t0\n")
    }

    @Test func theScoreOfTheOOMKiller() throws {
        let trial = try Trial("cat /proc/self/oom_score_adj") { $0["process", "oomScoreAdj"] = 500 }
        #expect(try trial.run().out == "500\n")
    }

    @Test func theBatchScheduler() throws {
        let trial = try Trial(arguments: ["/bin/probe", "scheduler"]) {
            $0["process", "scheduler"] = ["policy": "SCHED_BATCH", "nice": 7]
        }
        #expect(try trial.run().out.hasPrefix("scheduler policy=3 nice=7 priority=0"))
    }

    @Test func theSchedulersFlags() throws {
        let trial = try Trial(arguments: ["/bin/probe", "scheduler"]) {
            $0["process", "scheduler"] = [
                "policy": "SCHED_OTHER", "nice": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
            ]
        }
        #expect(try trial.run().out.hasPrefix("scheduler policy=0 nice=3 priority=0 flags=1"))
    }

    @Test func theDeadlineScheduler() throws {
        let trial = try Trial(arguments: ["/bin/probe", "scheduler"]) {
            $0["process", "scheduler"] = [
                "policy": "SCHED_DEADLINE", "runtime": 1_000_000, "deadline": 10_000_000,
                "period": 20_000_000,
            ]
        }
        let outcome = try trial.run()
        #expect(outcome.out.contains("policy=6"), "\(outcome.err)")
        #expect(outcome.out.contains("runtime=1000000 deadline=10000000 period=20000000"))
    }

    /// A new control group of v1 has no real-time budget where the kernel keeps one for each.
    @Test func theRealTimeSchedulerIsAskedOfTheKernel() throws {
        let trial = try Trial(arguments: ["/bin/probe", "scheduler"]) {
            $0["process", "scheduler"] = ["policy": "SCHED_FIFO", "priority": 11]
        }
        let outcome = try trial.run()
        let granted = outcome.out.hasPrefix("scheduler policy=1 nice=0 priority=11")
        #expect(granted || (!outcome.succeeded && outcome.err.contains("schedul")), "\(outcome)")
    }

    @Test(arguments: [
        ("IOPRIO_CLASS_BE", 6, "class=2 priority=6"), ("IOPRIO_CLASS_IDLE", 0, "class=3 priority=0"),
        ("IOPRIO_CLASS_RT", 3, "class=1 priority=3"),
    ])
    func thePriorityOfInputAndOutput(name: String, priority: Int, want: String) throws {
        let trial = try Trial(arguments: ["/bin/probe", "ioprio"]) {
            $0["process", "ioPriority"] = ["class": .string(name), "priority": .number(Int64(priority))]
        }
        #expect(try trial.run().out == "ioprio \(want)\n")
    }

    @Test(arguments: [("LINUX32", "8"), ("LINUX", "0")])
    func thePersonality(domain: String, want: String) throws {
        let trial = try Trial(arguments: ["/bin/probe", "personality"]) {
            $0["linux", "personality"] = ["domain": .string(domain)]
        }
        #expect(try trial.run().out == "personality \(want)\n")
    }

    @Test func theMemoryPolicy() throws {
        let trial = try Trial(arguments: ["/bin/probe", "mempolicy"]) {
            $0["linux", "memoryPolicy"] = ["mode": "MPOL_BIND", "nodes": "0"]
        }
        #expect(try trial.run().out == "mempolicy mode=2 nodes=1\n")
    }

    @Test func aSessionKeyringOfItsOwn() throws {
        let trial = try Trial(arguments: ["/bin/probe", "keyring"])
        let outcome = try trial.run()
        #expect(outcome.out.contains(trial.id))
    }

    @Test func noNewKeyringKeepsTheHosts() throws {
        let trial = try Trial(arguments: ["/bin/probe", "keyring"])
        #expect(try !trial.run(["--no-new-keyring"]).out.contains(trial.id))
    }

    @Test func noDescriptorButTheThreeIsGiven() throws {
        #expect(try Trial(arguments: ["/bin/probe", "descriptors"]).run().out == "descriptors 0 1 2\n")
    }

    @Test func preservedDescriptorsArrive() throws {
        let trial = try Trial("cat <&3; cat <&4; ls /proc/self/fd | head -c 10 | tr '\\n' ' '")
        var run = trial.command(["run", "--bundle", trial.bundle, "--preserve-fds", "2", trial.id])
        Host.write("three\n", to: trial.folder + "/three")
        Host.write("four\n", to: trial.folder + "/four")
        run.descriptors = [open(trial.folder + "/three", O_RDONLY), open(trial.folder + "/four", O_RDONLY)]
        defer { for fd in run.descriptors { close(fd) } }
        #expect(try run.run(in: trial.folder).out.hasPrefix("three\nfour\n"))
    }

    @Test func descriptorsThatAreNotPreservedAreClosed() throws {
        let trial = try Trial(arguments: ["/bin/probe", "descriptors"])
        var run = trial.command(["run", "--bundle", trial.bundle, "--preserve-fds", "1", trial.id])
        run.descriptors = [
            open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY),
        ]
        defer { for fd in run.descriptors { close(fd) } }
        #expect(try run.run(in: trial.folder).out == "descriptors 0 1 2 3\n")
    }

    @Test func listenFdsArrive() throws {
        let trial = try Trial("echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4")
        Host.write("three\n", to: trial.folder + "/three")
        // The manager's word: LISTEN_PID is the runtime's own pid.
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.arguments = ["-c", "LISTEN_PID=$$ LISTEN_FDS=2 exec \"$0\" \"$@\"", run.path] + run.arguments
        run.path = "/bin/sh"
        run.descriptors = [open(trial.folder + "/three", O_RDONLY), open(trial.folder + "/three", O_RDONLY)]
        defer { for fd in run.descriptors { close(fd) } }
        let lines = try run.run(in: trial.folder).lines
        #expect(lines.first == "2 1")
        #expect(lines.dropFirst() == ["three", "three"])
    }

    @Test func theRuntimesOwnEnvironmentStaysOutside() throws {
        let trial = try Trial(arguments: ["/bin/env"])
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.environment.append("SECRET_OF_THE_HOST=1")
        #expect(try !run.run(in: trial.folder).out.contains("SECRET"))
    }

    @Test func hostAndDomainName() throws {
        let trial = try Trial("hostname; cat /proc/sys/kernel/domainname") {
            $0["hostname"] = "here"
            $0["domainname"] = "there.example"
        }
        #expect(try trial.run().lines == ["here", "there.example"])
    }
}
