import Glibc
import Kernel
import Testing

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
