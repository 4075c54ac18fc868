import CHarness
import Glibc
import Harness
import Testing

/// `hooks`: six kinds, their order, what they are told and where they run.
@Suite(.blackBox) struct HooksTests {
    static let kinds = [
        "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
    ]

    /// A hook that runs `script` in a shell of the host, or in the container's for startContainer.
    private func hook(_ script: String, env: [String] = ["PATH=/bin:/usr/bin"], timeout: Int64? = nil)
        -> Value
    {
        var hook: Value = ["path": "/bin/sh", "args": ["sh", "-c", .string(script)], "env": .strings(env)]
        if let timeout { hook["timeout"] = .number(timeout) }
        return hook
    }

    /// A trial whose every hook appends its name to a log that the host and the container both see.
    private func logged(_ script: String, _ change: (inout Value, String) -> Void = { _, _ in }) throws
        -> Trial
    {
        let trial = try Trial(script)
        var config = trial.configuration
        mkdir(trial.folder + "/log", 0o777)
        config.mount("/log", from: trial.folder + "/log")
        for kind in Self.kinds {
            let log = kind == "startContainer" ? "/log" : trial.folder + "/log"
            config["hooks", kind] = [hook("echo \(kind) >> \(log)/all; cat > \(log)/\(kind)")]
        }
        change(&config, trial.folder + "/log")
        Host.write(config.json, to: trial.bundle + "/config.json")
        return trial
    }

    @Test func theyRunInTheirOrder() throws {
        let trial = try logged("echo > /ready; exec sleep 1000")
        let log = trial.folder + "/log/all"
        #expect(try trial.create().succeeded)
        #expect(Host.read(log) == "prestart\ncreateRuntime\ncreateContainer\n")
        try trial.pid()
        #expect(try trial.start().succeeded)
        try trial.awaitReady()
        #expect(Host.read(log) == "prestart\ncreateRuntime\ncreateContainer\nstartContainer\npoststart\n")
        #expect(try trial.delete(force: true).succeeded)
        #expect(Host.read(log)?.hasSuffix("poststart\npoststop\n") == true)
    }

    @Test func runRunsThemAll() throws {
        let trial = try logged("exit 3")
        #expect(try trial.run().status == 3)
        let lines = (Host.read(trial.folder + "/log/all") ?? "").split(separator: "\n").map(String.init)
        #expect(Set(lines) == Set(Self.kinds) && lines.count == 6)
        #expect(lines.last == "poststop")
    }

    @Test(arguments: kinds)
    func eachIsToldTheState(kind: String) throws {
        let trial = try logged("echo > /ready; exec sleep 1000") { config, _ in
            config["annotations"] = ["org.example.word": "here"]
        }
        let pid = try trial.launch()
        #expect(try trial.delete(force: true).succeeded)
        let state = try Value(parsing: try #require(Host.read(trial.folder + "/log/" + kind)))
        #expect(state["id"]?.text == trial.id)
        #expect(state["bundle"]?.text == trial.bundle)
        #expect(state["ociVersion"]?.text?.hasPrefix("1.") == true)
        #expect(state["annotations", "org.example.word"]?.text == "here")
        switch kind {
        case "prestart", "createRuntime":
            #expect(state["pid"]?.int == Int(pid))
            #expect(state["status"]?.text == "creating" || state["status"]?.text == "created")
        case "poststart":
            #expect(state["pid"]?.int == Int(pid))
            #expect(state["status"]?.text == "running")
        case "poststop": #expect(state["status"]?.text == "stopped")
        default: #expect(state["status"]?.text != nil)
        }
    }

    @Test func severalOfAKindStandInOrder() throws {
        let trial = try logged("true") { config, log in
            config["hooks", "createRuntime"] = [
                self.hook("echo one >> \(log)/order"), self.hook("echo two >> \(log)/order"),
                self.hook("echo three >> \(log)/order"),
            ]
        }
        #expect(try trial.run().succeeded)
        #expect(Host.read(trial.folder + "/log/order") == "one\ntwo\nthree\n")
    }

    @Test func theEnvironmentIsTheHooksOwn() throws {
        let trial = try logged("true") { config, log in
            config["hooks", "createRuntime"] = [
                [
                    "path": "/usr/bin/env", "args": ["env"], "env": ["ONLY=this"],
                ]
            ]
            _ = log
        }
        let outcome = try trial.run()
        #expect(outcome.succeeded)
        #expect(!outcome.out.contains("HOME="))
    }

    @Test func argumentsArriveAsTheyStand() throws {
        let trial = try logged("true") { config, log in
            config["hooks", "createRuntime"] = [
                [
                    "path": "/bin/sh",
                    "args": ["zero", "-c", .string("echo \"$0|$1|$2\" > \(log)/args"), "a b", "", "x"],
                ]
            ]
        }
        #expect(try trial.run().succeeded)
        #expect(Host.read(trial.folder + "/log/args") == "a b||x\n")
    }

    @Test(arguments: ["prestart", "createRuntime", "createContainer"])
    func oneThatFailsEndsTheCreation(kind: String) throws {
        let trial = try logged("echo ran") { config, _ in config["hooks", kind] = [self.hook("exit 7")] }
        let created = try trial.create()
        #expect(!created.succeeded)
        #expect(!created.err.isEmpty)
        #expect(try !trial.invoke(["state", trial.id]).succeeded)
    }

    @Test func aFailedStartContainerKeepsTheProgramFromRunning() throws {
        let trial = try logged("echo ran") { config, _ in
            config["hooks", "startContainer"] = [self.hook("exit 7")]
        }
        #expect(try trial.create().succeeded)
        let pid = try trial.pid()
        try trial.start()
        #expect(try trial.wait(pid) != 0)
        #expect(!trial.out.contains("ran"))
    }

    @Test func aFailureNamesTheHook() throws {
        let trial = try logged("echo ran") { config, _ in
            config["hooks", "createRuntime"] = [["path": "/no/such/hook"]]
        }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("/no/such/hook"), "\(outcome.err)")
    }

    @Test func aFailedPoststopDoesNotKeepTheContainer() throws {
        let trial = try logged("exit 0") { config, _ in
            config["hooks", "poststop"] = [self.hook("exit 7")]
        }
        _ = try trial.run()
        #expect(trial.leftovers() == [])
    }

    @Test func oneThatHangsIsEndedAtItsTimeout() throws {
        let trial = try logged("echo ran") { config, _ in
            config["hooks", "createRuntime"] = [self.hook("exec sleep 600", timeout: 1)]
        }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && outcome.status != 124)
        #expect(!outcome.out.contains("ran"))
    }

    /// A child keeps the trial's fifo open: it is the last to close it.
    @Test(arguments: ["createRuntime", "createContainer", "poststart"])
    func oneThatHangsIsEndedWithItsChildren(kind: String) throws {
        let trial = try logged("exec sleep 1000") { config, log in
            let child = "while :; do sleep 0.1; done"
            config["hooks", kind] = [
                self.hook(
                    "(read -r pid x < /proc/self/stat; echo $pid > \(log)/pid; \(child)) & wait", timeout: 1)
            ]
        }
        let outcome = try trial.run(["--detach"])
        #expect(!outcome.succeeded && outcome.status != 124)
        let child = try #require(Host.read(trial.folder + "/log/pid").flatMap { pid_t($0.dropLast()) })
        #expect(harness_wait(child, 5000) >= 0 || Glibc.kill(child, 0) != 0, "the hook's child lives")
        _ = try trial.delete(force: true)
        #expect(trial.leftovers() == [])
    }

    @Test(arguments: ["createRuntime", "createContainer", "poststop"])
    func oneThatReadsNothingIsFine(kind: String) throws {
        let trial = try logged("exit 0") { config, log in
            config["annotations"] = ["long": .string(String(repeating: "x", count: 200_000))]
            config["hooks", kind] = [self.hook("exec 0<&-; echo done > \(log)/mark")]
        }
        let outcome = try trial.run()
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(Host.read(trial.folder + "/log/mark") == "done\n")
    }

    @Test func theyRunInTheNamespacesTheSpecificationNames() throws {
        let trial = try logged("true") { config, log in
            let script = "(readlink /proc/self/ns/mnt; readlink /proc/self/ns/net)"
            config["hooks", "createRuntime"] = [self.hook("\(script) > \(log)/runtime")]
            config["hooks", "createContainer"] = [
                self.hook("\(script) > \(log)/container")
            ]
            config["hooks", "startContainer"] = [self.hook("\(script) > /log/start")]
            config["process", "args"] = ["sh", "-c", .string("\(script) > /log/inside")]
        }
        #expect(try trial.run().succeeded)
        let read = { (name: String) in
            (Host.read(trial.folder + "/log/" + name) ?? "").split(separator: "\n").map(String.init)
        }
        let inside = read("inside")
        let host = Namespaces.of("self", "net")
        #expect(read("runtime").last == host)
        #expect(read("runtime").first != inside.first)
        #expect(read("container").first == inside.first)
        #expect(read("start") == inside)
    }

    @Test func createContainerStillSeesTheHostsFiles() throws {
        let trial = try logged("test ! -e /made && echo gone") { config, log in
            config["hooks", "createContainer"] = [self.hook("test -d \(log) && echo yes > \(log)/saw")]
        }
        #expect(try trial.run().out == "gone\n")
        #expect(Host.read(trial.folder + "/log/saw") == "yes\n")
    }

    @Test func startContainerRunsBeforeTheProgramInItsRoot() throws {
        let trial = try logged("cat /tmp/left-by-the-hook") { config, _ in
            config["hooks", "startContainer"] = [self.hook("echo first > /tmp/left-by-the-hook")]
        }
        #expect(try trial.run().out == "first\n")
    }

    @Test(arguments: [Value.string("relative/path"), .number(5), .null])
    func aPathThatIsNoneIsRefused(path: Value) throws {
        let trial = try logged("echo ran") { config, _ in
            config["hooks", "createRuntime"] = [["path": path]]
        }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
    }
}
