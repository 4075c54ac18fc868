import Glibc
import Harness
import Testing

/// `exec`: another process in a running container.
@Suite(.blackBox) struct Execs {
    @Test func aCgroupBelowTheContainers() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let folders = Host.hierarchies.map { $0 + trial.cgroup + "/below" }
        for folder in folders { mkdir(folder, 0o755) }
        for file in ["cpuset.cpus", "cpuset.mems"] {
            Host.write(
                trial.cgroupValue("cpuset", file) ?? "", to: trial.cgroupFile("cpuset", "below/\(file)"))
        }
        let outcome = try trial.exec(["cat", "/proc/self/cgroup"], ["--cgroup", "below"])
        #expect(outcome.succeeded, "\(outcome.err)")
        let own = Host.isUnified ? "0::" : ":pids:"
        #expect(outcome.lines.contains { $0.contains(own) && $0.hasSuffix(":/below") }, "\(outcome.out)")
        #expect(try !trial.exec(["true"], ["--cgroup", "nowhere"]).succeeded)
        #expect(try !trial.exec(["true"], ["--cgroup", "../x"]).succeeded)
        guard !Host.isUnified else { return }
        let one = try trial.exec(["cat", "/proc/self/cgroup"], ["--cgroup", "pids:below"])
        #expect(one.lines.contains { $0.contains(":pids:") && $0.hasSuffix(":/below") }, "\(one)")
        #expect(one.lines.contains { $0.contains(":memory:") && $0.hasSuffix(":/") }, "\(one.out)")
    }

    @Test(
        .enabled(if: sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1), arguments: [("0", "1", "1"), ("1", nil, "1")])
    func theProcessorsOfIt(initial: String, final: String?, wanted: String) throws {
        let trial = try Trial("echo > /ready; exec sleep 1000") {
            $0["process", "execCPUAffinity"] = ["initial": .string(initial)]
            if let final { $0["process", "execCPUAffinity", "final"] = .string(final) }
        }
        try trial.launch()
        let script = "grep Cpus_allowed_list /proc/self/status"
        let outcome = try trial.exec(["sh", "-c", script])
        #expect(outcome.words.last == wanted, "\(outcome)")
        // The container's own process has them all.
        #expect(
            try Host.read("/proc/\(trial.pid())/status")?.contains("Cpus_allowed_list:\t\(wanted)\n") == false
        )
    }

    private func sleeper(_ change: (inout Value) -> Void = { _ in }) throws -> Trial {
        let trial = try Trial("echo > /ready; exec sleep 1000", change)
        try trial.launch()
        return trial
    }

    @Test func theExitCode() throws {
        let trial = try sleeper()
        #expect(try trial.exec(["sh", "-c", "exit 0"]).status == 0)
        #expect(try trial.exec(["sh", "-c", "exit 9"]).status == 9)
        #expect(try trial.exec(["sh", "-c", "kill -TERM $$"]).status == 143)
    }

    @Test func inputAndOutput() throws {
        let trial = try sleeper()
        var exec = trial.command(["exec", trial.id, "sh", "-c", "cat; echo err >&2"])
        exec.input = "in\n"
        let outcome = try exec.run(in: trial.folder)
        #expect(outcome.out == "in\n" && outcome.err == "err\n")
    }

    @Test func itRunsInTheContainersNamespaces() throws {
        let trial = try sleeper { $0.namespace("pid") }
        let pid = try trial.pid()
        for file in ["pid", "net", "ipc", "uts", "mnt", "cgroup"] {
            let inside = try trial.exec(["readlink", "/proc/self/ns/" + file]).lines.first
            #expect(inside == Namespaces.of("\(pid)", file))
        }
    }

    @Test func itRunsInTheContainersCgroup() throws {
        let trial = try sleeper()
        let outcome = try trial.exec(["cat", "/proc/self/cgroup"])
        let own = outcome.lines.filter { $0.contains(Host.isUnified ? "0::" : ":pids:") }
        #expect(own.count == 1 && own.allSatisfy { $0.hasSuffix(":/") })
        let members = try trial.exec(["cat", Host.hierarchy("pids") + "/cgroup.procs"])
        #expect(members.lines.count == 2 && members.lines.contains("1"))
    }

    @Test func itRunsInAUserNamespaceToo() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000") { $0.mapUsers(from: 100_000) }
        chown(trial.root, 100_000, 100_000)
        try trial.launch()
        let outcome = try trial.exec(["sh", "-c", "id -u; cat /proc/self/uid_map"])
        #expect(outcome.words == ["0", "0", "100000", "65536"], "\(outcome.err)")
    }

    @Test func theFlagsOfAProcess() throws {
        let trial = try sleeper()
        let outcome = try trial.exec(
            ["sh", "-c", "id -u; id -g; pwd; echo $WORD-$OTHER"],
            ["--user", "1000:1001", "--cwd", "/tmp", "--env", "WORD=here", "--env", "OTHER=there"])
        #expect(outcome.lines == ["1000", "1001", "/tmp", "here-there"], "\(outcome.err)")
    }

    @Test func theEnvironmentAndFolderAreTheContainersUnlessTold() throws {
        let trial = try sleeper {
            $0["process", "cwd"] = "/tmp"
            $0["process", "env"] = ["PATH=/bin", "WORD=here"]
        }
        #expect(try trial.exec(["sh", "-c", "pwd; echo $WORD"]).lines == ["/tmp", "here"])
    }

    @Test func aProcessFile() throws {
        let trial = try sleeper()
        let outcome = try trial.exec(process: [
            "args": [
                "sh", "-c",
                "id -u; id -g; umask; pwd; echo $WORD; ulimit -n; grep NoNewPrivs /proc/self/status",
            ],
            "cwd": "/tmp", "env": ["PATH=/bin", "WORD=here"],
            "user": ["uid": 5, "gid": 6, "umask": 0o027], "noNewPrivileges": true,
            "rlimits": [["type": "RLIMIT_NOFILE", "soft": 99, "hard": 100]],
        ])
        #expect(
            outcome.lines == ["5", "6", "0027", "/tmp", "here", "99", "NoNewPrivs:\t1"], "\(outcome.err)")
    }

    @Test func theContainersCapabilitiesUnlessTold() throws {
        let trial = try sleeper { $0.capabilities(["CAP_KILL"], in: ["bounding", "permitted", "effective"]) }
        let got = Capabilities.parse(try trial.exec(["grep", "^Cap", "/proc/self/status"]).lines)
        #expect(got["Eff"] == Capabilities.kill && got["Bnd"] == Capabilities.kill && got["Inh"] == 0)
    }

    @Test func aCapabilityMore() throws {
        let trial = try sleeper { $0.capabilities(["CAP_KILL"], in: ["bounding", "permitted", "effective"]) }
        let outcome = try trial.exec(
            ["grep", "^Cap", "/proc/self/status"], ["--cap", "CAP_NET_BIND_SERVICE"])
        let got = Capabilities.parse(outcome.lines)
        #expect(got["Eff"] == Capabilities.kill | Capabilities.bind, "\(outcome.err)")
    }

    @Test func noNewPrivileges() throws {
        let trial = try sleeper { $0["process", "noNewPrivileges"] = false }
        #expect(try trial.exec(["grep", "NoNewPrivs", "/proc/self/status"]).words.last == "0")
        #expect(
            try trial.exec(["grep", "NoNewPrivs", "/proc/self/status"], ["--no-new-privs"]).words.last == "1")
    }

    @Test func theLimitsAreTheContainers() throws {
        let trial = try sleeper {
            $0["process", "rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 99, "hard": 100]]
        }
        #expect(try trial.exec(["sh", "-c", "ulimit -n"]).out == "99\n")
    }

    @Test func detachedItGoesOn() throws {
        let trial = try sleeper()
        let outcome = try trial.exec(
            ["sh", "-c", "echo on > /ready; exec sleep 1000"],
            ["--detach", "--pid-file", trial.folder + "/pid"])
        #expect(outcome.succeeded)
        #expect(try trial.awaitReady() == "on")
        let pid = pid_t(Host.read(trial.folder + "/pid") ?? "") ?? 0
        let first = try trial.pid()
        #expect(pid > 0 && Namespaces.of("\(pid)", "mnt") == Namespaces.of("\(first)", "mnt"))
    }

    @Test func preservedDescriptorsArrive() throws {
        let trial = try sleeper()
        Host.write("three\n", to: trial.folder + "/three")
        var exec = trial.command(["exec", "--preserve-fds", "1", trial.id, "sh", "-c", "cat <&3"])
        exec.descriptors = [open(trial.folder + "/three", O_RDONLY)]
        defer { for fd in exec.descriptors { close(fd) } }
        #expect(try exec.run(in: trial.folder).out == "three\n")
    }

    @Test func noOtherDescriptorArrives() throws {
        let trial = try sleeper()
        var exec = trial.command(["exec", trial.id, "/bin/probe", "descriptors"])
        exec.descriptors = [open("/", O_RDONLY), open("/dev/null", O_RDONLY)]
        defer { for fd in exec.descriptors { close(fd) } }
        #expect(try exec.run(in: trial.folder).out == "descriptors 0 1 2\n")
    }

    @Test func aMissingProgramIsAnError() throws {
        let trial = try sleeper()
        let outcome = try trial.exec(["/no/such/program"])
        #expect(!outcome.succeeded && outcome.err.contains("/no/such/program"))
        #expect(try trial.status == "running")
    }

    @Test func intoAStoppedIsRefused() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        #expect(try !trial.exec(["true"]).succeeded)
    }

    @Test func intoAPausedIsRefused() throws {
        let trial = try sleeper()
        #expect(try trial.invoke(["pause", trial.id]).succeeded)
        #expect(try !trial.exec(["true"]).succeeded)
        #expect(try trial.invoke(["resume", trial.id]).succeeded)
        #expect(try trial.exec(["true"]).succeeded)
    }

    @Test func intoACreatedWorks() throws {
        let trial = try Trial("exec sleep 1000")
        #expect(try trial.create().succeeded)
        try trial.pid()
        #expect(try trial.exec(["echo", "inside"]).out == "inside\n")
    }

    @Test func withoutAProgramIsRefused() throws {
        let trial = try sleeper()
        #expect(try !trial.invoke(["exec", trial.id]).succeeded)
    }

    @Test func aMalformedProcessFileIsRefused() throws {
        let trial = try sleeper()
        for process: Value in [
            .raw("{"), ["cwd": "/"], ["args": [], "cwd": "/"], ["args": ["true"], "cwd": "tmp"],
        ] {
            let outcome = try trial.exec(process: process)
            #expect(!outcome.succeeded && !outcome.err.isEmpty, "\(process)")
        }
        #expect(try trial.status == "running")
    }

    @Test func manyAtOnce() async throws {
        let trial = try sleeper()
        let started = try (0..<8).map { number in
            try trial.command(["exec", trial.id, "sh", "-c", "exit \(number)"]).start(in: trial.folder)
        }
        #expect(started.map { $0.wait().status } == Array(0..<8))
    }

    @Test func inAHostPidNamespaceItDiesWithTheContainer() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000") { $0.namespace("pid", share: true) }
        try trial.launch()
        #expect(
            try trial.exec(["sleep", "1000"], ["--detach", "--pid-file", trial.folder + "/pid"]).succeeded)
        let pid = pid_t(Host.read(trial.folder + "/pid") ?? "") ?? 0
        #expect(pid > 0)
        #expect(try trial.delete(force: true).succeeded)
        #expect(try trial.wait(pid) == 137)
    }

    @Test func otherVerbsDoNotWaitForIt() throws {
        let trial = try Trial("exec sleep 1000")
        #expect(try trial.create().succeeded)
        try trial.pid()
        let exec = try trial.command(["exec", trial.id, "sh", "-c", "echo > /ready; exec sleep 1000"]).start(
            in: trial.folder)
        try trial.awaitReady()
        #expect(try trial.start().succeeded)
        #expect(try trial.exec(["echo", "beside"]).out == "beside\n")
        #expect(try trial.invoke(["pause", trial.id]).succeeded)
        #expect(try trial.invoke(["resume", trial.id]).succeeded)
        #expect(try trial.kill("KILL").succeeded)
        #expect(exec.wait().status == 137)
    }
}
