import Foundation
import Harness
import Testing

@Suite(.blackBox) struct Lifecycle {
    @Test(arguments: [0, 1, 7, 42, 127, 255])
    func runAnswersTheExitCode(code: Int) throws {
        #expect(try Trial("exit \(code)").run().status == code)
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV, SIGUSR1])
    func runAnswersTheSignal(signal: Int32) throws {
        let trial = try Trial("unused") { config in
            config["process", "args"] = ["sh", "-c", .string("kill -\(signal) $$")]
            config.namespace("pid", share: true)
        }
        #expect(try trial.run().status == 128 + Int(signal))
    }

    @Test func runLeavesNothing() throws {
        let trial = try Trial("true")
        #expect(try trial.run().succeeded)
        #expect(trial.leftovers() == [])
        #expect(try !trial.invoke(["state", trial.id]).succeeded)
    }

    @Test func outputAndErrorsAreTheContainers() throws {
        let outcome = try Trial("echo out; echo err >&2").run()
        #expect(outcome.out == "out\n")
        #expect(outcome.err == "err\n")
    }

    @Test func inputReachesTheContainer() throws {
        let trial = try Trial("cat")
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.input = "over the wall\n"
        #expect(try run.run(in: trial.folder).out == "over the wall\n")
    }

    @Test func createWaitsForStart() throws {
        let trial = try Trial("echo ran; echo go > /ready; exec sleep 1000")
        #expect(try trial.create().succeeded)
        #expect(try trial.status == "created")
        #expect(trial.out == "")
        try trial.pid()
        #expect(try trial.start().succeeded)
        #expect(try trial.awaitReady() == "go")
        #expect(try trial.status == "running")
        #expect(trial.out == "ran\n")
    }

    @Test func stoppedAfterTheProgramEnds() throws {
        let trial = try Trial("exit 3")
        let pid = try trial.launch(ready: false)
        #expect(try trial.wait(pid) == 3)
        #expect(try trial.status == "stopped")
        #expect(try trial.delete().succeeded)
    }

    @Test func startTwiceIsRefused() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let again = try trial.start()
        #expect(!again.succeeded)
        #expect(!again.err.isEmpty)
        #expect(try trial.status == "running")
    }

    @Test func startOfAStoppedIsRefused() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        #expect(try !trial.start().succeeded)
    }

    @Test func deleteOfARunningIsRefused() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        #expect(try !trial.delete().succeeded)
        #expect(try trial.status == "running")
    }

    @Test func deleteForceEndsARunning() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let pid = try trial.launch()
        #expect(try trial.delete(force: true).succeeded)
        #expect(try trial.wait(pid) == 137)
        #expect(trial.leftovers() == [])
    }

    @Test func deleteForceEndsACreated() throws {
        let trial = try Trial("true")
        #expect(try trial.create().succeeded)
        try trial.pid()
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func deleteForceEndsAFrozen() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        #expect(try trial.invoke(["pause", trial.id]).succeeded)
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func deleteForceOfNothingSucceeds() throws {
        let trial = try Trial("true")
        #expect(try trial.delete(force: true).succeeded)
        #expect(try !trial.delete().succeeded)
    }

    @Test func killOfACreatedEndsIt() throws {
        let trial = try Trial("true")
        #expect(try trial.create().succeeded)
        let pid = try trial.pid()
        #expect(try trial.kill("KILL").succeeded)
        #expect(try trial.wait(pid) == 137)
        #expect(try trial.status == "stopped")
    }

    @Test(arguments: ["TERM", "SIGTERM", "15"])
    func killSendsTheSignal(signal: String) throws {
        let trial = try Trial("trap 'exit 5' TERM; echo > /ready; while :; do sleep 1000 & wait; done")
        let pid = try trial.launch()
        #expect(try trial.kill(signal).succeeded)
        #expect(try trial.wait(pid) == 5)
    }

    @Test func killSendsTermUnlessTold() throws {
        let trial = try Trial("trap 'exit 5' TERM; echo > /ready; while :; do sleep 1000 & wait; done")
        let pid = try trial.launch()
        #expect(try trial.invoke(["kill", trial.id]).succeeded)
        #expect(try trial.wait(pid) == 5)
    }

    @Test func killOfAStoppedIsRefused() throws {
        let trial = try Trial("true")
        _ = try trial.wait(trial.launch(ready: false))
        #expect(try !trial.kill("TERM").succeeded)
    }

    @Test(arguments: ["SIGNOTHING", "0x9", "-5", "9999"])
    func killRefusesWhatIsNoSignal(signal: String) throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        #expect(try !trial.invoke(["kill", trial.id, "--", signal]).succeeded)
        #expect(try trial.status == "running")
    }

    @Test func killAllReachesEveryProcess() throws {
        let trial = try Trial("sleep 1000 & sleep 1000 & echo > /ready; exec sleep 1000") {
            $0.namespace("pid", share: true)
        }
        let pid = try trial.launch()
        #expect(try trial.invoke(["kill", "--all", trial.id, "KILL"]).succeeded)
        #expect(try trial.wait(pid) == 137)
        #expect(try trial.delete().succeeded)
    }

    @Test func aTakenIdIsRefused() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let second = try trial.invoke(["create", "--bundle", trial.bundle, trial.id])
        #expect(!second.succeeded)
        #expect(second.err.contains("exist"))
        #expect(try trial.status == "running")
    }

    @Test(arguments: ["a/b", "..", ".", "", "a b", "a\nb", "../x"])
    func anIdThatIsNoNameIsRefused(id: String) throws {
        let trial = try Trial("echo ran")
        let outcome = try trial.invoke(["run", "--bundle", trial.bundle, "--", id])
        #expect(!outcome.succeeded)
        #expect(!outcome.out.contains("ran"))
    }

    @Test(arguments: ["state", "start", "kill", "delete", "pause", "resume", "ps", "exec"])
    func verbsOnNothingFail(verb: String) throws {
        let trial = try Trial("true")
        let outcome = try trial.invoke([verb, "nothing"] + (verb == "exec" ? ["true"] : []))
        #expect(!outcome.succeeded)
        #expect(!outcome.err.isEmpty)
    }

    @Test func pidFileHoldsThePid() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let pid = try trial.launch(["--pid-file", trial.folder + "/pid"])
        #expect(Host.read(trial.folder + "/pid") == "\(pid)")
    }

    @Test func thePidFileReplacesAnother() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        mkdir(trial.folder + "/pids", 0o755)
        Host.write("an older and longer text", to: trial.folder + "/pids/pid")
        let pid = try trial.launch(["--pid-file", trial.folder + "/pids/pid"])
        #expect(Host.read(trial.folder + "/pids/pid") == "\(pid)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: trial.folder + "/pids") == ["pid"])
    }

    @Test func detachReturnsWhileItRuns() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        #expect(try trial.run(["--detach"]).succeeded)
        try trial.awaitReady()
        #expect(try trial.status == "running")
        try trial.pid()
    }

    @Test func keepLeavesAStopped() throws {
        let trial = try Trial("exit 4")
        #expect(try trial.run(["--keep"]).status == 4)
        #expect(try trial.status == "stopped")
        #expect(try trial.delete().succeeded)
    }

    @Test func theBundleIsTheWorkingFolderUnlessTold() throws {
        let trial = try Trial("echo here")
        var run = trial.command(["run", trial.id])
        run.cwd = trial.bundle
        #expect(try run.run(in: trial.folder).out == "here\n")
    }

    @Test func configNamesAnotherFile() throws {
        let trial = try Trial("echo first")
        var other = trial.configuration
        other["process", "args"] = ["echo", "second"]
        Host.write(other.json, to: trial.bundle + "/other.json")
        #expect(try trial.run(["--config", trial.bundle + "/other.json"]).out == "second\n")
    }

    @Test func signalsToRunReachTheContainer() throws {
        let trial = try Trial("trap 'exit 9' TERM; echo > /ready; while :; do sleep 1000 & wait; done")
        let run = try trial.command(["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        kill(run.pid, SIGTERM)
        #expect(run.wait().status == 9)
    }

    @Test func aProgramThatIsMissingIsAnError() throws {
        let trial = try Trial(arguments: ["/no/such/program"])
        let outcome = try trial.run()
        #expect(outcome.status != 0)
        #expect(outcome.err.contains("/no/such/program"))
    }

    @Test func aProgramThatIsNotExecutableIsAnError() throws {
        let trial = try Trial(arguments: ["/etc/passwd"])
        #expect(try trial.run().status != 0)
    }

    @Test func otherVerbsDoNotWaitForRun() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let run = try trial.command(["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        #expect(try trial.status == "running")
        #expect(try trial.exec(["echo", "beside"]).out == "beside\n")
        #expect(try trial.invoke(["list", "-q"]).out == trial.id + "\n")
        #expect(try trial.kill("KILL").succeeded)
        #expect(run.wait().status == 137)
    }

    @Test func runSurvivesItsDeletionByAnother() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let run = try trial.command(["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        #expect(try trial.delete(force: true).succeeded)
        #expect((1..<256).contains(run.wait().status))
        #expect(trial.leftovers() == [])
    }
}
