import CHarness
import Glibc
import Harness
import Testing

/// What stays true when a process of DockLock's own is killed.
@Suite(.people) struct Crashes {
    /// Kills the keepers of a place, and answers once these and their guards have gone.
    private func killKeepers(_ place: Place) throws {
        let guards = place.processes("docklock-guard")
        let keepers = place.processes("docklock-keeper")
        try #require(keepers.count == 1 && guards.count == 1)
        kill(keepers[0], SIGKILL)
        #expect(harness_wait(keepers[0], 10_000) == SIGKILL)
        #expect(harness_wait(guards[0], 10_000) >= 0)
    }

    @Test func withoutItsKeeperAContainerEndsAndIsKnownToHave() throws {
        let place = try Place()
        let id = try place.launch("box", ["--network", "bridge"])
        try killKeepers(place)
        #expect(try place.look("box") == "exited")
        #expect(try place.invoke("ps", "-q").out == "")
        // The first look writes down when it ended.
        let shown = try place.invoke("ps", "-a", "--format", "{{.Status}}").out
        #expect(shown.hasPrefix("Exited (137) ") && shown.hasSuffix(" ago\n"), "\(shown)")
        #expect(try place.invoke("exec", "box", "true").status == 1)
        #expect(try place.invoke("rm", "box").out == "box\n")
        #expect(place.leftovers() == [] && place.cgroups(id) == [])
    }

    @Test func withoutItsKeeperItCanBeStartedAgain() throws {
        let place = try Place()
        try place.launch("box", ["--network", "bridge"], "echo life")
        try killKeepers(place)
        #expect(try place.invoke("start", "box").succeeded)
        try place.awaitReady()
        #expect(try place.look("box") == "running")
        #expect(try place.invoke("stop", "-t", "0", "box").succeeded)
        #expect(try place.invoke("wait", "box").out == "137\n")
        // What the first keeper had not read yet went with it.
        #expect(try place.invoke("logs", "box").out.hasSuffix("life\n"))
        #expect(try place.invoke("rm", "-f", "box").succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func oneThatIsRemovedAtItsEndCanStillBeRemoved() throws {
        let place = try Place()
        try place.launch("box", ["--rm", "--network", "bridge"])
        try killKeepers(place)
        #expect(try place.invoke("ps", "-q").out == "")
        #expect(try place.run(["--rm", "--name", "other"], "exit 3").status == 3)
        #expect(try place.invoke("rm", "-f", "box").succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func withoutItsClientAContainerRunsOn() throws {
        let place = try Place()
        let flags = ["--name", "box", "-v", place.folder + "/ready:/ready"]
        let script = "echo > /ready/fifo; sleep 1000 & wait"
        let client = try place.command(place.arguments(flags, script)).start(in: place.folder)
        try place.awaitReady()
        kill(client.pid, SIGKILL)
        #expect(client.wait().signal == Int(SIGKILL))
        #expect(try place.look("box") == "running")
        #expect(try place.invoke("exec", "box", "true").status == 0)
        #expect(try place.invoke("stop", "-t", "0", "box").succeeded)
        #expect(try place.invoke("wait", "box").out == "137\n")
        #expect(try place.invoke("rm", "box").succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func whatAKilledMakingLeftIsNobodysName() throws {
        let place = try Place()
        #expect(try place.run(["--rm"], "true").succeeded)
        let id = String(repeating: "a", count: 64)
        mkdir(place.data + "/containers/" + id, 0o711)
        mkdir(place.data + "/containers/" + id + "/upper", 0o755)
        symlink(id, place.data + "/names/box")
        symlink(String(repeating: "b", count: 64), place.data + "/names/crate")
        #expect(try place.run(["--rm", "--name", "box"], "exit 3").status == 3)
        let started = try (0..<8).map { _ in
            try place.command(["create", "--network", "none", "--name", "crate", "busybox", "true"]).start(
                in: place.folder)
        }
        let won = started.map { $0.wait() }.filter(\.succeeded)
        #expect(won.count == 1 && place.names(in: "containers") == won.map { $0.line(0) })
        #expect(try place.invoke("rm", "crate").succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func signalsOfTheClientReachTheContainer() throws {
        let place = try Place()
        let flags = ["--rm", "-v", place.folder + "/ready:/ready"]
        let script = "trap 'echo caught; exit 4' TERM; echo > /ready/fifo; sleep 1000 & wait"
        let client = try place.command(place.arguments(flags, script)).start(in: place.folder)
        try place.awaitReady()
        kill(client.pid, SIGTERM)
        let outcome = client.wait()
        #expect(outcome.status == 4 && outcome.out == "caught\n", "\(outcome.err)")
    }
}
