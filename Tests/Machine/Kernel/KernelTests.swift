import Glibc
import Testing

@testable import Kernel

/// A folder of its own for each test, gone with it.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/kernel.XXXXXX".utf8CString)
        path =
            mkdtemp(&template) == nil
            ? "" : String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    }

    deinit {
        for name in (try? Files.list(path)) ?? [] {
            try? Files.remove(path + "/" + name)
            try? Files.removeDirectory(path + "/" + name)
        }
        try? Files.removeDirectory(path)
    }
}

@Suite struct FilesTests {
    let scratch = Scratch()

    @Test func whatIsPutIsRead() throws {
        let path = scratch.path + "/file"
        let bytes = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        try Files.replace(path, with: bytes)
        #expect(try Files.read(path) == bytes)
        try Files.replace(path, with: Array("short".utf8))
        #expect(try Files.text(path) == "short")
        #expect(try Files.list(scratch.path) == ["file"], "no draft is left")
    }

    @Test func anAbsentFileIsNamed() {
        #expect(throws: SystemError("open", ENOENT, scratch.path + "/none")) {
            try Files.read(scratch.path + "/none")
        }
        #expect(!Files.exists(scratch.path + "/none"))
    }

    @Test func readingIsBounded() throws {
        let path = scratch.path + "/file"
        try Files.replace(path, with: [UInt8](repeating: 1, count: 5000))
        let file = try Descriptor.open(path, O_RDONLY)
        #expect(throws: SystemError("read", EFBIG, "x")) { try file.readAll(limit: 4999, name: "x") }
        let again = try Descriptor.open(path, O_RDONLY)
        #expect(try again.readAll(limit: 5000).count == 5000)
    }

    @Test func filesWithoutASizeAreReadToTheirEnd() throws {
        let status = try Files.text("/proc/self/status")
        #expect(status.contains("Name:") && status.hasSuffix("\n"))
    }

    @Test func directoriesAreMadeWithTheirParents() throws {
        let deep = scratch.path + "/a/b"
        try Files.makeDirectories(deep)
        try Files.makeDirectories(deep)
        #expect(Files.isDirectory(deep))
        try Files.removeDirectory(deep)
        try Files.removeDirectory(deep)
        #expect(!Files.exists(deep))
    }

    @Test func linksAreReadAndFollowed() throws {
        let link = scratch.path + "/link"
        #expect(symlink("/proc/../proc", link) == 0)
        #expect(try Files.link(link) == "/proc/../proc")
        #expect(try Files.realPath(link) == "/proc")
    }
}

@Suite struct DescriptorTests {
    @Test func itClosesWithItsOwner() throws {
        let number: Int32
        do {
            let file = try Descriptor.open("/dev/null", O_RDONLY)
            number = try #require(fcntl(file.number, F_DUPFD_CLOEXEC, 900) as Int32?)
            let copy = Descriptor(number)
            #expect(fcntl(copy.number, F_GETFD) == FD_CLOEXEC)
        }
        #expect(fcntl(number, F_GETFD) == -1)
    }

    @Test func whatIsTakenStaysOpen() throws {
        let number = try Descriptor.open("/dev/null", O_RDONLY).take()
        #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
        close(number)
    }
}

@Suite struct ProcessesTests {
    @Test func exitCodesAndSignalsComeBack() throws {
        #expect(try Processes.run("/bin/sh", ["sh", "-c", "exit 7"], env: []) == 7)
        #expect(try Processes.run("/bin/sh", ["sh", "-c", "kill -9 $$"], env: []) == 137)
        #expect(throws: SystemError.self) { try Processes.run("/nowhere", ["x"], env: []) }
    }

    @Test func aProgramThatDoesNotEndIsEnded() throws {
        #expect(
            try Processes.run("/bin/sh", ["sh", "-c", "while :; do :; done"], env: [], seconds: 1) == nil)
    }

    @Test func outputAndEnvironmentArePassed() throws {
        let file = try Memory.file("output", [], isSealed: false)
        let code = try Processes.run("/bin/sh", ["sh", "-c", "echo $A"], env: ["A=b c"], output: file.number)
        #expect(code == 0)
        #expect(lseek(file.number, 0, SEEK_SET) == 0)
        #expect(try file.readAll() == Array("b c\n".utf8))
    }

    @Test func aProcessIsKnownByPidAndStart() throws {
        let own = try #require(Processes.identity(of: getpid()))
        #expect(own.start > 0)
        #expect(own.state == UInt8(ascii: "R") || own.state == UInt8(ascii: "S"))
        #expect(Processes.identity(of: getpid())?.start == own.start)
        #expect(Processes.identity(of: 0) == nil)
        #expect(Processes.identity(of: .max) == nil)
    }

    @Test func noOneWritesToOurProgram() throws {
        let program = Descriptor(try Processes.readonlySelf())
        let path = "/proc/self/fd/\(program.number)"
        #expect(throws: SystemError.self) { try Descriptor.open(path, O_WRONLY) }
        #expect(Glibc.write(program.number, "x", 1) == -1)
    }
}

@Suite struct MemoryTests {
    @Test func sealedBytesStay() throws {
        let file = try Memory.file("plan", [1, 2, 3])
        #expect(try file.readAll() == [1, 2, 3])
        #expect(Glibc.write(file.number, "x", 1) == -1 && errno == EPERM)
        #expect(ftruncate(file.number, 0) == -1)
    }
}

@Suite struct ChannelTests {
    @Test func theEndIsHeard() throws {
        let channel = try Channel()
        close(channel.child)
        #expect(try channel.receive() == .end)
    }

    @Test func whatIsNoMessageIsRefused() throws {
        let channel = try Channel()
        #expect(Glibc.write(channel.child, "xyz", 3) == 3)
        #expect(throws: SystemError("receive from the container", EPROTO)) { try channel.receive() }
        close(channel.child)
    }
}

@Suite struct SystemErrorTests {
    @Test func itReadsAsASentence() {
        #expect(SystemError("open", EACCES, "/run/x").description == "open /run/x: permission denied")
        #expect(SystemError("clone", EPERM).description == "clone: operation not permitted")
        #expect(SystemError("x", EIO).description == "x: input/output error")
    }

    @Test func checksPassResultsOn() throws {
        #expect(try SystemError.check(3, "x") == 3)
        #expect(throws: SystemError("x", ENOENT)) { try SystemError.checkReturned(-ENOENT, "x") }
    }
}
