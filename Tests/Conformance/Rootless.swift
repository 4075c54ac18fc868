import Foundation
import Harness
import Testing

/// Containers of a user of no privilege, whose own id is all that the container knows.
@Suite(.blackBox) struct Rootless {
    private static let user: UInt32 = 54_321

    /// A trial that this user may run: nothing that only root could set up.
    private func trial(_ script: String) throws -> Trial {
        let program = Host.shared.folder + "/runtime-\(UUID().uuidString)"
        // By another process: what this one wrote, a child forked meanwhile may still hold open for writing.
        #expect(try Command("/bin/cp", [Runtime.tested.path, program]).run(in: Host.shared.folder).succeeded)
        let trial = try Trial(arguments: ["sh", "-c", script], program: program) {
            $0.mapUsers(from: Int64(Self.user), size: 1)
            $0.unmount("/sys/fs/cgroup")
            $0.unmount("/dev/pts")
            $0["linux", "resources"] = nil
            $0["linux", "cgroupsPath"] = nil
        }
        chown(trial.state, Self.user, Self.user)
        chown(trial.root, Self.user, Self.user)
        return trial
    }

    private func call(_ trial: Trial, _ arguments: [String]) throws -> Command.Outcome {
        var command = trial.command(arguments)
        let user = String(Self.user)
        command.arguments =
            ["--reuid", user, "--regid", user, "--clear-groups", command.path] + command.arguments
        command.path = "/usr/bin/setpriv"
        return try command.run(in: trial.folder)
    }

    @Test func aContainerRuns() throws {
        let trial = try trial("id -u; id -g; cat /proc/self/uid_map; echo x > /made; exit 5")
        let run = try call(trial, ["run", "--bundle", trial.bundle, trial.id])
        #expect(run.status == 5, "\(run)")
        #expect(run.words == ["0", "0", "0", String(Self.user), "1"])
        var made = stat()
        #expect(stat(trial.root + "/made", &made) == 0 && made.st_uid == Self.user)
    }

    @Test func itLivesAsAnyOther() throws {
        let trial = try trial("echo > /ready; exec sleep 1000")
        let created = try call(trial, ["create", "--bundle", trial.bundle, trial.id])
        try #require(created.succeeded, "\(created)")
        let pid = try trial.pid()
        #expect(try call(trial, ["start", trial.id]).succeeded)
        try trial.awaitReady()
        #expect(try trial.status == "running")
        let exec = try call(trial, ["exec", trial.id, "sh", "-c", "id -u; cat /proc/1/comm"])
        #expect(exec.words == ["0", "sleep"], "\(exec)")
        #expect(try call(trial, ["kill", trial.id, "KILL"]).succeeded)
        #expect(try trial.wait(pid) == 137)
        let deleted = try call(trial, ["delete", trial.id])
        #expect(deleted.succeeded, "\(deleted)")
    }

    @Test func anIdOfOthersIsRefused() throws {
        let trial = try trial("true")
        trial.rewrite { $0.mapUsers(from: 0, size: 1) }
        #expect(try !call(trial, ["run", "--bundle", trial.bundle, trial.id]).succeeded)
    }
}
