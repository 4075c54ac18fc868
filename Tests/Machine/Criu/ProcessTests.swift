import Glibc
import Testing

@testable import Criu

/// Scripts that stand for criu.
@Suite struct ProcessTests {
    /// `bash swrk N` reads the script of that name from its PATH. Executing the file itself would fail now
    /// and then with "text file busy": another thread's child may still hold it open for writing.
    private func start(_ script: String, inherited: [Int32] = []) throws -> CriuProcess {
        let folder = "/tmp/criu-tests-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try #require(mkdir(folder, 0o700) == 0)
        defer { rmdir(folder) }
        let path = folder + "/swrk"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { unlink(path) }
        let bytes = Array((script + "\n").utf8)
        #expect(write(file, bytes, bytes.count) == bytes.count)
        close(file)
        let process = try CriuProcess(
            program: "/bin/bash", inherited: inherited, environment: ["PATH=\(folder):/bin"])
        #expect(try process.receive() == nil)
        return process
    }

    @Test func onesEndIsHeardWithItsComplaint() throws {
        let process = try start("echo \"Error $0 $2\" >&2; exit 3")
        #expect(try process.finish() == 3)
        #expect(process.complaint == "Error swrk \n")
    }

    @Test func onlyWhatIsLentIsInherited() throws {
        var pipe: [Int32] = [-1, -1]
        #expect(pipe2(&pipe, O_CLOEXEC) == 0)
        // Far up: a shell keeps its script open at 10 or 255, which could be an end's number.
        let ends = pipe.map { fcntl($0, F_DUPFD_CLOEXEC, 300) }
        try #require(ends.allSatisfy { $0 >= 300 })
        defer { for end in pipe + ends { close(end) } }
        let process = try start(
            "[ -e /proc/self/fd/\(ends[1]) ] && [ ! -e /proc/self/fd/\(ends[0]) ] && [ -e /proc/self/fd/$1 ]",
            inherited: [ends[1]])
        #expect(try process.finish() == 0)
    }

    @Test func aProgramThatIsMissingIsAnError() {
        #expect(throws: (any Error).self) {
            try CriuProcess(program: "/no/such/criu", inherited: [], environment: [])
        }
    }
}
