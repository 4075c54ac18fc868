import OCI
import Testing

@testable import Plan

/// Numbers that the kernel reads, byte by byte.
@Suite struct ProcessTests {
    private func plan(process: String = "", linux: String = "") throws -> Plan {
        let more = linux.isEmpty ? "" : ", " + linux
        return try Documents.plan(try Documents.spec(linux: Documents.isolated + more, process: process))
    }

    @Test(
        arguments: [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
            ("net/ipv4/conf/eth0.1/x", "net/ipv4/conf/eth0.1/x"),
            ("net.ipv4.conf.eth0/1.x", "net/ipv4/conf/eth0.1/x"), ("kernel", "kernel"),
        ])
    func sysctlsAreNamedInBothWays(_ name: String, _ path: String) {
        #expect(Sysctl.path(name) == path)
    }

    @Test func deviceNumbersAreLinuxs() throws {
        let plan = try plan(
            linux: #"""
                "devices": [{"path": "/dev/big", "type": "b", "major": 4097, "minor": 513, "fileMode": 384,
                             "uid": 3, "gid": 4}]
                """#)
        let node = try #require(plan.steps.first { $0.s0 == "/dev/big" })
        #expect(node.n0 == 0o060600)
        // makedev(4097, 513)
        #expect(node.n1 == 0x1000_0020_0101)
        #expect(node.n2 == 3 && node.n3 == 4)
    }

    @Test func aDeviceOfTheConfigurationStandsForTheUsualOne() throws {
        let plan = try plan(
            linux: #""devices": [{"path": "/dev/null", "type": "c", "major": 1, "minor": 3}]"#)
        #expect(plan.steps.filter { $0.s0 == "/dev/null" }.count == 1)
    }

    @Test func schedulerAttributesAreTheKernelsStruct() throws {
        let step = try #require(
            try plan(process: #""scheduler": {"policy": "SCHED_FIFO", "priority": 9}"#).only(.scheduler))
        #expect(step.data.count == 48 && step.count == 48)
        #expect(Array(step.data[0..<8]) == [48, 0, 0, 0, 1, 0, 0, 0])
        #expect(Array(step.data[20..<24]) == [9, 0, 0, 0])
    }

    @Test func masksAreWholeWords() {
        #expect(Planner.mask([0]) == [1, 0, 0, 0, 0, 0, 0, 0])
        #expect(Planner.mask([3, 64]) == [8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func noCapabilitiesInTheConfigurationMeansNone() throws {
        let step = try #require(try plan().only(.capabilities))
        #expect(step.n0 == 0 && step.n1 == 0 && step.n2 == 0 && step.n3 == 0)
        #expect(try plan().only(.bounding)?.n0 == 0)
    }

    @Test func groupsGoAsWords() throws {
        let spec = try Documents.spec(linux: Documents.isolated)
        var process = try #require(spec.process)
        process.user.additionalGids = [7, 258]
        let plan = try Plan.create(spec, process: process, around: Documents.around, filter: nil)
        let user = try #require(plan.only(.user))
        #expect(user.data == [7, 0, 0, 0, 2, 1, 0, 0] && user.count == 2)
    }

    @Test func preservedDescriptorsStayOpen() throws {
        var around = Documents.around
        around.preserved = 2
        let plan = try Documents.plan(try Documents.spec(linux: Documents.isolated), around: around)
        #expect(plan.only(.close)?.n0 == 5)
    }

    @Test func homeIsLookedUpOnlyWhereItIsNotGiven() throws {
        #expect(try plan().only(.home) == nil)
        let spec = try Documents.spec(linux: Documents.isolated)
        var process = try #require(spec.process)
        process.env = ["HOMER=1"]
        let plan = try Plan.create(spec, process: process, around: Documents.around, filter: nil)
        #expect(plan.only(.home) != nil)
    }
}
