import Glibc
import Testing

@testable import Criu

/// Programs that stand for criu.
@Suite struct ProcessTests {
    private func script(_ text: String) throws -> String {
        let path = "/tmp/criu-tests-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o700)
        try #require(file >= 0)
        let bytes = Array(("#!/bin/sh\n" + text + "\n").utf8)
        #expect(write(file, bytes, bytes.count) == bytes.count)
        close(file)
        return path
    }

    @Test func onesEndIsHeardWithItsComplaint() throws {
        let path = try script("echo \"Error $1 $3\" >&2; exit 3")
        defer { unlink(path) }
        let process = try CriuProcess(program: path, inherited: [], environment: ["PATH=/bin"])
        #expect(try process.receive() == nil)
        #expect(try process.finish() == 3)
        #expect(process.complaint == "Error swrk \n")
    }

    @Test func onlyWhatIsLentIsInherited() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe2(&ends, O_CLOEXEC) == 0)
        defer { for end in ends { close(end) } }
        let path = try script(
            "[ -e /proc/self/fd/\(ends[1]) ] && [ ! -e /proc/self/fd/\(ends[0]) ] && [ -e /proc/self/fd/$2 ]")
        defer { unlink(path) }
        let process = try CriuProcess(program: path, inherited: [ends[1]], environment: ["PATH=/bin"])
        #expect(try process.receive() == nil)
        #expect(try process.finish() == 0)
    }

    @Test func aProgramThatIsMissingIsAnError() {
        #expect(throws: (any Error).self) {
            try CriuProcess(program: "/no/such/criu", inherited: [], environment: [])
        }
    }
}
