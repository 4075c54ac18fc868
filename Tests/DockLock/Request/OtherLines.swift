import OCI
import Testing
import Verbs

@testable import Request

/// The verbs around `run` and `create`.
@Suite struct OtherLines {
    private func expect(
        _ line: String, _ wanted: UserVerb, at location: SourceLocation = #_sourceLocation
    ) {
        do {
            #expect(try UserLine.parse(spoken(line)) == wanted, "\(line)", sourceLocation: location)
        } catch {
            Issue.record("\(line): \(error)", sourceLocation: location)
        }
    }

    private func made<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var value = value
        change(&value)
        return value
    }

    @Test func starting() {
        expect(
            "start -a -i --sig-proxy=false --detach-keys x a",
            .start(
                made(StartRequest()) {
                    ($0.containers, $0.attaches, $0.isInteractive) = (["a"], true, true)
                    ($0.proxiesSignals, $0.detachKeys) = (false, [120])
                }))
        expect("start a b", .start(made(StartRequest()) { $0.containers = ["a", "b"] }))
        expect("start --all", .start(made(StartRequest()) { $0.all = true }))
        expect(
            "attach --no-stdin a",
            .attach(made(StartRequest()) { ($0.containers, $0.hasInput) = (["a"], false) }))
    }

    @Test func stopping() {
        let one = made(StopRequest()) { $0.containers = ["a"] }
        expect("stop a", .stop(one))
        expect("stop a -t 5", .stop(made(one) { $0.timeout = 5 }))
        expect("stop --time=-1 -s INT a", .stop(made(one) { ($0.timeout, $0.signal) = (-1, 2) }))
        expect("stop -i a", .stop(made(one) { $0.ignoresMissing = true }))
        expect("stop --all", .stop(made(StopRequest()) { $0.all = true }))
        expect("restart --timeout 3 a", .restart(made(one) { $0.timeout = 3 }))
        expect("kill -s 9 a", .kill(made(one) { $0.signal = 9 }))
        expect("kill a --signal=SIGHUP", .kill(made(one) { $0.signal = 1 }))
        expect("pause a", .pause(one))
        expect("unpause -a", .unpause(made(StopRequest()) { $0.all = true }))
        expect("wait a", .wait(made(WaitRequest()) { $0.containers = ["a"] }))
        expect(
            "wait --condition running -i 5s a",
            .wait(made(WaitRequest()) { ($0.containers, $0.condition) = (["a"], .running) }))
        expect(
            "rm -fv a b",
            .remove(
                made(RemoveRequest()) { ($0.containers, $0.force, $0.volumes) = (["a", "b"], true, true) }))
        expect(
            "rm -f -t 0 -i a",
            .remove(
                made(RemoveRequest()) {
                    ($0.containers, $0.force, $0.timeout, $0.ignoresMissing) = (["a"], true, 0, true)
                }))
    }

    @Test func executing() {
        expect(
            "exec -it -u 5 -w /a -e A=b --env-file f a sh -c 'x y' -d",
            .exec(
                made(UserExecRequest()) {
                    ($0.container, $0.command) = ("a", ["sh", "-c", "x y", "-d"])
                    ($0.isInteractive, $0.hasTerminal, $0.user, $0.workingDirectory) = (true, true, "5", "/a")
                    ($0.environment, $0.environmentFiles) = ([.set("A", "b")], ["f"])
                }))
        expect(
            "exec -d --privileged --preserve-fds 2 a b",
            .exec(
                made(UserExecRequest()) {
                    ($0.container, $0.command, $0.isDetached) = ("a", ["b"], true)
                    ($0.isPrivileged, $0.preservedDescriptors) = (true, 2)
                }))
    }

    @Test func executingInTheRuntimesWords() throws {
        var premises = Case.premises
        premises.capabilities = 1 << 5
        func options(_ line: String) throws -> ExecOptions {
            guard case .exec(let request) = try UserLine.parse(spoken(line)) else {
                throw UsageError("not exec")
            }
            return try request.options(id: "abc", premises)
        }
        var wanted = ExecOptions()
        (wanted.id, wanted.args, wanted.tty, wanted.cwd) = ("abc", ["sh", "-l"], true, "/a")
        wanted.user = UserSpec(uid: 1000, gid: 1001)
        wanted.additionalGids = [6, 29, 1001]
        wanted.env = ["TERM=xterm", "HOME=/home/user", "A=b", "EDITOR=vi"]
        #expect(try options("exec -it -u user -w /a -e A=b -e EDITOR -e NONE web sh -l") == wanted)
        let plain = try options("exec -d --privileged --preserve-fds 2 web true")
        #expect(plain.detach && plain.capabilities == ["CAP_KILL"] && plain.preserveFDs == 2)
        #expect(plain.user == nil && plain.env == [] && !plain.tty)
        #expect(throws: UsageError.self) { try options("exec -u nobody web true") }
    }

    @Test func listing() {
        expect("ps", .list(ContainerListRequest()))
        expect(
            "ps -aqs --no-trunc --filter name=x -f status=exited --format json --sort names --noheading",
            .list(
                made(ContainerListRequest()) {
                    ($0.all, $0.isQuiet, $0.hasSize, $0.isUntruncated) = (true, true, true, true)
                    $0.filters = [Setting("name", "x"), Setting("status", "exited")]
                    ($0.format, $0.sort, $0.hasHeading) = ("json", "names", false)
                }))
        expect("ps -l", .list(made(ContainerListRequest()) { $0.last = 1 }))
        expect("ps -n 5", .list(made(ContainerListRequest()) { $0.last = 5 }))
        expect("ps -n -1", .list(ContainerListRequest()))
    }

    @Test func logs() {
        expect(
            "logs -ft -n 5 --since 10m --until 2024-01-31T10:30:00Z a",
            .logs(
                made(LogsRequest()) {
                    ($0.containers, $0.follows, $0.hasTimestamps, $0.tail) = (["a"], true, true, 5)
                    ($0.since, $0.until) = (.ago(600_000_000_000), .at(1_706_697_000_000_000_000))
                }))
        expect(
            "logs --tail all --names --details a",
            .logs(
                made(LogsRequest()) {
                    ($0.containers, $0.hasNames, $0.hasDetails) = (["a"], true, true)
                }))
    }

    @Test(arguments: [
        ("0s", TimePoint.ago(0)), ("-5s", .ago(5_000_000_000)), ("1h1m", .ago(3_660_000_000_000)),
        ("0", .at(0)), ("1700000000.25", .at(1_700_000_000_250_000_000)),
        ("1970-01-02", .at(86_400_000_000_000)), ("2000-02-29T00:00", .at(951_782_400_000_000_000)),
        ("2024-01-31T10:30:00.5+02:00", .at(1_706_689_800_500_000_000)),
        ("1969-12-31T23:59:59Z", .at(-1_000_000_000)),
        ("2024-12-31 23:59:59-00:30", .at(1_735_691_399_000_000_000)),
    ]) func times(text: String, wanted: TimePoint) throws {
        #expect(try timePoint(text) == wanted)
    }

    @Test(arguments: [
        "", "x", "2024-1", "2024-13-01", "2024-01-01T25:00", "2024-01-01T10:00:00+5", "99999999999", "1.x",
    ])
    func noTimes(text: String) {
        #expect(throws: Wrong.self) { try timePoint(text) }
    }

    @Test func looking() {
        let one = made(LookRequest()) { $0.subjects = ["a"] }
        expect("stats", .stats(LookRequest()))
        expect(
            "stats --no-stream --format x -a --no-trunc -i 2 a",
            .stats(
                made(one) {
                    ($0.isOnce, $0.format, $0.all, $0.isUntruncated, $0.interval) = (true, "x", true, true, 2)
                }))
        expect("top a -ef pid", .top(made(one) { $0.rest = ["-ef", "pid"] }))
        expect("port a 80/udp", .port(made(one) { $0.rest = ["80/udp"] }))
        expect("port -a", .port(made(LookRequest()) { $0.all = true }))
        expect(
            "inspect -f '{{.ID}}' -s -t container a",
            .inspect(
                made(one) { ($0.format, $0.hasSize, $0.type) = ("{{.ID}}", true, "container") }))
        expect("inspect --type all a", .inspect(one))
        expect("diff a", .diff(one))
        expect(
            "events --filter event=die --since 5s --until 1 --stream=false --format json",
            .events(
                made(LookRequest()) {
                    ($0.filters, $0.since, $0.until) = (
                        [Setting("event", "die")], .ago(5_000_000_000), .at(1_000_000_000)
                    )
                    ($0.streams, $0.format) = (false, "json")
                }))
    }

    @Test func copying() {
        expect(
            "cp -aL a:/x ./b",
            .copy(
                made(CopyRequest()) {
                    ($0.source, $0.destination) = (.container("a", path: "/x"), .host("./b"))
                    ($0.isArchive, $0.followsLinks) = (true, true)
                }))
        expect("cp - a:/x", .copy(made(CopyRequest()) { $0.destination = .container("a", path: "/x") }))
        expect(
            "cp ./a:b c:d",
            .copy(
                made(CopyRequest()) {
                    ($0.source, $0.destination) = (.host("./a:b"), .container("c", path: "d"))
                }))
    }

    @Test func changing() {
        expect("rename a b", .rename(container: "a", name: "b"))
        var resources = ResourceRequest()
        resources.limits.memory = Resources.Memory()
        resources.limits.memory?.limit = 64 << 20
        expect("update -m 64m a b", .update(containers: ["a", "b"], resources, nil))
        expect("update --restart always a", .update(containers: ["a"], ResourceRequest(), .always))
        expect(
            "volume create -l a=b -o type=tmpfs data",
            .volume(
                made(VolumeRequest()) {
                    ($0.action, $0.names) = (.create, ["data"])
                    ($0.labels, $0.options) = ([Setting("a", "b")], [Setting("type", "tmpfs")])
                }))
        expect("volume ls -q", .volume(made(VolumeRequest()) { $0.isQuiet = true }))
        expect(
            "volume rm -f a b",
            .volume(made(VolumeRequest()) { ($0.action, $0.names, $0.force) = (.remove, ["a", "b"], true) }))
        expect("volume prune -f", .volume(made(VolumeRequest()) { ($0.action, $0.force) = (.prune, true) }))
    }

    @Test func everyVerbHelps() throws {
        #expect(UserLine.verbs.count == 26)
        for verb in UserLine.verbs {
            #expect(try UserLine.parse([verb, "--help"]) == .help(topic: verb))
            let table = try #require(UserLine.table(of: verb))
            #expect(table.verb == verb)
            let help = UserLine.help(verb)
            for flag in table.flags.map(\.form) where !flag.isRefused {
                #expect(help.contains("--\(flag.name)"), "\(verb) --\(flag.name)")
            }
            let names = table.flags.map(\.form.name)
            #expect(Set(names).count == names.count, "\(verb) has a flag twice")
            let letters = table.flags.map(\.form.letters).filter { !$0.isEmpty }
            #expect(Set(letters).count == letters.count, "\(verb) has a letter twice")
            for line in help.split(separator: "\n") { #expect(line.utf8.count <= 110, "\(line)") }
        }
    }

    @Test func files() throws {
        let text = "# a\n\nA=b c\n  B = x\nC\r\nD='q'\n"
        #expect(throws: UsageError.self) { try EnvironmentEntry.read(file: "f", Array(text.utf8)) }
        #expect(
            try EnvironmentEntry.read(file: "f", Array("\u{FEFF}# a\n\nA=b c\n C\r\nD='q'".utf8))
                == [.set("A", "b c"), .inherit("C"), .set("D", "'q'")])
        #expect(
            try Setting.read(labelFile: "f", Array("a=b\nc\n".utf8)) == [Setting("a", "b"), Setting("c", "")])
        #expect(throws: UsageError("--env-file: f:2: \"=x\" has no name")) {
            try EnvironmentEntry.read(file: "f", Array("A\n=x".utf8))
        }
        #expect(throws: UsageError("--env-file: f:1: is not UTF-8")) {
            try EnvironmentEntry.read(file: "f", [0x41, 0xFF])
        }
    }
}
