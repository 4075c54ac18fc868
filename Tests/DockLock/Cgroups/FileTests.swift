import Glibc
import Kernel
import OCI
import Testing

@testable import Cgroups

/// A directory with empty files in place of a cgroup's, removed afterwards.
final class FakeCgroup {
    let directory: String
    var files: ControlFiles { ControlFiles(directory: directory) }

    init(_ files: [String]) throws {
        var template = Array("/tmp/cgroup-files-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        for file in files { try Files.replace(directory + "/" + file, with: []) }
    }

    subscript(file: String) -> String? {
        get { try? Files.text(directory + "/" + file) }
        set { try? Files.replace(directory + "/" + file, with: Array((newValue ?? "").utf8)) }
    }

    deinit {
        for name in (try? Files.list(directory)) ?? [] { try? Files.remove(directory + "/" + name) }
        try? Files.removeDirectory(directory)
    }
}

@Suite struct FileTests {
    @Test func memoryOfLegacy() throws {
        let fake = try FakeCgroup([
            "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes",
            "memory.oom_control", "memory.swappiness",
        ])
        var memory = Resources.Memory()
        memory.limit = 1000
        memory.swap = 3000
        memory.reservation = 500
        memory.disableOOMKiller = true
        memory.swappiness = 7
        try fake.files.setLegacyMemory(memory, update: false)
        #expect(fake["memory.limit_in_bytes"] == "1000")
        #expect(fake["memory.memsw.limit_in_bytes"] == "3000")
        #expect(fake["memory.soft_limit_in_bytes"] == "500")
        #expect(fake["memory.oom_control"] == "1")
        #expect(fake["memory.swappiness"] == "7")
    }

    @Test func liftingMemoryLiftsTheSum() throws {
        let fake = try FakeCgroup(["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"])
        var memory = Resources.Memory()
        memory.limit = -1
        try fake.files.setLegacyMemory(memory, update: true)
        #expect(fake["memory.limit_in_bytes"] == "-1")
        #expect(fake["memory.memsw.limit_in_bytes"] == "-1")
    }

    @Test func refusesSwappinessAboveHundred() throws {
        let fake = try FakeCgroup(["memory.swappiness"])
        var memory = Resources.Memory()
        memory.swappiness = 101
        #expect(throws: CgroupError.self) { try fake.files.setLegacyMemory(memory, update: false) }
    }

    @Test func memoryOfUnified() throws {
        let fake = try FakeCgroup(["memory.max", "memory.swap.max", "memory.low", "memory.current"])
        fake["memory.current"] = "500\n"
        var memory = Resources.Memory()
        memory.limit = 1000
        memory.swap = 3000
        memory.reservation = 400
        memory.checkBeforeUpdate = true
        try fake.files.setMemory(memory)
        #expect(fake["memory.max"] == "1000")
        #expect(fake["memory.swap.max"] == "2000")
        #expect(fake["memory.low"] == "400")
        memory.limit = 500
        #expect(throws: CgroupError("rejecting memory limit 500 <= usage 500")) {
            try fake.files.setMemory(memory)
        }
    }

    @Test func swapMayBeMissingWhereNoneIsGiven() throws {
        let fake = try FakeCgroup(["memory.max"])
        var memory = Resources.Memory()
        memory.limit = 1000
        memory.swap = 1000
        try fake.files.setMemory(memory)
        memory.swap = 2000
        #expect(throws: CgroupError.self) { try fake.files.setMemory(memory) }
    }

    @Test(arguments: [
        (nil, nil, nil), (50_000, 200_000, "50000 200000"), (50_000, nil, "50000"), (-1, nil, "max"),
        (nil, 200_000, "7000 200000"), (0, 0, nil),
    ])
    func bandwidthOfUnified(quota: Int64?, period: UInt64?, line: String?) throws {
        let fake = try FakeCgroup(["cpu.max"])
        fake["cpu.max"] = "7000 100000\n"
        var cpu = Resources.CPU()
        cpu.quota = quota
        cpu.period = period
        #expect(fake.files.bandwidth(cpu) == line)
    }

    @Test func processorsOfBoth() throws {
        let legacy = try FakeCgroup(["cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpuset.cpus"])
        let unified = try FakeCgroup(["cpu.weight", "cpu.max", "cpu.max.burst"])
        var cpu = Resources.CPU()
        cpu.shares = 1024
        cpu.quota = 5000
        cpu.period = 10_000
        cpu.cpus = "0"
        try legacy.files.setLegacyCPU(cpu)
        try legacy.files.setCpuset(cpu)
        cpu.burst = 77
        try unified.files.setCPU(cpu)
        #expect(legacy["cpu.shares"] == "1024")
        #expect(legacy["cpu.cfs_quota_us"] == "5000")
        #expect(legacy["cpu.cfs_period_us"] == "10000")
        #expect(legacy["cpuset.cpus"] == "0")
        #expect(unified["cpu.weight"] == "39")
        #expect(unified["cpu.max"] == "5000 10000")
        #expect(unified["cpu.max.burst"] == "77")
    }

    @Test(arguments: [1, 262_145])
    func refusesSharesThatTheKernelWouldClamp(shares: UInt64) throws {
        let fake = try FakeCgroup(["cpu.shares"])
        var cpu = Resources.CPU()
        cpu.shares = shares
        #expect(throws: CgroupError.self) { try fake.files.setLegacyCPU(cpu) }
    }

    @Test func refusesRealtimeOnUnified() throws {
        let fake = try FakeCgroup(["cpu.max"])
        var cpu = Resources.CPU()
        cpu.realtimeRuntime = 5
        #expect(throws: CgroupError.self) { try fake.files.setCPU(cpu) }
    }

    @Test(arguments: [(10, "10"), (0, "max"), (-1, "max")])
    func pids(limit: Int64, text: String) throws {
        let fake = try FakeCgroup(["pids.max"])
        try fake.files.setPids(limit)
        #expect(fake["pids.max"] == text)
    }

    @Test func hugepages() throws {
        let fake = try FakeCgroup(["hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", "hugetlb.1GB.max"])
        var small = Resources.Hugepage()
        small.pageSize = "2MB"
        small.limit = 4
        var large = small
        large.pageSize = "1GB"
        try fake.files.setHugepages([small, large], word: "max")
        #expect(fake["hugetlb.2MB.max"] == "4")
        #expect(fake["hugetlb.2MB.rsvd.max"] == "4")
        #expect(fake["hugetlb.1GB.max"] == "4")
        large.pageSize = "../2MB"
        #expect(throws: CgroupError.self) { try fake.files.setHugepages([large], word: "max") }
    }

    @Test func blockDevices() throws {
        let fake = try FakeCgroup(["io.max", "io.weight", "blkio.throttle.read_bps_device"])
        var throttle = Resources.Throttle()
        throttle.major = 8
        throttle.minor = 1
        throttle.rate = 500
        var block = Resources.BlockIO()
        block.weight = 10
        block.readBps = [throttle]
        try fake.files.setBlockIO(block)
        #expect(fake["io.max"] == "8:1 rbps=500")
        #expect(fake["io.weight"] == "1")
        block.weight = nil
        try fake.files.setLegacyBlockIO(block)
        #expect(fake["blkio.throttle.read_bps_device"] == "8:1 500")
    }

    @Test func unifiedKeys() throws {
        let fake = try FakeCgroup(["memory.high"])
        try fake.files.setUnified([Annotation(key: "memory.high", value: "9")])
        #expect(fake["memory.high"] == "9")
        for key in ["", "../x.y", "a/b.c", "memory.nothing", "plain", "..", ".x"] {
            #expect(throws: CgroupError.self, "\(key)") {
                try fake.files.setUnified([Annotation(key: key, value: "1")])
            }
        }
    }
}
