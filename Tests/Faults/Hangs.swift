import CHarness
import Glibc
import Harness
import Testing

/// A hook that never ends keeps its verb, and the verb the container: `delete --force` works nevertheless.
@Suite(.blackBox) struct Hangs {
    @Test(arguments: ["createRuntime", "createContainer", "poststart"])
    func deleteForceEndsAHangingHook(kind: String) throws {
        let trial = try Trial("exec sleep 1000")
        // The host's number of it: in the container's pid namespace, $$ would be another.
        let script = "read -r pid rest < /proc/self/stat; echo $pid > \(trial.root)/ready; exec sleep 1000"
        trial.rewrite {
            $0["hooks", kind] = [["path": "/bin/sh", "args": ["sh", "-c", .string(script)]]]
        }
        let verb = try trial.command(["run", "--detach", "--bundle", trial.bundle, trial.id]).start(
            in: trial.folder)
        let hook = try #require(pid_t(trial.awaitReady()))
        let deleted = try trial.delete(force: true)
        #expect(deleted.succeeded, "\(deleted)")
        #expect(verb.wait().status != 0)
        // A createContainer hook is among the container's processes, and its number is theirs.
        if kind != "createContainer" {
            #expect(harness_wait(hook, 5000) >= 0 || Glibc.kill(hook, 0) != 0, "the hook lives")
        }
        #expect(trial.leftovers() + trial.processesLeft() == [])
    }
}
