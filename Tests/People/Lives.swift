import CHarness
import Glibc
import Harness
import Testing

/// The life of a container that runs on its own.
@Suite(.people) struct Lives {
    @Test func detachedThenStoppedThenRemoved() throws {
        let place = try Place()
        let id = try place.launch("box", [], "echo out; echo err >&2")
        #expect(id.count == 64 && place.names(in: "containers") == [id])
        #expect(!place.cgroups(id).isEmpty)
        #expect(try place.look("box") == "running")
        let refused = try place.invoke("rm", "box")
        #expect(refused.status != 0 && refused.err.contains("box"))
        #expect(try place.invoke("stop", "-t", "0", "box").out == "box\n")
        #expect(try place.invoke("wait", "box").out == "137\n")
        #expect(try place.look("box") == "exited")
        #expect(place.cgroups(id) == [])
        let logs = try place.invoke("logs", "box")
        #expect(logs.out == "out\n" && logs.err == "err\n")
        #expect(try place.invoke("rm", "box").out == "box\n")
        #expect(place.leftovers() == [])
        #expect(try place.invoke("rm", "box").status == 1)
    }

    @Test func stopSendsTheStopSignalFirst() throws {
        let place = try Place()
        let script = "trap 'exit 7' USR1; echo > /ready/fifo; sleep 1000 & wait"
        let ready = ["-v", place.folder + "/ready:/ready", "--stop-signal", "USR1"]
        #expect(try place.run(["-d", "--name", "box"] + ready, script).succeeded)
        try place.awaitReady()
        #expect(try place.invoke("stop", "-t", "60", "box").succeeded)
        #expect(try place.invoke("wait", "box").out == "7\n")
    }

    @Test func waitTellsTheStatusOfOneThatRuns() throws {
        let place = try Place()
        try place.launch("box")
        let waits = try place.command(["wait", "box"]).start(in: place.folder)
        #expect(try place.invoke("kill", "-s", "KILL", "box").succeeded)
        #expect(waits.wait().out == "137\n")
    }

    @Test func aNameIsOneContainers() throws {
        let place = try Place()
        let id = try place.launch("box")
        let second = try place.run(["--name", "box"], "true")
        #expect(second.status == 125 && second.err.contains("\"box\""), "\(second.err)")
        #expect(place.names(in: "containers") == [id])
        #expect(try place.invoke("rename", "box", "crate").succeeded)
        #expect(place.names(in: "names") == ["crate"])
        #expect(try place.invoke("exec", "box", "true").status == 1)
        #expect(try place.invoke("exec", "crate", "true").status == 0)
        #expect(try place.run(["--rm", "--name", "box"], "exit 4").status == 4)
        #expect(try place.invoke("rename", String(id.prefix(8)), "last").succeeded)
        #expect(try place.invoke("rm", "-f", "last").succeeded)
        #expect(place.names(in: "names") == [])
    }

    @Test func ofManyWhoWantANameOneGetsIt() throws {
        let place = try Place()
        let started = try (0..<12).map { _ in
            try place.command(["create", "--network", "none", "--name", "box", "busybox", "true"]).start(
                in: place.folder)
        }
        let won = started.map { $0.wait() }.filter(\.succeeded)
        #expect(won.count == 1)
        #expect(place.names(in: "containers") == won.map { $0.line(0) })
    }

    @Test func oneIsStartedAgainWithWhatItWrote() throws {
        let place = try Place()
        let script = "echo x >> /count; exit $(wc -l < /count)"
        let made = try place.invoke(
            "create", "--network", "none", "--name", "box", "busybox", "sh", "-c", script)
        #expect(made.succeeded)
        #expect(try place.look("box") == "created")
        #expect(try place.invoke("start", "-a", "box").status == 1)
        #expect(try place.invoke("start", "-a", "box").status == 2)
        #expect(try place.look("box", "Status").hasPrefix("Exited (2)"))
    }

    @Test func execsHaveTheirOwnStatusAndSurroundings() throws {
        let place = try Place()
        try place.launch("box", ["-e", "KEPT=1"])
        #expect(try place.invoke("exec", "box", "sh", "-c", "exit 9").status == 9)
        #expect(try place.invoke("exec", "box", "nosuch").status == 127)
        #expect(try place.invoke("exec", "box", "/etc/passwd").status == 126)
        let script = "echo $KEPT $NEW $PWD $(id -u):$(id -g); echo e >&2"
        let outcome = try place.invoke(
            "exec", "-e", "NEW=2", "-w", "/tmp", "-u", "user", "box", "sh", "-c", script)
        #expect(outcome.out == "1 2 /tmp 1000:1000\n" && outcome.err == "e\n", "\(outcome.out)")
        var given = place.command(["exec", "-i", "box", "cat"])
        given.input = "word"
        let said = try given.run(in: place.folder)
        #expect(said.out == "word")
        #expect(try place.invoke("exec", "absent", "true").status == 1)
    }

    @Test func pausedOnesStandStill() throws {
        let place = try Place()
        let id = try place.launch("box")
        #expect(try place.invoke("pause", "box").out == "box\n")
        #expect(try place.look("box") == "paused")
        #expect(try place.look("box", "Status").hasSuffix("(Paused)"))
        if !Host.isUnified {
            let state = Host.read("/sys/fs/cgroup/freezer/docklock/\(id)/freezer.state")
            #expect(state == "FROZEN\n")
        }
        #expect(try place.invoke("unpause", "box").out == "box\n")
        #expect(try place.look("box") == "running")
        #expect(try place.invoke("exec", "box", "true").status == 0)
    }

    @Test func killSendsTheSignalThatIsNamed() throws {
        let place = try Place()
        let script = "trap 'echo caught; exit 3' USR1; echo > /ready/fifo; sleep 1000 & wait"
        let ready = ["-v", place.folder + "/ready:/ready"]
        #expect(try place.run(["-d", "--name", "box"] + ready, script).succeeded)
        try place.awaitReady()
        #expect(try place.invoke("kill", "-s", "USR1", "box").succeeded)
        #expect(try place.invoke("wait", "box").out == "3\n")
        #expect(try place.invoke("logs", "box").out == "caught\n")
        #expect(try place.invoke("kill", "box").status == 1)
        #expect(try place.invoke("kill", "-s", "NOSUCH", "box").status == 125)
    }

    @Test func onFailureStartsItAsOftenAsAsked() throws {
        let place = try Place()
        let outcome = try place.run(["--name", "box", "--restart", "on-failure:2"], "echo x; exit 5")
        #expect(outcome.status == 5 && outcome.out == "x\nx\nx\n")
        #expect(try place.invoke("logs", "box").out == "x\nx\nx\n")
        let fine = try place.run(["--name", "fine", "--restart", "on-failure:2"], "echo y")
        #expect(fine.status == 0 && fine.out == "y\n")
    }

    @Test func psSaysItInTheFormatThatIsAsked() throws {
        let place = try Place()
        let id = try place.launch("box", ["--label", "kind=test"])
        #expect(try place.run(["--name", "gone"], "exit 2").status == 2)
        let table = try place.invoke("ps").lines
        #expect(table.count == 2 && table[0].hasPrefix("CONTAINER ID") && table[1].hasSuffix("box"))
        #expect(table[1].hasPrefix(id.prefix(12)))
        #expect(try place.invoke("ps", "-q", "--no-trunc").out == id + "\n")
        #expect(try place.invoke("ps", "-a").lines.count == 3)
        let template = try place.invoke("ps", "-a", "--format", "{{.Names}}={{.Image}}={{.State}}")
        #expect(Set(template.lines) == ["box=busybox=running", "gone=busybox=exited"])
        let json = try Value(parsing: try place.invoke("ps", "--format", "json").out)
        #expect(json["Names"]?.text == "box" && json["Labels"]?.text == "kind=test")
        #expect(try place.invoke("ps", "-aq", "--filter", "exited=2").lines.count == 1)
        #expect(try place.invoke("ps", "-q", "--filter", "label=kind=test").lines.count == 1)
        #expect(try place.invoke("ps", "-q", "--filter", "label=kind=other").out == "")
        #expect(try place.invoke("ps", "--filter", "nosuch=1").status == 125)
    }
}
