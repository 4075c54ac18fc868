import Foundation
import Harness
import Testing

/// What the caller has must not become the container's, and what the container does must not become the
/// caller's.
@Suite(.blackBox) struct Callers {
    /// A call of the runtime from a shell that runs `script`, the call its "$@".
    private func shell(_ script: String, _ trial: Trial, _ arguments: [String]) -> Command {
        var command = trial.command(arguments)
        command.arguments = ["-c", script, "sh", command.path] + command.arguments
        command.path = "/bin/sh"
        return command
    }

    @Test func theCallersMaskOfModesStaysOutside() throws {
        let trial = try Trial("umask; stat -c %a /made") {
            $0.append(
                "mounts", value: ["destination": "/made/by/us", "type": "tmpfs", "source": "tmpfs"])
        }
        let run = try shell("umask 077; exec \"$@\"", trial, ["run", "--bundle", trial.bundle, trial.id])
            .run(in: trial.folder)
        #expect(run.lines == ["0022", "755"], "\(run)")
    }

    /// The numbers beyond what the caller has open are the runtime's own files.
    @Test(arguments: [1, 3, 8]) func descriptorsThatAreNotOpenAreNotKept(count: Int) throws {
        let trial = try Trial("ls /proc/self/fd")
        let run = try trial.run(["--preserve-fds", "\(count)"])
        #expect(!run.succeeded)
        #expect(run.out.isEmpty)
    }

    /// The kernel then tells nobody how children end: a hook that fails would pass for one that does not.
    @Test(arguments: [false, true]) func aCallerThatIgnoresTheEndOfChildren(fails: Bool) throws {
        let trial = try Trial("exit 5") {
            if fails { $0["hooks", "createRuntime"] = [["path": "/bin/false"]] }
        }
        let script = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
        var call = trial.command(["run", "--bundle", trial.bundle, trial.id])
        call.arguments = ["-c", script + "os.execv(sys.argv[1], sys.argv[1:])", call.path] + call.arguments
        call.path = "/usr/bin/python3"
        let outcome = try call.run(in: trial.folder)
        #expect(outcome.status == (fails ? 1 : 5), "\(outcome)")
        #expect(trial.leftovers() == [])
    }

    /// A root of shared propagation on a host of shared mounts: when the old root goes, the host's mounts,
    /// its peers, must not go with it. The host is a namespace of the test's own.
    @Test(arguments: ["shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable"])
    func theHostKeepsItsMounts(propagation: String) throws {
        let trial = try Trial("true") { $0["linux", "rootfsPropagation"] = .string(propagation) }
        let script = """
            mount --make-rshared / && before=$(cut -d' ' -f5 /proc/self/mountinfo) || exit 90
            "$@"; status=$?
            [ "$before" = "$(cut -d' ' -f5 /proc/self/mountinfo)" ] || exit 91
            exit $status
            """
        var command = shell(script, trial, ["run", "--bundle", trial.bundle, trial.id])
        command.arguments = ["-m", "--propagation", "private", command.path] + command.arguments
        command.path = "/usr/bin/unshare"
        let run = try command.run(in: trial.folder)
        #expect(run.status == 0, "\(run)")
    }
}
