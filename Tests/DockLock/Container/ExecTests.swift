import Cgroups
import Glibc
import Kernel
import OCI
import Testing
import Verbs

@testable import Container

/// The process of `exec`, out of the container's own and the command line.
@Suite struct ExecTests {
    private func spec() throws -> Spec {
        let text = """
            {"ociVersion": "1.3.0", "root": {"path": "r"}, "process": {
              "terminal": true, "consoleSize": {"height": 1, "width": 2}, "cwd": "/srv", "args": ["init"],
              "env": ["A=1"], "noNewPrivileges": false, "apparmorProfile": "own",
              "user": {"uid": 5, "gid": 6, "additionalGids": [7]},
              "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}}}
            """
        return try Spec.decode(Array(text.utf8))
    }

    private func choose(
        _ change: (inout ExecOptions) -> Void = { _ in },
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> ProcessSpec {
        var options = ExecOptions()
        options.args = ["ls", "-l"]
        change(&options)
        return try ExecProcess.choose(options, try spec(), Journal(warn: warn, debug: { _ in }))
    }

    @Test func startsFromTheContainersOwn() throws {
        let process = try choose()
        #expect(process.args == ["ls", "-l"])
        #expect(process.cwd == "/srv")
        #expect(process.env == ["A=1"])
        #expect(process.user.uid == 5 && process.user.gid == 6 && process.user.additionalGids == [7])
        #expect(!process.terminal)
        #expect(process.consoleSize == nil)
        #expect(process.apparmorProfile == "own")
        #expect(process.capabilities?.ambient == 1 << 5)
    }

    @Test func takesWhatTheLineSays() throws {
        let process = try choose {
            $0.cwd = "/tmp"
            $0.env = ["A=2", "B=3"]
            $0.user = UserSpec(uid: 9, gid: nil)
            $0.additionalGids = [8]
            $0.tty = true
            $0.noNewPrivileges = true
            $0.apparmor = "other"
            $0.processLabel = "label"
        }
        #expect(process.cwd == "/tmp")
        #expect(process.env == ["A=2", "B=3"])
        #expect(process.user.uid == 9 && process.user.gid == 0)
        #expect(process.user.additionalGids == [7, 8])
        #expect(process.terminal && process.noNewPrivileges)
        #expect(process.apparmorProfile == "other")
        #expect(process.selinuxLabel == "label")
    }

    /// CVE-2022-29162: what is added must not be inherited by programs of another user.
    @Test func addedCapabilityIsNotInheritable() throws {
        let process = try choose({ $0.capabilities = ["CAP_NET_RAW"] })
        let sets = try #require(process.capabilities)
        let both: UInt64 = 1 << 5 | 1 << 13
        #expect(sets.bounding == both && sets.permitted == both && sets.effective == both)
        #expect(sets.inheritable == 1 << 5)
        #expect(sets.ambient == 1 << 5)
    }

    @Test func unknownCapabilityIsLeftOutAndTold() throws {
        let warned = Warnings()
        let process = try choose({ $0.capabilities = ["CAP_FLY", "CAP_CHOWN"] }, warn: { warned.add($0) })
        #expect(process.capabilities?.bounding == 1 << 5 | 1)
        #expect(warned.all == ["--cap: unknown capability CAP_FLY is left out"])
    }

    @Test func wrongLinesAreRefused() {
        #expect(throws: SpecError.self) { try choose({ $0.args = [] }) }
        #expect(throws: ContainerError("--cwd: here is not absolute")) { try choose({ $0.cwd = "here" }) }
        #expect(throws: SystemError.self) { try choose({ $0.processFile = "/nowhere/p.json" }) }
    }

    @Test func fileIsTheWholeProcess() throws {
        let scratch = try Scratch()
        let json = "{\"args\": [\"x\"], \"cwd\": \"/y\", \"user\": {\"uid\": 1, \"gid\": 2}}"
        try Files.replace(scratch.file("p.json"), with: Array(json.utf8))
        let process = try choose {
            $0.processFile = scratch.file("p.json")
            $0.args = []
        }
        #expect(process.args == ["x"])
        #expect(process.env == [])
        #expect(process.capabilities == nil)
    }

    /// Descriptors of the runtime's own close on exec; one that is asked for does not, or is not there.
    @Test func keptDescriptorsMustBeOpen() {
        #expect(refusal { try Preserved.check(0) } == nil)
        #expect(refusal { try Preserved.check(-1) } == "--preserve-fds: -1 is out of range")
        let words = refusal { try Preserved.check(100_000) }
        #expect(words?.hasPrefix("--preserve-fds: descriptor ") == true)
        #expect(words?.hasSuffix(" is not open") == true)
    }
}
