import CHarness
import Foundation

/// A program run to its end, its output captured in files: a container may hold a descriptor of it
/// open long after the program has gone, so nothing ever reads to the end of a pipe.
public struct Command: Sendable {
    public var path: String
    public var arguments: [String]
    public var environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]
    public var input = ""
    /// Descriptors given as 3 and on.
    public var descriptors: [Int32] = []
    /// Stands for 0, 1 and 2 when it is there. The program does not lead a session of it: the death of
    /// a leader throws away what the other end has not read yet.
    public var terminal: Int32?
    public var cwd = "/"
    public var flags: Int32 = 0
    public var timeoutMillis: Int32 = 30_000

    public init(_ path: String, _ arguments: [String] = []) {
        self.path = path
        self.arguments = arguments
    }

    /// How a program ended and what it said.
    public struct Outcome: Sendable {
        /// The exit code; 128 + n when signal n ended it.
        public let status: Int
        /// The signal that ended it, or 0.
        public let signal: Int
        public let out: String
        public let err: String

        /// Lines of the output, without the last empty one.
        public var lines: [String] {
            var lines = out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if lines.last == "" { lines.removeLast() }
            return lines
        }

        /// A line by its number, from 0; empty where there is none.
        public func line(_ number: Int) -> String {
            let lines = self.lines
            return number < lines.count ? lines[number] : ""
        }

        /// The words of the output.
        public var words: [String] { out.split(whereSeparator: \.isWhitespace).map(String.init) }

        public var succeeded: Bool { status == 0 }
    }

    /// Runs to the end; `folder` receives the captured output.
    public func run(in folder: String, name: String = UUID().uuidString) throws -> Outcome {
        let started = try start(in: folder, name: name)
        return started.wait(timeoutMillis: timeoutMillis)
    }

    /// Starts and does not wait.
    public func start(in folder: String, name: String = UUID().uuidString) throws -> Started {
        let stem = folder + "/" + name
        Host.write(input, to: stem + ".in")
        var fds: [Int32]
        var opened: [Int32] = []
        if let terminal {
            fds = [terminal, terminal, terminal]
        } else {
            fds = [
                open(input.isEmpty ? "/dev/null" : stem + ".in", O_RDONLY | O_CLOEXEC),
                open(stem + ".out", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644),
                open(stem + ".err", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644),
            ]
            opened = fds
        }
        defer { for fd in opened { close(fd) } }
        fds += descriptors
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        let pid = harness_spawn(path, &argv, &envp, cwd, fds, Int32(fds.count), flags)
        guard pid > 0 else { throw Failure("spawn \(path): \(String(cString: strerror(-pid)))") }
        return Started(pid: pid, stem: stem, title: ([path] + arguments).joined(separator: " "))
    }
}

/// A program that runs.
public struct Started: Sendable {
    public let pid: pid_t
    public let stem: String
    let title: String

    public var out: String { Host.read(stem + ".out") ?? "" }
    public var err: String { Host.read(stem + ".err") ?? "" }

    /// Waits for the end; past the time it is killed and its status is 124.
    public func wait(timeoutMillis: Int32 = 30_000) -> Command.Outcome {
        var status = harness_wait(pid, timeoutMillis)
        var late = false
        if status < 0 {
            late = true
            kill(pid, SIGKILL)
            status = harness_wait(pid, 5000)
        }
        let signal = Int(status & 0x7f)
        let code = late ? 124 : signal == 0 ? Int(status >> 8) & 0xff : 128 + signal
        let note = late ? "\nharness: \(title): no end within \(timeoutMillis) ms" : ""
        return Command.Outcome(status: code, signal: late ? 0 : signal, out: out, err: err + note)
    }
}

/// What keeps a trial from being made at all.
public struct Failure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
