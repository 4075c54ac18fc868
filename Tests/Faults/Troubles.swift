import Foundation
import Harness
import Testing

/// Full disks, broken state, and many callers at once.
@Suite(.blackBox) struct Troubles {
    @Test func aFullDiskForTheState() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        #expect(mount("tmpfs", trial.state, "tmpfs", 0, "size=4k,nr_inodes=100") == 0)
        defer { umount2(trial.state, 2) }
        Host.write(String(repeating: "x", count: 4096), to: trial.state + "/full")
        let outcome = try trial.create()
        #expect(
            !outcome.succeeded && outcome.err.contains("No space") || outcome.err.contains("no space"),
            "\(outcome)")
        #expect(trial.leftovers().filter { !$0.hasPrefix("mount") } == [])
    }

    @Test func noMoreInodesForTheState() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        #expect(mount("tmpfs", trial.state, "tmpfs", 0, "size=1m,nr_inodes=1") == 0)
        defer { umount2(trial.state, 2) }
        #expect(try !trial.create().succeeded)
        #expect(trial.leftovers().filter { !$0.hasPrefix("mount") } == [])
    }

    @Test func aReadOnlyPlaceForTheState() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        #expect(mount("tmpfs", trial.state, "tmpfs", UInt(MS_RDONLY), nil) == 0)
        defer { umount2(trial.state, 2) }
        let outcome = try trial.create()
        #expect(!outcome.succeeded && !outcome.err.isEmpty)
        #expect(trial.leftovers().filter { !$0.hasPrefix("mount") } == [])
    }

    @Test(arguments: ["", "{", "{}", "[1]", "null", "{\"id\":5}", "\u{0}\u{0}"])
    func brokenStateCanBeListedAndDeleted(text: String) throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let pid = try trial.launch()
        for name in try FileManager.default.subpathsOfDirectory(atPath: trial.state) {
            let path = trial.state + "/" + name
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            if type == .typeRegular { Host.write(text, to: path) }
        }
        #expect(try (0..<124).contains(trial.invoke(["list"]).status))
        #expect(try (0..<124).contains(trial.invoke(["state", trial.id]).status))
        #expect(try (0..<124).contains(trial.delete(force: true).status))
        #expect(!Host.exists(trial.state + "/" + trial.id))
        // Without its state nobody can say which cgroups were its own.
        Glibc.kill(pid, SIGKILL)
        trial.clearCgroups()
    }

    @Test func strangersInTheStateFolderDoNotDisturb() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        Host.write("x", to: trial.state + "/file")
        mkdir(trial.state + "/folder", 0o755)
        try trial.launch()
        let outcome = try trial.invoke(["list", "-q"])
        #expect(outcome.succeeded && outcome.lines.contains(trial.id), "\(outcome)")
    }

    @Test func oneOfManyCreatesWins() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let started = try (0..<6).map { _ in
            try trial.command(["create", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        }
        let outcomes = started.map { $0.wait() }
        #expect(outcomes.filter(\.succeeded).count == 1)
        #expect(try trial.status == "created")
        try trial.pid()
    }

    @Test func manyDeletesAtOnce() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let started = try (0..<6).map { _ in
            try trial.command(["delete", "--force", trial.id]).start(in: trial.folder)
        }
        let outcomes = started.map { $0.wait() }
        #expect(outcomes.filter(\.succeeded).count == 6, "\(outcomes)")
        #expect(trial.leftovers() == [])
    }

    @Test func theFirstProcessDiesDuringExec() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let pid = try trial.launch()
        let exec = try trial.command(["exec", trial.id, "sh", "-c", "echo > /ready; exec sleep 1000"]).start(
            in: trial.folder)
        try trial.awaitReady()
        Glibc.kill(pid, SIGKILL)
        #expect(exec.wait().status == 137)
        #expect(try trial.wait(pid) == 137)
        #expect(try trial.status == "stopped")
        #expect(try trial.delete().succeeded)
    }

    @Test func aStoppedContainersNumberBelongsToAnother() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        for _ in 0..<3 { #expect(try trial.status == "stopped") }
        #expect(try !trial.kill("KILL").succeeded)
    }

    @Test func theCgroupIsGoneAlready() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        for hierarchy in Host.hierarchies { rmdir(hierarchy + trial.cgroup) }
        #expect(try trial.status == "stopped")
        #expect(try trial.delete().succeeded)
    }

    @Test func theBundleIsGoneAlready() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        try FileManager.default.moveItem(atPath: trial.bundle, toPath: trial.folder + "/moved")
        #expect(try trial.status == "running")
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func itsInputAndOutputAreClosed() throws {
        let trial = try Trial("true")
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.arguments = ["-c", "exec \"$0\" \"$@\" <&- >&- 2>&-", run.path] + run.arguments
        run.path = "/bin/sh"
        #expect(try run.run(in: trial.folder).status == 0)
    }

    @Test func noDescriptorIsLeftForIt() throws {
        let trial = try Trial("true")
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.arguments = ["-c", "ulimit -n 5; exec \"$0\" \"$@\"", run.path] + run.arguments
        run.path = "/bin/sh"
        let outcome = try run.run(in: trial.folder)
        #expect((0..<124).contains(outcome.status) || outcome.err.contains("too many"), "\(outcome)")
        #expect(trial.leftovers() == [])
    }
}
