import Glibc
import Harness
import Testing

/// What the runtime says: state, list, ps, spec, features, versions and logs.
@Suite(.blackBox) struct Reports {
    private func sleeper(_ change: (inout Value) -> Void = { _ in }) throws -> Trial {
        let trial = try Trial("echo > /ready; exec sleep 1000", change)
        try trial.launch()
        return trial
    }

    @Test func theState() throws {
        let trial = try sleeper { $0["annotations"] = ["org.example.a": "1", "org.example.b": "zwei ü"] }
        let state = try trial.report()
        #expect(state["ociVersion"]?.text?.hasPrefix("1.") == true)
        #expect(state["id"]?.text == trial.id)
        #expect(state["status"]?.text == "running")
        #expect(state["bundle"]?.text == trial.bundle)
        #expect(kill(pid_t(state["pid"]?.int ?? -1), 0) == 0)
        #expect(state["annotations"]?.members == ["org.example.a": "1", "org.example.b": "zwei ü"])
    }

    @Test func theStateOfAStoppedHasNoProcess() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        let state = try trial.report()
        #expect(state["status"]?.text == "stopped")
        #expect((state["pid"]?.int ?? 0) == 0)
    }

    @Test func theListAsJSON() throws {
        let trial = try sleeper()
        let outcome = try trial.invoke(["list", "--format", "json"])
        let list = try Value(parsing: outcome.out).elements
        #expect(list.count == 1)
        #expect(list.first?["id"]?.text == trial.id)
        #expect(list.first?["status"]?.text == "running")
        let pid = try trial.pid()
        #expect(list.first?["pid"]?.int == Int(pid))
        #expect(list.first?["bundle"]?.text == trial.bundle)
        #expect(list.first?["created"]?.text?.contains("T") == true)
    }

    @Test func theListAsATable() throws {
        let trial = try sleeper()
        let lines = try trial.invoke(["list"]).lines
        #expect(lines.count == 2)
        for word in ["PID", "STATUS", "BUNDLE"] { #expect(lines.first?.contains(word) == true) }
        #expect(lines.last?.contains(trial.id) == true && lines.last?.contains("running") == true)
    }

    @Test func theListOfIds() throws {
        let trial = try sleeper()
        #expect(try trial.invoke(["list", "-q"]).out == trial.id + "\n")
    }

    @Test func theListOfNothing() throws {
        let trial = try Trial("true")
        let outcome = try trial.invoke(["list", "-q"])
        #expect(outcome.succeeded && outcome.out == "")
    }

    @Test func theProcessesAsJSON() throws {
        let trial = try Trial("sleep 1000 & echo > /ready; exec sleep 1000")
        let pid = try trial.launch()
        let outcome = try trial.invoke(["ps", "--format", "json", trial.id])
        let pids = try Value(parsing: outcome.out).elements.compactMap(\.int)
        #expect(pids.count == 2 && pids.contains(Int(pid)))
    }

    @Test func theProcessesAsATable() throws {
        let trial = try sleeper()
        let pid = try trial.pid()
        let outcome = try trial.invoke(["ps", trial.id])
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(outcome.lines.first?.contains("PID") == true)
        #expect(outcome.words.contains("\(pid)"))
    }

    @Test func aSpecificationToStartFrom() throws {
        let trial = try Trial("true")
        let outcome = try trial.invoke(["spec", "--bundle", trial.folder])
        #expect(outcome.succeeded, "\(outcome.err)")
        let text = try #require(Host.read(trial.folder + "/config.json"))
        let spec = try Value(parsing: text)
        #expect(spec["process", "args"]?.elements == ["sh"])
        #expect(spec["root", "path"]?.text == "rootfs")
        #expect(spec["linux", "namespaces"]?.elements.isEmpty == false)
        #expect(
            try !trial.invoke(["spec", "--bundle", trial.folder]).succeeded, "a second must not overwrite")
    }

    @Test func theSpecificationRuns() throws {
        let trial = try Trial("true")
        unlink(trial.bundle + "/config.json")
        #expect(try trial.invoke(["spec", "--bundle", trial.bundle]).succeeded)
        let text = try #require(Host.read(trial.bundle + "/config.json"))
        var spec = try Value(parsing: text)
        spec["process", "terminal"] = false
        spec["process", "args"] = ["echo", "ran"]
        spec["process", "rlimits"] = nil
        spec["linux", "cgroupsPath"] = .string(trial.cgroup)
        Host.write(spec.json, to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect(outcome.out == "ran\n", "\(outcome.err)")
    }

    @Test func theRootlessSpecificationMapsItsUser() throws {
        let trial = try Trial("true")
        #expect(try trial.invoke(["spec", "--rootless", "--bundle", trial.folder]).succeeded)
        let text = try #require(Host.read(trial.folder + "/config.json"))
        let spec = try Value(parsing: text)
        #expect(spec["linux", "uidMappings"]?.elements.first?["size"] == 1)
        #expect(spec["linux", "namespaces"]?.elements.contains(["type": "user"]) == true)
        #expect(spec["linux", "resources"] == nil)
    }

    @Test func theFeatures() throws {
        let trial = try Trial("true")
        let outcome = try trial.invoke(["features"])
        try #require(outcome.succeeded, "\(outcome.err)")
        let features = try Value(parsing: outcome.out)
        #expect(features["ociVersionMin"]?.text?.hasPrefix("1.0") == true)
        #expect(features["ociVersionMax"]?.text?.hasPrefix("1.") == true)
        #expect(features["hooks"]?.elements.contains("createContainer") == true)
        #expect(features["mountOptions"]?.elements.contains("rbind") == true)
        let namespaces = features["linux", "namespaces"]?.elements ?? []
        for name: Value in ["user", "pid", "network", "mount", "ipc", "uts", "cgroup"] {
            #expect(namespaces.contains(name))
        }
        #expect(features["linux", "capabilities"]?.elements.contains("CAP_KILL") == true)
        #expect(features["linux", "cgroup", "v1"] == true && features["linux", "cgroup", "v2"] == true)
        #expect(features["linux", "seccomp", "enabled"] == true)
        #expect(features["linux", "seccomp", "actions"]?.elements.contains("SCMP_ACT_NOTIFY") == true)
        #expect(features["linux", "mountExtensions", "idmap", "enabled"] == true)
    }

    @Test(arguments: ["--version", "-v"])
    func theVersion(flag: String) throws {
        let trial = try Trial("true")
        let outcome = try trial.invoke([flag])
        #expect(outcome.succeeded && outcome.out.contains("version") && outcome.out.contains("spec"))
        #expect(!outcome.out.contains("unknown"))
    }

    @Test func theLogAsJSON() throws {
        let trial = try Trial("true") { $0["root", "path"] = "nowhere" }
        let log = trial.folder + "/log.json"
        let outcome = try trial.invoke(
            ["create", "--bundle", trial.bundle, trial.id], globals: ["--log", log, "--log-format", "json"])
        #expect(!outcome.succeeded)
        let last = (Host.read(log) ?? "").split(separator: "\n").last ?? ""
        let entry = try Value(parsing: String(last))
        #expect(entry["msg"]?.text?.contains("nowhere") == true)
        #expect(entry["level"]?.text == "error")
        #expect(entry["time"]?.text?.contains("T") == true)
    }

    @Test func theLogAsText() throws {
        let trial = try Trial("true") { $0["root", "path"] = "nowhere" }
        let log = trial.folder + "/log.text"
        let outcome = try trial.invoke(
            ["create", "--bundle", trial.bundle, trial.id], globals: ["--log", log])
        #expect(!outcome.succeeded)
        #expect(Host.read(log)?.contains("nowhere") == true)
    }

    @Test(arguments: ["frobnicate", "--no-such-flag"])
    func aVerbThatDoesNotExistIsRefused(verb: String) throws {
        let trial = try Trial("true")
        let outcome = try trial.invoke([verb])
        #expect(!outcome.succeeded && !(outcome.err + outcome.out).isEmpty)
    }

    @Test func aFlagThatDoesNotExistIsRefused() throws {
        let trial = try Trial("echo ran")
        let outcome = try trial.run(["--no-such-flag"])
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("no-such-flag") || outcome.out.contains("no-such-flag"))
    }

    @Test(arguments: ["1.0.0", "1.0.2-dev", "1.1.0", "1.2.0", "1.3.0", "1.99.0"])
    func anyVersionOfOneIsTaken(version: String) throws {
        let trial = try Trial("echo ran") { $0["ociVersion"] = .string(version) }
        #expect(try trial.run().out == "ran\n")
    }

    @Test(arguments: ["2.0.0", "0.9.0", "one"])
    func anotherVersionIsRefused(version: String) throws {
        let trial = try Trial("echo ran") { $0["ociVersion"] = .string(version) }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.err.isEmpty && !outcome.out.contains("ran"))
    }
}
