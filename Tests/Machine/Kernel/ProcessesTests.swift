import Glibc
import Kernel
import Testing

@Suite struct ProcessesTests {
    static let endings: [(String, Int32)] = [
        ("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -TERM $$", 143),
    ]

    @Test(arguments: endings)
    func statusIsTheProgramsOwn(_ script: String, _ status: Int32) throws {
        #expect(try Processes.run("/bin/sh", ["sh", "-c", script], env: []) == status)
    }

    @Test func missingProgramIsAnError() throws {
        #expect(throws: SystemError("run", ENOENT, "/nowhere/x")) {
            try Processes.run("/nowhere/x", ["x"], env: [])
        }
        #expect(throws: SystemError("run", EACCES, "/etc/passwd")) {
            try Processes.run("/etc/passwd", ["x"], env: [])
        }
    }

    /// The program waits for an end of input that never comes, so only the limit can end it.
    @Test func programBeyondItsTimeIsKilled() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(try Processes.run("/bin/cat", ["cat"], env: [], input: ends[0], seconds: 1) == nil)
    }

    @Test func inputOutputAndEnvironmentArrive() throws {
        let input = try Memory.file("in", Array("hello\n".utf8), isSealed: false)
        let output = try Memory.file("out", [], isSealed: false)
        let script = "read line; echo \"$line $NAME $1\"; echo oops >&2"
        let status = try Processes.run(
            "/bin/sh", ["sh", "-c", script, "sh", "arg"], env: ["NAME=value"], input: input.number,
            output: output.number)
        #expect(status == 0)
        lseek(output.number, 0, SEEK_SET)
        #expect(String(decoding: try output.readAll(), as: UTF8.self) == "hello value arg\noops\n")
    }

    @Test func programGetsNoOtherDescriptor() throws {
        let leak = Descriptor(dup(0))
        #expect(fcntl(leak.number, F_GETFD) == 0)
        let output = try Memory.file("out", [], isSealed: false)
        // A glob opens the folder itself, so that descriptor is what the shell adds.
        let script = "for fd in /proc/self/fd/*; do [ -e $fd ] && echo ${fd##*/}; done"
        let status = try Processes.run("/bin/sh", ["sh", "-c", script], env: [], output: output.number)
        #expect(status != nil)
        lseek(output.number, 0, SEEK_SET)
        let numbers = String(decoding: try output.readAll(), as: UTF8.self).split(separator: "\n")
        #expect(Set(numbers).isSubset(of: ["0", "1", "2"]))
        #expect(numbers.count >= 2)
    }

    @Test func identityNamesAProcessForGood() throws {
        let own = try #require(Processes.identity(of: getpid()))
        #expect(own.start > 0)
        #expect(own.state == UInt8(ascii: "R") || own.state == UInt8(ascii: "S"))
        #expect(Processes.identity(of: getpid())?.start == own.start)
        #expect(Processes.identity(of: 0) == nil)
        #expect(Processes.identity(of: -1) == nil)
        #expect(Processes.identity(of: Int32.max) == nil)
    }

    /// A name of parentheses and spaces, which the kernel writes into the line as it is.
    @Test func nameOfAProcessDoesNotConfuse() throws {
        let scratch = try Scratch()
        let program = scratch.file("a) Z 1 (b")
        #expect(symlink("/bin/cat", program) == 0)
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let pid = try spawn(program, input: ends[0])
        let found = Processes.identity(of: pid)
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        for end in ends { close(end) }
        #expect(found?.state != UInt8(ascii: "Z"))
        #expect(try #require(found).start >= #require(Processes.identity(of: getpid())).start)
    }

    @Test func childIsWaitedForOnce() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let pid = try spawn("/bin/cat", input: ends[0])
        let process = try Processes.open(pid: pid)
        #expect(try Processes.wait(process.number, blocks: false) == nil)
        try Processes.signal(process, SIGKILL)
        #expect(try Processes.wait(process.number) == 128 + SIGKILL)
        #expect(throws: SystemError("waitid", ECHILD)) { try Processes.wait(process.number) }
        #expect(throws: SystemError("kill", ESRCH)) { try Processes.signal(process, SIGTERM) }
        for end in ends { close(end) }
    }

    private func spawn(_ program: String, input: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        let name = strdup(program)
        defer { free(name) }
        var pid: pid_t = 0
        try #require(posix_spawn(&pid, program, &actions, nil, [name, nil], environ) == 0)
        return pid
    }

    @Test func hostIsDescribed() {
        #expect(Host.uid == geteuid())
        #expect(Host.environment("PATH") != nil)
        #expect(Host.environment("DOCKLOCK_NO_SUCH_NAME") == nil)
        let now = Host.now()
        #expect(now.seconds > 1_700_000_000)
        #expect(now.nanoseconds >= 0 && now.nanoseconds < 1_000_000_000)
        #expect(!Host.userName.isEmpty)
    }
}
