import CHarness
import Glibc
import Harness
import Testing

/// `process.terminal`: the pty, who gets its master, and its size.
@Suite(.blackBox) struct Terminals {
    /// The master that a runtime sends to a console socket.
    private func receive(_ socket: Int32) throws -> Int32 {
        let connection = harness_accept(socket, 10_000)
        try #require(connection >= 0, "the runtime never connected")
        defer { close(connection) }
        var bytes = [CChar](repeating: 0, count: 4096)
        var fds = [Int32](repeating: -1, count: 16)
        var count: Int32 = 0
        try #require(
            harness_receive(connection, &bytes, bytes.count, &fds, &count, 10_000) >= 0 && count == 1)
        return fds[0]
    }

    /// The size may come a moment after the start: a runtime copies it when the terminal is its own.
    /// Before that busybox's stty prints nothing, and calls it a success.
    /// It ends when told to: the end of a session throws away what nobody has read yet.
    static let sized = "until stty size 2>/dev/null | grep .; do :; done; read line; "

    @Test func theMasterGoesToTheConsoleSocket() throws {
        let trial = try Trial("tty; stty size; read line; echo got $line; echo > /ready; exec sleep 1000") {
            $0["process", "terminal"] = true
            $0["process", "consoleSize"] = ["height": 33, "width": 101]
        }
        let socket = harness_listen(trial.folder + "/console")
        try #require(socket >= 0)
        defer { close(socket) }
        let create = trial.command(
            ["create", "--bundle", trial.bundle, "--console-socket", trial.folder + "/console", trial.id])
        let outcome = try create.run(in: trial.folder)
        try #require(outcome.succeeded, "\(outcome.err)")
        let master = try receive(socket)
        defer { close(master) }
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        #expect(harness_size(master, &rows, &columns) == 0 && rows == 33 && columns == 101)
        try trial.pid()
        #expect(try trial.start().succeeded)
        let greeting = TerminalReading.read(master, until: "33 101")
        #expect(greeting.contains("/dev/pts/0") || greeting.contains("/dev/console"))
        #expect(greeting.contains("33 101"))
        #expect(write(master, "word\n", 5) == 5)
        #expect(TerminalReading.read(master, until: "got word").contains("got word"))
        try trial.awaitReady()
    }

    @Test func theConsoleIsTheContainers() throws {
        let trial = try Trial(
            "test -c /dev/console && stat -c %u:%a /dev/console; echo done; exec sleep 1000"
        ) {
            $0["process", "terminal"] = true
        }
        let socket = harness_listen(trial.folder + "/console")
        defer { close(socket) }
        #expect(try trial.run(["--detach", "--console-socket", trial.folder + "/console"]).succeeded)
        let master = try receive(socket)
        defer { close(master) }
        #expect(TerminalReading.read(master, until: "done").contains("0:6"))
        try trial.pid()
    }

    @Test func theTerminalControlsItsSession() throws {
        let trial = try Trial(arguments: ["sh", "-c", "trap 'echo caught' INT; echo set; read x; read y"]) {
            $0["process", "terminal"] = true
        }
        let socket = harness_listen(trial.folder + "/console")
        defer { close(socket) }
        #expect(try trial.run(["--detach", "--console-socket", trial.folder + "/console"]).succeeded)
        let master = try receive(socket)
        defer { close(master) }
        #expect(TerminalReading.read(master, until: "set").contains("set"))
        #expect(write(master, "\u{3}", 1) == 1)
        #expect(TerminalReading.read(master, until: "caught").contains("caught"))
        try trial.pid()
    }

    @Test func runUsesTheTerminalItIsGiven() throws {
        let trial = try Trial("test -t 0 && test -t 1 && test -t 2 && \(Self.sized)exit 5") {
            $0["process", "terminal"] = true
        }
        var (master, slave): (Int32, Int32) = (-1, -1)
        #expect(harness_pty(&master, &slave, 24, 91) == 0)
        defer { close(master) }
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.terminal = slave
        let started = try run.start(in: trial.folder)
        close(slave)
        let seen = TerminalReading.read(master, until: "24 91")
        #expect(seen.contains("24 91"), "\(seen)")
        #expect(write(master, "go\n", 3) == 3)
        #expect(started.wait().status == 5)
    }

    @Test func aTerminalWithoutASocketCannotBeCreated() throws {
        let trial = try Trial("echo ran") { $0["process", "terminal"] = true }
        let outcome = try trial.create()
        #expect(!outcome.succeeded && !outcome.err.isEmpty)
    }

    @Test func aSocketWithoutATerminalIsRefused() throws {
        let trial = try Trial("echo ran")
        let socket = harness_listen(trial.folder + "/console")
        defer { close(socket) }
        #expect(try !trial.create(["--console-socket", trial.folder + "/console"]).succeeded)
    }

    @Test func aSocketThatIsNoneIsAnError() throws {
        let trial = try Trial("echo ran") { $0["process", "terminal"] = true }
        #expect(try !trial.create(["--console-socket", trial.folder + "/nothing"]).succeeded)
    }

    @Test func execHasATerminalOfItsOwn() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let socket = harness_listen(trial.folder + "/console")
        defer { close(socket) }
        let flags = ["--tty", "--detach", "--console-socket", trial.folder + "/console"]
        let outcome = try trial.exec(["sh", "-c", "tty; read line; echo got $line"], flags)
        try #require(outcome.succeeded, "\(outcome.err)")
        let master = try receive(socket)
        defer { close(master) }
        #expect(write(master, "word\n", 5) == 5)
        let seen = TerminalReading.read(master, until: "got word")
        #expect(seen.contains("/dev/pts/0") && seen.contains("got word"), "\(seen)")
    }

    @Test func execUsesTheTerminalItIsGiven() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        var (master, slave): (Int32, Int32) = (-1, -1)
        #expect(harness_pty(&master, &slave, 24, 92) == 0)
        defer { close(master) }
        var exec = trial.command(["exec", "-t", trial.id, "sh", "-c", "\(Self.sized)exit 6"])
        exec.terminal = slave
        let started = try exec.start(in: trial.folder)
        close(slave)
        let seen = TerminalReading.read(master, until: "24 92")
        #expect(seen.contains("24 92"), "\(seen)")
        #expect(write(master, "go\n", 3) == 3)
        #expect(started.wait().status == 6)
    }
}
