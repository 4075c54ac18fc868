import CHarness
import Glibc
import Harness
import Testing

/// sd_notify(3): the caller's $NOTIFY_SOCKET, and the one that the container gets for it.
@Suite(.blackBox) struct Notifications {
    /// A datagram socket, bound to `path` or, without one, only for sending.
    private func socket(at path: String? = nil) throws -> Int32 {
        let made = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(made >= 0)
        if let path { try #require(withAddress(path) { bind(made, $0, $1) } == 0, "bind \(path)") }
        return made
    }

    private func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        try #require(path.utf8.count < room, "\(path) is too long for a socket")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            // Sound: sockaddr_un is a sockaddr with its own family; the length says how much of it.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private func command(_ trial: Trial, _ arguments: [String]) -> Command {
        var command = trial.command(arguments)
        command.environment.append("NOTIFY_SOCKET=\(trial.folder)/host")
        return command
    }

    /// Says `message` to the socket that a container's process was given.
    private func say(_ message: String, to pid: pid_t) throws {
        let environment = Host.read("/proc/\(pid)/environ") ?? ""
        let entry = environment.split(separator: "\0").first { $0.hasPrefix("NOTIFY_SOCKET=") }
        let path = try #require(entry).dropFirst("NOTIFY_SOCKET=".count)
        let sender = try socket()
        defer { close(sender) }
        let bytes = Array(message.utf8)
        let sent = try withAddress("/proc/\(pid)/root\(path)") {
            Int32(sendto(sender, bytes, bytes.count, 0, $0, $1))
        }
        #expect(sent == Int32(bytes.count), "\(String(cString: strerror(errno)))")
    }

    private func hear(_ socket: Int32) -> String {
        guard harness_readable(socket, 10_000) == 1 else { return "" }
        var bytes = [UInt8](repeating: 0, count: 4096)
        return String(decoding: bytes[..<max(0, recv(socket, &bytes, bytes.count, 0))], as: UTF8.self)
    }

    @Test func theContainerHasASocket() throws {
        let trial = try Trial("test -S \"$NOTIFY_SOCKET\" && echo a socket")
        let host = try socket(at: trial.folder + "/host")
        defer { close(host) }
        let run = command(trial, ["run", "--bundle", trial.bundle, trial.id])
        #expect(try run.run(in: trial.folder).out == "a socket\n")
    }

    /// What it left there would stand in the way of its own deletion.
    @Test func theContainerCanWriteNothingBesideTheSocket() throws {
        let trial = try Trial("touch ${NOTIFY_SOCKET%/*}/x 2> /dev/null || echo refused")
        let host = try socket(at: trial.folder + "/host")
        defer { close(host) }
        let run = command(trial, ["run", "--bundle", trial.bundle, trial.id])
        let outcome = try run.run(in: trial.folder)
        #expect(outcome.succeeded && outcome.out == "refused\n", "\(outcome)")
        #expect(trial.leftovers() == [])
    }

    @Test func startEndsWhenTheProgramIsReady() throws {
        try startAfter(["READY=1"])
    }

    @Test func otherWordsDoNotMakeItReady() throws {
        try startAfter(["STATUS=warming up", "STATUS=done\nREADY=1"])
    }

    /// A `start` that has not ended before the last of these messages, and does with it.
    private func startAfter(_ messages: [String]) throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let host = try socket(at: trial.folder + "/host")
        defer { close(host) }
        let created = try command(trial, ["create", "--bundle", trial.bundle, trial.id]).run(in: trial.folder)
        try #require(created.succeeded, "\(created.err)")
        let pid = try trial.pid()
        let start = try command(trial, ["start", trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        for message in messages {
            #expect(harness_wait(start.pid, 200) < 0, "start ended before \(message)")
            try say(message, to: pid)
        }
        #expect(hear(host).hasPrefix("READY=1"))
        #expect(start.wait().status == 0)
        #expect(try trial.status == "running")
    }

    @Test func startEndsWhenTheProgramDoes() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let host = try socket(at: trial.folder + "/host")
        defer { close(host) }
        let created = try command(trial, ["create", "--bundle", trial.bundle, trial.id]).run(in: trial.folder)
        try #require(created.succeeded, "\(created.err)")
        let pid = try trial.pid()
        let start = try command(trial, ["start", trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        #expect(try trial.kill("KILL").succeeded)
        #expect(try trial.wait(pid) == 137)
        #expect(start.wait().status != 124)
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func aForegroundRunOutlivesWhoeverListened() throws {
        let trial = try Trial("echo > /ready; read x < /go; exit 5")
        mkfifo(trial.root + "/go", 0o666)
        let host = try socket(at: trial.folder + "/host")
        let run = try command(trial, ["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        close(host)
        unlink(trial.folder + "/host")
        try say("READY=1", to: pid_t(trial.report()["pid"]?.int ?? 0))
        #expect(harness_wait(run.pid, 300) < 0, "run ended before its container")
        Host.write("go\n", to: trial.root + "/go")
        let outcome = run.wait()
        #expect(outcome.status == 5, "\(outcome.err)")
    }

    @Test func withoutAMountNamespaceThereIsNoSocket() throws {
        let trial = try Trial("echo \"<$NOTIFY_SOCKET>\"") {
            $0.namespace("mount", share: true)
            $0["mounts"] = []
            $0["linux", "maskedPaths"] = []
            $0["linux", "readonlyPaths"] = []
        }
        let host = try socket(at: trial.folder + "/host")
        defer { close(host) }
        let run = command(trial, ["run", "--bundle", trial.bundle, trial.id])
        let outcome = try run.run(in: trial.folder)
        #expect(outcome.out == "<>\n", "\(outcome.err)")
    }

    @Test func aForegroundRunPassesTheWordOn() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        let host = try socket(at: trial.folder + "/host")
        defer { close(host) }
        let run = try command(trial, ["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        try say("READY=1", to: pid_t(trial.report()["pid"]?.int ?? 0))
        #expect(hear(host).hasPrefix("READY=1"))
        #expect(try trial.kill("KILL").succeeded)
        #expect(run.wait().status == 137)
        #expect(trial.leftovers() == [])
    }
}
