import Foundation
import Glibc
import Harness
import Testing

/// A caller who is not root: a user of the test's own, known only in a mount namespace of the test's own.
@Suite(.blackBox) struct Rootless {
    private static let uid = 54321

    /// Runs a script as the user, in the bundle, with $RUNTIME before its verbs.
    private func run(_ trial: Trial, _ script: String) throws -> Command.Outcome {
        let etc = trial.folder + "/etc"
        mkdir(etc, 0o755)
        for (name, line) in [
            ("passwd", "tester:x:\(Self.uid):\(Self.uid)::/:/bin/sh\n"), ("group", "tester:x:\(Self.uid):\n"),
            ("subuid", "tester:700000:65536\n"), ("subgid", "tester:800000:65536\n"),
        ] {
            Host.write((Host.read("/etc/" + name) ?? "") + line, to: etc + "/" + name)
            Host.write("", to: trial.folder + "/program")
        }
        for path in [trial.bundle, trial.bundle + "/config.json", trial.root, trial.state] {
            chown(path, uid_t(Self.uid), gid_t(Self.uid))
        }
        let outer = """
            set -e
            for name in passwd group subuid subgid; do
                [ -e /etc/$name ] || : > /etc/$name
                mount --bind \(etc)/$name /etc/$name
            done
            mount --bind \(Runtime.tested.path) \(trial.folder)/program
            cd \(trial.bundle)
            exec setpriv --reuid=\(Self.uid) --regid=\(Self.uid) --clear-groups sh -c "$1"
            """
        let inner = "RUNTIME='\(trial.folder)/program --root \(trial.state)'\n" + script
        var call = Command("/usr/bin/unshare", ["--mount", "sh", "-c", outer, "sh", inner])
        call.flags = trial.command([]).flags
        return try call.run(in: trial.folder)
    }

    /// What `spec --rootless` writes for the user, changed.
    private func specify(_ trial: Trial, _ script: String, _ change: (inout Value) -> Void = { _ in }) throws
    {
        unlink(trial.bundle + "/config.json")
        let made = try run(trial, "exec $RUNTIME spec --rootless")
        try #require(made.succeeded, "\(made.err)")
        var config = try Value(parsing: try #require(Host.read(trial.bundle + "/config.json")))
        config["process", "terminal"] = false
        config["process", "args"] = .strings(["sh", "-c", script])
        config["root", "readonly"] = false
        change(&config)
        Host.write(config.json, to: trial.bundle + "/config.json")
    }

    @Test func runsWhatSpecWrote() throws {
        let trial = try Trial("true")
        try specify(trial, "id -u; cat /proc/self/uid_map /proc/self/oom_score_adj; touch /made") {
            $0["process", "oomScoreAdj"] = 77
        }
        let outcome = try run(trial, "exec $RUNTIME run \(trial.id)")
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(outcome.words == ["0", "0", "\(Self.uid)", "1", "77"], "\(outcome.out)")
        var info = stat()
        #expect(stat(trial.root + "/made", &info) == 0 && info.st_uid == Self.uid)
        #expect(trial.leftovers() == [])
    }

    @Test func mapsTheIdsThatAreTheUsers() throws {
        let trial = try Trial("true")
        try specify(trial, "cat /proc/self/uid_map /proc/self/gid_map; chown 7:8 /mine; id -G") {
            $0.capabilities(["CAP_CHOWN"], in: ["bounding", "effective", "permitted"])
            for (kind, first) in [("uidMappings", 700_000), ("gidMappings", 800_000)] {
                $0["linux", kind] = [
                    ["containerID": 0, "hostID": .number(Int64(Self.uid)), "size": 1],
                    ["containerID": 1, "hostID": .number(Int64(first)), "size": 65536],
                ]
            }
        }
        Host.write("", to: trial.root + "/mine")
        chown(trial.root + "/mine", uid_t(Self.uid), gid_t(Self.uid))
        let outcome = try run(trial, "exec $RUNTIME run \(trial.id)")
        #expect(outcome.succeeded, "\(outcome.err)")
        var info = stat()
        #expect(stat(trial.root + "/mine", &info) == 0)
        #expect(info.st_uid == 700_006 && info.st_gid == 800_007)
        #expect(trial.leftovers() == [])
    }

    @Test func idsOfOthersAreRefused() throws {
        let trial = try Trial("true")
        try specify(trial, "echo ran") {
            $0["linux", "uidMappings"] = [["containerID": 0, "hostID": 0, "size": 10]]
        }
        let outcome = try run(trial, "exec $RUNTIME run \(trial.id)")
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(trial.leftovers() == [])
    }

    @Test func livesThroughItsVerbs() throws {
        let trial = try Trial("true")
        try specify(trial, "sleep 1000")
        let script = """
            set -e
            $RUNTIME create \(trial.id) > out 2>&1 < /dev/null
            $RUNTIME start \(trial.id)
            $RUNTIME exec \(trial.id) sh -c 'id -u; readlink /proc/self/ns/user'
            $RUNTIME state \(trial.id) | grep '"status"'
            $RUNTIME kill \(trial.id) KILL
            $RUNTIME delete --force \(trial.id)
            """
        let outcome = try run(trial, script)
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(outcome.line(0) == "0" && outcome.line(1) != Namespaces.of("self", "user"))
        #expect(outcome.line(2).contains("running"))
        #expect(trial.leftovers() == [])
    }
}
