import Glibc
import Kernel
import Plan
import Testing

@testable import Container

@Suite struct LaunchErrorTests {
    static let words: [(Operation?, Int32, Int32, String)] = [
        (.mount, EPERM, 0, "step 3, do it: operation not permitted"),
        (.resolve, ENOENT, 0, "step 3, do it: executable file not found in $PATH: no such file or directory"),
        (.resolve, EACCES, 0, "step 3, do it: permission denied"),
        (.hook, ECHILD, 3 << 8, "step 3, do it: error running hook: exit status 3"),
        (.hook, ECHILD, 9, "step 3, do it: error running hook: killed by signal 9"),
        (.hook, ECHILD, 11 | 0x80, "step 3, do it: error running hook: killed by signal 11"),
        (.hook, ETIMEDOUT, 0, "step 3, do it: timed out"),
        (.hook, ENOENT, 0, "step 3, do it: no such file or directory"),
        (nil, EIO, 0, "step 3, do it: input/output error"),
    ]

    @Test(arguments: words)
    func saysWhatFailed(_ operation: Operation?, _ code: Int32, _ status: Int32, _ words: String) {
        let error = LaunchError(words: "step 3, do it", operation: operation, code: code, status: status)
        #expect(error.description == words)
    }

    @Test func knowsTheProgramsOwnFailures() {
        let programs = Operation.allCases.filter {
            LaunchError(words: "", operation: $0, code: ENOENT, status: 0).isProgram
        }
        #expect(programs == [.resolve, .exec])
        #expect(!LaunchError(words: "", operation: nil, code: ENOENT, status: 0).isProgram)
    }
}
