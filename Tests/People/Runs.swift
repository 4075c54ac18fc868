import CHarness
import Glibc
import Harness
import Testing

/// `docklock run IMAGE` in the foreground.
@Suite(.people) struct Runs {
    @Test(arguments: [("exit 0", 0), ("exit 3", 3), ("exit 255", 255)])
    func theStatusIsTheContainers(_ script: String, _ status: Int) throws {
        let place = try Place()
        let outcome = try place.run(["--rm"], script)
        #expect(outcome.status == status, "\(outcome.err)")
    }

    @Test func whatCannotBeExecutedIs126Or127() throws {
        let place = try Place()
        let start = ["run", "--rm", "--network", "none", "busybox"]
        let denied = try place.command(start + ["/etc/passwd"]).run(in: place.folder)
        #expect(denied.status == 126 && denied.err.contains("/etc/passwd"), "\(denied.err)")
        let absent = try place.command(start + ["nosuch"]).run(in: place.folder)
        #expect(absent.status == 127 && absent.err.contains("nosuch"), "\(absent.err)")
        #expect(place.leftovers() == [])
    }

    @Test func whatDockLockRefusesIs125() throws {
        let place = try Place()
        let flag = try place.invoke("run", "--nope", "busybox", "true")
        #expect(flag.status == 125 && flag.err.contains("--nope") && flag.out.isEmpty, "\(flag.err)")
        let image = try place.invoke("run", "absent:1", "true")
        #expect(image.status == 125 && image.err.contains("absent:1") && image.out.isEmpty)
        #expect(try place.invoke("run", "-v", "relative/../x:/x", "busybox", "true").status == 125)
        #expect(try place.invoke("run", "--memory", "much", "busybox", "true").status == 125)
        #expect(place.names(in: "containers") == [] && place.names(in: "names") == [])
    }

    @Test func aSignalsStatusIs128More() throws {
        let place = try Place()
        let started = try place.command(
            place.arguments(
                ["--name", "box", "-v", place.folder + "/ready:/ready"],
                "echo > /ready/fifo; exec sleep 1000")
        ).start(in: place.folder)
        try place.awaitReady()
        #expect(try place.invoke("kill", "box").succeeded)
        #expect(started.wait().status == 137)
        #expect(try place.look("box", "Status").hasPrefix("Exited (137)"))
    }

    @Test func outputAndErrorsStayApart() throws {
        let place = try Place()
        let outcome = try place.run(["--rm"], "echo one; echo two >&2; echo three")
        #expect(outcome.out == "one\nthree\n" && outcome.err == "two\n")
    }

    @Test func allOutputArrives() throws {
        let place = try Place()
        let outcome = try place.run(["--rm"], "seq 1 100000")
        #expect(outcome.lines.count == 100_000 && outcome.lines.last == "100000")
    }

    @Test func inputIsGivenOnlyWhereItIsAskedFor() throws {
        let place = try Place()
        var given = place.command(place.arguments(["--rm", "-i"], "wc -c"))
        given.input = String(repeating: "x", count: 300_000)
        let outcome = try given.run(in: place.folder)
        #expect(outcome.words == ["300000"])
        var kept = place.command(place.arguments(["--rm"], "wc -c"))
        kept.input = "word\n"
        let keptOutcome = try kept.run(in: place.folder)
        #expect(keptOutcome.words == ["0"])
    }

    @Test func aTerminalIsTheContainers() throws {
        let place = try Place()
        var (master, slave): (Int32, Int32) = (-1, -1)
        #expect(harness_pty(&master, &slave, 31, 97) == 0)
        defer { close(master) }
        let script =
            "test -t 0 && test -t 1 && test -t 2 && stty size; read x; echo got $x; read y; exit 5"
        var run = place.command(place.arguments(["--rm", "-it"], script))
        run.terminal = slave
        let started = try run.start(in: place.folder)
        close(slave)
        #expect(TerminalReading.read(master, until: "31 97").contains("31 97"))
        #expect(write(master, "word\n", 5) == 5)
        #expect(TerminalReading.read(master, until: "got word").contains("got word"))
        #expect(write(master, "\n", 1) == 1)
        #expect(started.wait().status == 5)
    }

    @Test func detachKeysLeaveItRunning() throws {
        let place = try Place()
        var (master, slave): (Int32, Int32) = (-1, -1)
        #expect(harness_pty(&master, &slave, 24, 80) == 0)
        defer { close(master) }
        var run = place.command(place.arguments(["--name", "box", "-it"], "echo set; read x; exit 6"))
        run.terminal = slave
        let started = try run.start(in: place.folder)
        close(slave)
        #expect(TerminalReading.read(master, until: "set").contains("set"))
        #expect(write(master, "\u{10}\u{11}", 2) == 2)
        #expect(started.wait().status == 0)
        #expect(try place.look("box") == "running")
    }

    @Test func nothingIsLeftOfOneThatIsRemoved() throws {
        let place = try Place()
        let outcome = try place.run(["--rm", "--network", "bridge"], "cat /proc/1/cpuset; hostname")
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(place.leftovers() == [])
        let id = outcome.lines.last ?? ""
        #expect(id.count == 12)
        for hierarchy in Host.hierarchies {
            let listed = try Command("/bin/ls", [hierarchy + "/docklock"]).run(in: place.folder)
            #expect(!listed.out.contains(id), "\(hierarchy)")
        }
    }

    @Test func twentyAtOnce() throws {
        let place = try Place()
        let started = try (0..<20).map { number in
            try place.command(
                place.arguments(["--rm", "--network", "bridge"], "ip -4 -o a show eth0; exit \(number)")
            ).start(in: place.folder)
        }
        var addresses: Set<String> = []
        for (number, one) in started.enumerated() {
            let outcome = one.wait(timeoutMillis: 60_000)
            #expect(outcome.status == number, "\(outcome.err)")
            addresses.insert(outcome.words.first { $0.hasPrefix("10.88.") } ?? "none")
        }
        #expect(!addresses.contains("none"))
        #expect(place.leftovers() == [])
    }
}
