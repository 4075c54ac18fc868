import Testing

@testable import Verbs

/// A command line as an engine calls it, split at spaces.
func parse(_ line: String) throws -> Invocation {
    try Usage.parse(line.split(separator: " ").map(String.init))
}

/// The text of the error that a command line is refused with.
func refusal(_ arguments: [String]) -> String? {
    do {
        _ = try Usage.parse(arguments)
        return nil
    } catch {
        return error.description
    }
}

func refusal(_ line: String) -> String? {
    refusal(line.split(separator: " ").map(String.init))
}

private func container(_ verb: Verb) -> CreateOptions? {
    switch verb {
    case .create(let options), .run(let options): options
    default: nil
    }
}

@Suite struct EngineLines {
    @Test func conmonCreates() throws {
        let call = try parse(
            "--root=/run/user/0/docklock --log-format=json --log=/b/userdata/oci-log create "
                + "--bundle /b/userdata --pid-file /b/userdata/pidfile --console-socket /s/attach 1f2e")
        #expect(call.globals.root == "/run/user/0/docklock")
        #expect(call.globals.log == .file("/b/userdata/oci-log"))
        #expect(call.globals.logFormat == .json)
        var expected = CreateOptions()
        expected.id = "1f2e"
        expected.bundle = "/b/userdata"
        expected.pidFile = "/b/userdata/pidfile"
        expected.consoleSocket = "/s/attach"
        #expect(call.verb == .create(expected))
    }

    @Test func conmonCreatesUnderSystemd() throws {
        let call = try parse(
            "--log-format=json --log=/l --systemd-cgroup --cgroup-manager=systemd create --no-pivot "
                + "--preserve-fds 2 --bundle /b --pid-file /p abc")
        #expect(call.globals.cgroupManager == .systemd)
        #expect(container(call.verb)?.preserveFDs == 2)
        #expect(container(call.verb)?.noPivot == true)
        #expect(container(call.verb)?.id == "abc")
    }

    @Test func conmonExecs() throws {
        let call = try parse("exec --pid-file /p --process /x.json --detach --console-socket /s abc")
        var expected = ExecOptions()
        expected.id = "abc"
        expected.processFile = "/x.json"
        expected.pidFile = "/p"
        expected.detach = true
        expected.consoleSocket = "/s"
        #expect(call.verb == .exec(expected))
    }

    @Test func podmanSpeaksToItsRuntime() throws {
        #expect(try parse("--root=/r start abc").verb == .start(id: "abc"))
        #expect(try parse("--root=/r state abc").verb == .state(id: "abc"))
        #expect(try parse("pause abc").verb == .pause(id: "abc"))
        #expect(try parse("resume abc").verb == .resume(id: "abc"))
        #expect(try parse("features").verb == .features)
        #expect(try parse("--version").verb == .version)
        var kill = KillOptions()
        kill.id = "abc"
        kill.signal = 15
        #expect(try parse("--root=/r kill abc 15").verb == .kill(kill))
        kill.all = true
        kill.signal = 9
        #expect(try parse("--root=/r kill --all abc 9").verb == .kill(kill))
        var delete = DeleteOptions()
        delete.id = "abc"
        delete.force = true
        #expect(try parse("--root=/r delete --force abc").verb == .delete(delete))
    }

    @Test func podmanCheckpoints() throws {
        let call = try parse(
            "checkpoint --image-path /i --work-path /w --leave-running --tcp-established --file-locks "
                + "--parent-path ../pre-checkpoint abc")
        var expected = CheckpointOptions()
        expected.id = "abc"
        expected.criu.imagePath = "/i"
        expected.criu.workPath = "/w"
        expected.leaveRunning = true
        expected.criu.tcpEstablished = true
        expected.criu.fileLocks = true
        expected.parentPath = "../pre-checkpoint"
        #expect(call.verb == .checkpoint(expected))
    }

    @Test func conmonRestores() throws {
        let call = try parse(
            "restore --bundle /b --pid-file /p --detach --console-socket /s --image-path /i --work-path /w "
                + "--no-pivot --empty-ns network --manage-cgroups-mode ignore --lsm-profile=apparmor:x abc")
        var expected = RestoreOptions()
        expected.create.id = "abc"
        expected.create.bundle = "/b"
        expected.create.pidFile = "/p"
        expected.create.detach = true
        expected.create.consoleSocket = "/s"
        expected.create.noPivot = true
        expected.criu.imagePath = "/i"
        expected.criu.workPath = "/w"
        expected.criu.emptyNamespaces = [.network]
        expected.criu.manageCgroups = .ignore
        expected.lsmProfile = "apparmor:x"
        #expect(call.verb == .restore(expected))
    }

    @Test func containerdCreatesAndRuns() throws {
        let head = "--root /run/containerd/runc/k8s.io --log /t/log.json --log-format json "
        let call = try parse(head + "--systemd-cgroup create --bundle /t --pid-file /t/init.pid id")
        #expect(call.globals.root == "/run/containerd/runc/k8s.io")
        #expect(call.globals.cgroupManager == .systemd)
        #expect(container(call.verb)?.pidFile == "/t/init.pid")
        let run = try parse(head + "run --bundle /t --detach --no-new-keyring --preserve-fds 1 id")
        guard case .run(let options) = run.verb else {
            Issue.record("not run: \(run.verb)")
            return
        }
        #expect(options.detach && options.noNewKeyring && options.preserveFDs == 1)
    }

    @Test func containerdSpeaksOfContainers() throws {
        let head = "--root /r --log /l --log-format json "
        guard
            case .exec(let exec) = try parse(
                head + "exec --process /p.json --pid-file /p --console-socket /s --detach id"
            ).verb
        else {
            Issue.record("not exec")
            return
        }
        #expect(exec.processFile == "/p.json" && exec.consoleSocket == "/s" && exec.args.isEmpty)
        guard case .ps(let ps) = try parse(head + "ps --format json id").verb else {
            Issue.record("not ps")
            return
        }
        #expect(ps.format == .json && ps.psArgs.isEmpty)
        guard case .events(let events) = try parse(head + "events --stats id").verb else {
            Issue.record("not events")
            return
        }
        #expect(events.statsOnly && events.interval == 5_000_000_000)
        guard case .update(let update) = try parse(head + "update --resources - id").verb else {
            Issue.record("not update")
            return
        }
        #expect(update.resourcesFile == "-" && update.id == "id")
        guard case .list(let list) = try parse(head + "list --format=json").verb else {
            Issue.record("not list")
            return
        }
        #expect(list.format == .json && !list.quiet)
    }

    @Test func dockerdAsksForTheVersion() {
        let lines = Usage.version("0.1.0", commit: "abcdef").split(separator: "\n").map(String.init)
        let abilities = "+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF"
        #expect(lines == ["docklock version 0.1.0", "commit: abcdef", "spec: 1.3.0", abilities])
        #expect(Usage.version("0.1.0", commit: nil) == "docklock version 0.1.0\nspec: 1.3.0\n\(abilities)\n")
    }

    @Test func crioUpdates() throws {
        let call = try parse("--rootless=auto --criu /usr/sbin/criu events --interval 1m30s id")
        #expect(call.globals.rootless == .auto)
        #expect(call.globals.criu == "/usr/sbin/criu")
        guard case .events(let events) = call.verb else {
            Issue.record("not events")
            return
        }
        #expect(events.interval == 90_000_000_000)
    }
}
