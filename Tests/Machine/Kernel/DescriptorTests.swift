import CKernel
import Glibc
import Kernel
import Testing

@Suite struct DescriptorTests {
    @Test func closesWithItsOwner() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let reader = Descriptor(ends[0])
        letGo(Descriptor(ends[1]))
        // The end of the pipe comes with its last writer's.
        #expect(try reader.readAll().isEmpty)
    }

    private func letGo(_ descriptor: consuming Descriptor) {}

    @Test func givesItsNumberAway() throws {
        let file = try Descriptor.open("/dev/null", O_RDONLY)
        let number = file.take()
        #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
        #expect(close(number) == 0)
    }

    @Test func writesAllAndReadsAll() throws {
        let scratch = try Scratch()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let file = try Descriptor.open(scratch.file("x"), O_RDWR | O_CREAT, mode: 0o600)
        try file.write(bytes)
        lseek(file.number, 0, SEEK_SET)
        #expect(try file.readAll() == bytes)
    }

    @Test func errorNamesWhatFailed() throws {
        do {
            _ = try Descriptor.open("/nowhere/x", O_RDONLY)
            Issue.record("opened")
        } catch {
            #expect(error.description == "open /nowhere/x: no such file or directory")
        }
        let full = try Descriptor.open("/dev/full", O_WRONLY)
        #expect(throws: SystemError("write", ENOSPC, "it")) { try full.write([1], name: "it") }
    }

    @Test func sealedMemoryKeepsItsBytes() throws {
        let file = try Memory.file("plan", [1, 2, 3])
        #expect(try file.readAll() == [1, 2, 3])
        #expect(throws: SystemError("write", EPERM)) { try file.write([4]) }
        #expect(ftruncate(file.number, 0) == -1)
        let seals = fcntl(file.number, 1034)  // F_GET_SEALS
        #expect(seals == 0xf)
        let loose = try Memory.file("state", [1], isSealed: false)
        #expect(try loose.readAll() == [1])
        try loose.write([2])
    }

    @Test func programCannotBeWrittenThroughItsDescriptor() throws {
        let program = Descriptor(try Processes.readonlySelf())
        let path = "/proc/self/fd/\(program.number)"
        #expect(throws: SystemError.self) { _ = try Descriptor.open(path, O_WRONLY) }
        #expect(throws: SystemError.self) { _ = try Descriptor.open(path, O_RDWR) }
    }
}
