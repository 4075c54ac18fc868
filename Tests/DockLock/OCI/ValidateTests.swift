import OCI
import Testing

@Suite struct ValidateTests {
    private let process = "\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"}"
    private let root = "\"root\":{\"path\":\"r\"}"

    private func validate(_ members: String...) throws {
        let text = "{\"ociVersion\":\"1.0\",\(members.joined(separator: ","))}"
        try Spec.decode(Array(text.utf8)).validate()
    }

    @Test func needsProcessAndRoot() {
        #expect(refusal { try validate(process) } == "root: is missing")
        #expect(refusal { try validate(root) } == "process: is missing")
        #expect(
            refusal { try validate(root, "\"process\":{\"cwd\":\"/\"}") } == "process.args: must not be empty"
        )
        #expect(refusal { try validate(root, process) } == nil)
    }

    @Test(arguments: [
        ("\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "user", "uidMappings"),
        ("\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "user", "gidMappings"),
        ("\"timeOffsets\":{\"boottime\":{\"secs\":1}}", "time", "timeOffsets"),
        ("\"netDevices\":{\"eth0\":{}}", "network", "netDevices"),
        ("\"maskedPaths\":[\"/a\"]", "mount", "maskedPaths"),
        ("\"readonlyPaths\":[\"/a\"]", "mount", "readonlyPaths"),
        ("\"sysctl\":{\"net.core.somaxconn\":\"1\"}", "network", "sysctl.net.core.somaxconn"),
        ("\"sysctl\":{\"net/ipv4/conf/e.1/x\":\"1\"}", "network", "sysctl.net/ipv4/conf/e.1/x"),
        ("\"sysctl\":{\"fs.mqueue.msg_max\":\"1\"}", "ipc", "sysctl.fs.mqueue.msg_max"),
        ("\"sysctl\":{\"kernel.sem\":\"1\"}", "ipc", "sysctl.kernel.sem"),
        ("\"sysctl\":{\"kernel.shm_rmid_forced\":\"1\"}", "ipc", "sysctl.kernel.shm_rmid_forced"),
        ("\"sysctl\":{\"kernel.domainname\":\"d\"}", "uts", "sysctl.kernel.domainname"),
    ])
    func needsTheNamespace(_ member: String, kind: String, path: String) {
        #expect(
            refusal { try validate(process, root, "\"linux\":{\(member)}") }
                == "linux.\(path): needs a \(kind) namespace of the container's")
        for namespace in ["{\"type\":\"\(kind)\"}", "{\"type\":\"\(kind)\",\"path\":\"/ns\"}"] {
            let linux = "\"linux\":{\(member),\"namespaces\":[\(namespace)]}"
            #expect(refusal { try validate(process, root, linux) } == nil)
        }
    }

    @Test(arguments: [
        ("kernel.panic", "is not a setting of a namespace but of the host"),
        ("vm.swappiness", "is not a setting of a namespace but of the host"),
        ("kernel", "is not a setting of a namespace but of the host"),
        ("kernel.hostname", "is set by the member hostname"),
        ("kernel/hostname", "is set by the member hostname"),
        ("net..core", "is not the name of a setting"),
        ("/net/core", "is not the name of a setting"),
        ("net.", "is not the name of a setting"),
        ("net/../kernel/panic", "is not the name of a setting"),
        ("net.//.kernel.panic", "is not the name of a setting"),
    ])
    func refusesSettings(_ name: String, problem: String) {
        let namespaces = "\"namespaces\":[{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}]"
        let linux = "\"linux\":{\"sysctl\":{\"\(name)\":\"1\"},\(namespaces)}"
        #expect(refusal { try validate(process, root, linux) } == "linux.sysctl.\(name): \(problem)")
    }

    @Test func refusesASettingWithoutName() {
        #expect(
            refusal { try validate(process, root, "\"linux\":{\"sysctl\":{\"\":\"1\"}}") }
                == "linux.sysctl: is not the name of a setting")
    }

    @Test func holdsNamesToTheirNamespace() {
        let uts = "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]}"
        for key in ["hostname", "domainname"] {
            #expect(
                refusal { try validate(process, root, "\"\(key)\":\"a\"") }
                    == "\(key): needs a uts namespace of the container's")
            #expect(refusal { try validate(process, root, "\"\(key)\":\"a\"", uts) } == nil)
            let long = String(repeating: "a", count: 65)
            #expect(
                refusal { try validate(process, root, "\"\(key)\":\"\(long)\"", uts) }
                    == "\(key): is longer than 64 bytes")
        }
    }
}

@Suite struct WordTests {
    @Test(
        arguments: [
            ("0", [0]), ("0-3,7", [0, 1, 2, 3, 7]), ("5,1", [5, 1]), ("8191", [8191]), ("0, 2", [0, 2]),
        ] as [(String, [UInt32])])
    func lists(_ text: String, numbers: [UInt32]) throws {
        #expect(try NumberList.parse(text) == numbers)
    }

    @Test(arguments: [
        "", ",", "1,", "a", "1-", "-1", "2-1", "8192", "0-4294967295", "99999999999", "+1", "1--2", "0x1",
        "1 2",
    ])
    func refusesLists(_ text: String) {
        #expect(
            refusal { _ = try NumberList.parse(text) }
                == "\"\(text)\" is not a list of numbers as in 0-3,7")
    }

    @Test func boundsLists() {
        let many = Array(repeating: "0-8191", count: 100_000).joined(separator: ",")
        #expect(refusal { _ = try NumberList.parse(many) } != nil)
    }

    @Test func capabilities() {
        #expect(Words.capabilities.count == 41)
        #expect(Capabilities.number(named: "CAP_SYS_ADMIN") == 21)
        #expect(Capabilities.number(named: "CAP_CHECKPOINT_RESTORE") == 40)
        #expect(Capabilities.number(named: "SYS_ADMIN") == nil)
    }

    @Test func rlimitsStandAtTheirNumber() {
        #expect(Words.rlimits.map(\.number) == Array(0...15))
    }

    @Test(arguments: [
        ("net.ipv4.ip_forward", "net.ipv4.ip_forward", "net/ipv4/ip_forward"),
        ("net/ipv4/ip_forward", "net.ipv4.ip_forward", "net/ipv4/ip_forward"),
        ("net/ipv4/conf/e.1/x", "net.ipv4.conf.e/1.x", "net/ipv4/conf/e.1/x"),
        ("net.ipv4.conf.e/1.x", "net.ipv4.conf.e/1.x", "net/ipv4/conf/e.1/x"),
        ("kernel", "kernel", "kernel"),
    ])
    func settings(_ name: String, dotted: String, path: String) {
        #expect(Sysctl.dotted(name) == dotted)
        #expect(Sysctl.path(name) == path)
    }
}
