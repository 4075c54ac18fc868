import Glibc
import Harness
import Testing

/// Control groups of a host with both hierarchies, or the unified one alone: limits, update, pause, events,
/// deletion.
@Suite(.blackBox) struct CgroupsTests {
    private func sleeper(_ change: (inout Value) -> Void = { _ in }) throws -> Trial {
        let trial = try Trial("echo > /ready; exec sleep 1000", change)
        try trial.launch()
        return trial
    }

    private func memory(_ trial: Trial) -> String? {
        trial.cgroupValue("memory", "memory.limit_in_bytes", v2: "memory.max")
    }

    private func shares(_ trial: Trial) -> String? {
        trial.cgroupValue("cpu", "cpu.shares", v2: "cpu.weight")
    }

    /// Shares as the host's hierarchy words them: 2...262144 of version 1 are 1...10000 of version 2.
    private func weight(_ shares: Int) -> String {
        String(Host.isUnified ? 1 + (shares - 2) * 9999 / 262_142 : shares)
    }

    private func quota(_ trial: Trial) -> String? {
        if Host.isUnified { return trial.cgroupValue("cpu", "cpu.max") }
        let (quota, period) = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        return "\(trial.cgroupValue("cpu", quota) ?? "") \(trial.cgroupValue("cpu", period) ?? "")"
    }

    @Test func thePathIsTheConfigurations() throws {
        let trial = try sleeper()
        let pid = try trial.pid()
        let table = (Host.read("/proc/\(pid)/cgroup") ?? "").split(separator: "\n").map(String.init)
        for controller in Host.isUnified ? [""] : ["pids", "memory", "cpu", "devices", "freezer"] {
            #expect(table.contains { $0.hasSuffix(":\(controller):\(trial.cgroup)") }, "\(controller)")
        }
    }

    @Test func withoutAPathThereIsOneNevertheless() throws {
        let trial = try sleeper { $0["linux", "cgroupsPath"] = nil }
        let pid = try trial.pid()
        let own = (Host.read("/proc/\(pid)/cgroup") ?? "").split(separator: "\n").first {
            $0.contains(Host.isUnified ? "0::" : ":pids:")
        }
        let path = String(own?.split(separator: ":").last ?? "")
        #expect(path.contains(trial.id))
        #expect(try trial.delete(force: true).succeeded)
        #expect(!Host.exists(Host.hierarchy("pids") + path))
    }

    @Test func theLimitOfMemory() throws {
        let trial = try sleeper {
            $0["linux", "resources", "memory"] = [
                "limit": 67_108_864, "reservation": 33_554_432, "swappiness": 7,
            ]
        }
        #expect(memory(trial) == "67108864")
        #expect(trial.cgroupValue("memory", "memory.soft_limit_in_bytes", v2: "memory.low") == "33554432")
        #expect(Host.isUnified || trial.cgroupValue("memory", "memory.swappiness") == "7")
    }

    @Test func theLimitOfProcesses() throws {
        let trial = try sleeper { $0["linux", "resources", "pids"] = ["limit": 17] }
        #expect(trial.cgroupValue("pids", "pids.max") == "17")
    }

    @Test func theLimitOfProcessesHolds() throws {
        let trial = try Trial("for i in 1 2 3 4 5 6 7 8; do sleep 30 & done; echo all") {
            $0["linux", "resources", "pids"] = ["limit": 4]
        }
        let outcome = try trial.run()
        #expect(!outcome.out.contains("all") || outcome.err.contains("fork"))
    }

    @Test func theSharesOfProcessors() throws {
        let trial = try sleeper {
            $0["linux", "resources", "cpu"] = [
                "shares": 512, "quota": 20_000, "period": 50_000, "cpus": "0", "mems": "0",
            ]
        }
        #expect(shares(trial) == weight(512))
        #expect(quota(trial) == "20000 50000")
        #expect(trial.cgroupValue("cpuset", "cpuset.cpus") == "0")
        #expect(trial.cgroupValue("cpuset", "cpuset.mems") == "0")
    }

    @Test func aLimitTheKernelRefusesIsAnError() throws {
        let trial = try Trial("echo ran") { $0["linux", "resources", "cpu"] = ["cpus": "999"] }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("cpuset"), "\(outcome.err)")
    }

    @Test func theOOMKillerStrikes() throws {
        let trial = try Trial("echo x | awk '{ s = \"xxxxxxxxxxxxxxxx\"; while (1) s = s s }'; echo $?") {
            $0["linux", "resources", "memory"] = ["limit": 16_777_216, "swap": 16_777_216]
        }
        #expect(try trial.run().lines.last == "137")
    }

    @Test func updateChangesTheLimits() throws {
        let trial = try sleeper {
            $0["linux", "resources", "memory"] = ["limit": 67_108_864]
            $0["linux", "resources", "pids"] = ["limit": 17]
        }
        let outcome = try trial.invoke([
            "update", "--memory", "134217728", "--pids-limit", "23", "--cpu-share", "256", "--cpu-period",
            "40000",
            "--cpu-quota", "10000", trial.id,
        ])
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(memory(trial) == "134217728")
        #expect(trial.cgroupValue("pids", "pids.max") == "23")
        #expect(shares(trial) == weight(256))
        #expect(quota(trial) == "10000 40000")
    }

    @Test func updateReadsAFile() throws {
        let trial = try sleeper()
        Host.write(
            #"{"memory":{"limit":134217728},"pids":{"limit":31},"cpu":{"shares":300}}"#,
            to: trial.folder + "/resources.json")
        let outcome = try trial.invoke(["update", "--resources", trial.folder + "/resources.json", trial.id])
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(memory(trial) == "134217728")
        #expect(trial.cgroupValue("pids", "pids.max") == "31")
        #expect(shares(trial) == weight(300))
    }

    @Test func updateReadsItsInput() throws {
        let trial = try sleeper()
        var update = trial.command(["update", "--resources", "-", trial.id])
        update.input = #"{"pids":{"limit":37}}"#
        #expect(try update.run(in: trial.folder).succeeded)
        #expect(trial.cgroupValue("pids", "pids.max") == "37")
    }

    @Test func anUpdateThatIsNoneIsRefused() throws {
        let trial = try sleeper { $0["linux", "resources", "pids"] = ["limit": 17] }
        #expect(try !trial.invoke(["update", "--pids-limit", "many", trial.id]).succeeded)
        #expect(trial.cgroupValue("pids", "pids.max") == "17")
    }

    /// By whichever of the two freezers of a host with both hierarchies.
    private func frozen(_ trial: Trial) -> Bool {
        trial.cgroupValue("freezer", "freezer.state") == "FROZEN"
            || trial.cgroupValue("unified", "cgroup.events")?.contains("frozen 1") == true
    }

    @Test func pausedAndResumed() throws {
        let trial = try sleeper()
        #expect(try trial.invoke(["pause", trial.id]).succeeded)
        #expect(try trial.status == "paused")
        #expect(frozen(trial))
        #expect(try trial.invoke(["resume", trial.id]).succeeded)
        #expect(try trial.status == "running")
        #expect(!frozen(trial))
    }

    @Test func resumeOfARunningIsRefused() throws {
        let trial = try sleeper()
        #expect(try !trial.invoke(["resume", trial.id]).succeeded)
    }

    @Test func oneThatIsPausedBeforeItsStartIsResumedFirst() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        #expect(try trial.create().succeeded)
        try trial.pid()
        #expect(try trial.invoke(["pause", trial.id]).succeeded)
        #expect(try trial.status == "paused")
        var start = trial.command(["start", trial.id])
        start.timeoutMillis = 3000
        #expect(try start.run(in: trial.folder).status == 1)
        #expect(try trial.invoke(["resume", trial.id]).succeeded)
        #expect(try trial.status == "created")
        #expect(try trial.start().succeeded)
        try trial.awaitReady()
    }

    @Test func pauseOfAStoppedIsRefused() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        #expect(try !trial.invoke(["pause", trial.id]).succeeded)
    }

    @Test func statisticsOnce() throws {
        let trial = try sleeper { $0["linux", "resources", "pids"] = ["limit": 17] }
        let outcome = try trial.invoke(["events", "--stats", trial.id])
        try #require(outcome.succeeded, "\(outcome.err)")
        let event = try Value(parsing: outcome.out)
        #expect(event["type"]?.text == "stats" && event["id"]?.text == trial.id)
        #expect((event["data", "memory", "usage", "usage"]?.int ?? 0) > 0)
        #expect((event["data", "cpu", "usage", "total"]?.int ?? 0) > 0)
        #expect(event["data", "pids", "current"]?.int == 1)
        #expect(event["data", "pids", "limit"]?.int == 17)
    }

    /// The container waits for a word on a fifo and then takes more memory than it may, in a child or itself.
    @Test(arguments: ["", "exec "])
    func memoryThatRunsOutIsAnEvent(how: String) throws {
        let taking = "dd if=/dev/zero of=/dev/null bs=200M count=1"
        let trial = try Trial("echo > /ready; read x < /go; \(how)\(taking); exit 0") {
            $0["linux", "resources", "memory"] = ["limit": 33_554_432, "swap": 33_554_432]
        }
        mkfifo(trial.root + "/go", 0o666)
        let pid = try trial.launch()
        // Once it has told anything, it watches.
        let events = trial.command(["events", "--interval", "20ms", trial.id])
        let script = "\"$0\" \"$@\" | { read -r line; echo > \(trial.root)/ready; echo \"$line\"; cat; }"
        var call = Command("/bin/sh", ["-c", script, events.path] + events.arguments)
        call.flags = events.flags
        let watching = try call.start(in: trial.folder)
        try trial.awaitReady()
        Host.write("go\n", to: trial.root + "/go")
        _ = try trial.wait(pid)
        let outcome = watching.wait(timeoutMillis: 10_000)
        #expect(outcome.status == 0, "\(outcome.err)")
        let kinds = try outcome.lines.map { try Value(parsing: $0)["type"]?.text }
        #expect(kinds.contains("oom") && kinds.contains("stats"))
    }

    @Test func deletionTakesWhatTheContainerMadeBelow() throws {
        let trial = try Trial("mkdir \(Host.hierarchy("pids"))/below && echo > /ready; exec sleep 1000") {
            $0.unmount("/sys/fs/cgroup")
            $0.mount("/sys/fs/cgroup", from: "cgroup", type: "cgroup", ["nosuid", "noexec", "nodev", "rw"])
        }
        try trial.launch()
        #expect(Host.exists(trial.cgroupFile("pids", "below")))
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func deletionEndsWhatTheContainerLeft() throws {
        let trial = try Trial("setsid sleep 1000 & echo > /ready; exec sleep 1000") {
            $0.namespace("pid", share: true)
        }
        try trial.launch()
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func aRelativePathLiesBelowTheRuntimesOwnChoice() throws {
        let trial = try sleeper { $0["linux", "cgroupsPath"] = "docklock-test-relative" }
        let pid = try trial.pid()
        #expect(Host.read("/proc/\(pid)/cgroup")?.contains("docklock-test-relative") == true)
    }

    @Test(.enabled(if: !Host.isUnified, "v2 has a program in its place: Tests/VM asks what that lets pass"))
    func theDeviceListIsTheKernels() throws {
        let trial = try sleeper()
        let list = trial.cgroupValue("devices", "devices.list") ?? ""
        let lines = list.split(separator: "\n")
        #expect(lines.contains("c 1:3 rwm") && lines.contains("c 5:2 rwm") && lines.contains("c 136:* rwm"))
        #expect(!lines.contains("a *:* rwm"))
    }
}
