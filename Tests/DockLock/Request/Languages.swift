import Testing

@testable import Request
@testable import Verbs

/// Which language a command line is in. Engines and other runtimes' suites must never be misread.
@Suite struct Languages {
    private func language(_ line: String, config: Bool = false, users: Set<String> = []) -> Language {
        Language.of(spoken(line), Witness(hasConfiguration: { config }, isUsers: { users.contains($0) }))
            .language
    }

    @Test(arguments: [
        // conmon, containerd's shim, dockerd.
        "--systemd-cgroup create --bundle /b --pid-file /p abc", "create -b /b abc",
        "--root /r --log /l --log-format json create --bundle /b --pid-file /p --no-new-keyring abc",
        "--log-format=json --log=/l create --bundle /b abc", "start abc", "--root /r --log /l start abc",
        "kill abc 15", "kill --all abc 9", "kill abc KILL", "delete --force abc", "state abc",
        "exec --process /p --pid-file /f --detach abc", "exec -d --process /p abc",
        "exec --console-socket /s --process /p abc",
        "update --resources - abc", "ps --format json abc", "ps -f json abc", "events --stats abc",
        "events --interval 1s abc", "pause abc", "resume abc", "features", "spec", "spec --rootless",
        "list -q", "checkpoint abc", "restore --detach abc", "--version", "-v", "--help", "help run",
        "repair", "--log /l run a b c", "run -h", "create -h", "exec -h", "ps -h", "", "--root /r",
        "run --no-pivot abc", "run --keep abc", "run abc --bundle /b", "run abc -b /b -d",
        "create --config c abc",
        "run -bundle /b abc", "run -f c.json abc", "run --console-socket /s -d abc", "create /../x -b /b",
        "exec --cwd /tmp abc ls", "exec --cap CAP_KILL abc ls", "exec -g 5 abc ls",
    ]) func runtimesAlways(line: String) {
        #expect(language(line) == .runtime, "\(line)")
    }

    @Test(arguments: [
        "run box", "run -d box", "run --detach box", "--root /r run box", "--root /r run -d box",
        "create box",
        "--debug run box", "--cgroup-manager cgroupfs --root /r run box", "run --preserve-fds 1 -d box",
        "run box -d", "run", "run ../x", "run /x",
    ]) func bundlesOfTheWorkingDirectory(line: String) {
        #expect(language(line, config: true) == .runtime, "\(line)")
    }

    @Test(arguments: [
        "run box", "run -d box", "run box echo hi", "create box", "--root /r run box", "run", "run --help",
        "run box -d",
    ]) func imagesElsewhere(line: String) {
        #expect(language(line) == .user, "\(line)")
    }

    @Test(arguments: [
        "run --rm box", "run -it box sh", "run --name a box", "run box echo hi", "run -d box sleep 5",
        "run box:1", "run quay.example/a/box", "run box@sha256:00", "create --name a box", "run -dp 80 box",
        "run -e A=b box", "run --memory 64m box", "run --rm box sh -c 'x' --bundle y",
        "run -v a:/b box ls -b",
        "run box -- x", "run --unknown box", "--root /r run --rm box", "ps", "ps -a",
        "ps -aq --filter name=x",
        "ps --format json", "ps -n 5", "logs a", "rm -f a", "stop -t 5 a", "attach a", "wait a", "stats",
        "top a", "cp a:/x y", "port a", "rename a b", "restart a", "unpause a", "inspect a", "diff a",
        "volume ls", "events", "events --since 5m", "events --filter type=x", "kill -s HUP a",
        "kill a -s HUP",
        "kill a b c", "start a b", "start -ai a", "exec -it a sh", "exec -w /x a sh", "exec -i a sh",
        "update --cpus 2 a", "update --restart no a", "update -m 64m a b", "pause a b", "pause --all",
        "kill --all", "exec --help", "start --help",
    ]) func peoplesAlways(line: String) {
        #expect(language(line, config: true) == .user, "\(line)")
    }

    @Test(arguments: [
        "exec web ls", "exec -t web ls", "exec -e A=b -u 5 web ls", "exec -d web ls", "start web", "kill web",
        "kill web TERM", "pause web", "update --memory 64m web", "update --pids-limit 5 web",
    ]) func theContainerDecides(line: String) {
        #expect(language(line, users: ["web"]) == .user, "\(line)")
        #expect(language(line) == .runtime, "\(line)")
    }

    @Test func everyFlagOfARuntimeIsKnown() throws {
        let tables: [Verbs.Table] = [
            Verbs.createTable, Verbs.runTable, Verbs.execTable, Verbs.killTable, Verbs.updateTable,
        ]
        for table in tables {
            for flag in table.flags {
                let value = flag.form.value == nil ? [] : ["1"]
                for name in flag.form.names.map({ "--" + $0 }) + flag.form.letters.map({ "-\($0)" }) {
                    let operands = table.verb == "exec" ? ["id", "ls"] : ["id"]
                    let witness = Witness(hasConfiguration: { true }, isUsers: { _ in false })
                    let line = [table.verb, name] + value + operands
                    #expect(Language.of(line, witness).language == .runtime, "\(line)")
                }
            }
        }
    }

    @Test func theVerbHasItsPlace() {
        let witness = Witness(hasConfiguration: { false }, isUsers: { _ in false })
        #expect(Language.of(["--root", "/r", "--debug", "run", "box"], witness).verb == 3)
        #expect(Language.of(["run", "box"], witness).verb == 0)
        #expect(Language.of(["--version"], witness).verb == 1)
    }
}
