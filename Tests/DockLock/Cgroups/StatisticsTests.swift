import Report
import Testing

@testable import Cgroups

@Suite struct StatisticsTests {
    @Test func readsUnifiedFiles() throws {
        let fake = try FakeCgroup([])
        fake["cpu.stat"] =
            "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 3\nnr_throttled 2\nthrottled_usec 5\n"
        fake["memory.current"] = "100\n"
        fake["memory.max"] = "max\n"
        fake["memory.swap.current"] = "7\n"
        fake["memory.swap.max"] = "50\n"
        fake["memory.stat"] = "anon 60\nfile 40\nkernel 9\n"
        fake["memory.events"] = "low 0\nmax 4\noom_kill 1\n"
        fake["pids.current"] = "3\n"
        fake["pids.max"] = "max\n"
        fake["io.stat"] = "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"
        fake["cpuset.cpus.effective"] = "0-1,4\n"
        fake["cpu.pressure"] =
            "some avg10=1.50 avg60=0.00 avg300=0.00 total=12\n"
            + "full avg10=0.00 avg60=0.00 avg300=0.25 total=3\n"
        fake["hugetlb.2MB.current"] = "8\n"
        fake["hugetlb.2MB.rsvd.current"] = "8\n"
        fake["hugetlb.2MB.events"] = "max 5\n"
        var statistics = Statistics()
        fake.files.read(into: &statistics)
        #expect(statistics.cpu.total == 30_000)
        #expect(statistics.cpu.user == 20_000)
        #expect(statistics.cpu.kernel == 10_000)
        #expect(statistics.cpu.throttledTime == 5000)
        #expect(statistics.cpu.pressure?.some.average10 == 1.5)
        #expect(statistics.cpu.pressure?.full.total == 3)
        #expect(statistics.cpuset.cpus == [0, 1, 4])
        #expect(statistics.memory.usage.usage == 100)
        #expect(statistics.memory.usage.limit == UInt64.max)
        #expect(statistics.memory.usage.failcnt == 4)
        #expect(statistics.memory.swap.usage == 107)
        #expect(statistics.memory.swap.limit == UInt64.max)
        #expect(statistics.memory.cache == 40)
        #expect(statistics.memory.raw.map { $0.name } == ["anon", "file", "kernel"])
        #expect(statistics.pids.current == 3)
        #expect(statistics.pids.limit == 0)
        #expect(statistics.blkio.serviceBytes.map { $0.value } == [1, 2, 5])
        #expect(statistics.blkio.serviced.map { $0.operation } == ["Read", "Write", "Discard"])
        #expect(statistics.hugetlb == [.init(pageSize: "2MB", usage: 8, max: 0, failcnt: 5)])
        #expect(statistics.memory.pressure == nil)
    }

    @Test func readsLegacyFiles() throws {
        let fake = try FakeCgroup([])
        fake["cpuacct.usage"] = "77\n"
        fake["cpuacct.usage_percpu"] = "70 7 \n"
        fake["cpuacct.stat"] = "user 3\nsystem 4\n"
        fake["cpuacct.usage_all"] = "cpu user system\n0 60 10\n1 5 2\n"
        fake["memory.limit_in_bytes"] = "9223372036854771712\n"
        fake["memory.usage_in_bytes"] = "5\n"
        fake["memory.kmem.tcp.failcnt"] = "2\n"
        fake["memory.stat"] = "cache 4\nrss 1\n"
        fake["blkio.throttle.io_service_bytes_recursive"] = "254:0 Read 4096\n254:0 Total 4096\nTotal 4096\n"
        fake["cpuset.cpus"] = "1\n"
        fake["cpuset.sched_relax_domain_level"] = "-1\n"
        var statistics = Statistics()
        fake.files.readLegacyUsage(into: &statistics.cpu)
        fake.files.readLegacyMemory(into: &statistics.memory)
        fake.files.readLegacyBlockIO(into: &statistics.blkio)
        fake.files.readLegacySet(into: &statistics.cpuset)
        #expect(statistics.cpu.total == 77)
        #expect(statistics.cpu.perCPU == [70, 7])
        #expect(statistics.cpu.perCPUUser == [60, 5])
        #expect(statistics.cpu.perCPUKernel == [10, 2])
        #expect(statistics.cpu.kernel == 40_000_000)
        #expect(statistics.memory.usage.limit == 9_223_372_036_854_771_712)
        #expect(statistics.memory.cache == 4)
        #expect(statistics.memory.kernelTCP.failcnt == 2)
        #expect(
            statistics.blkio.serviceBytes == [
                .init(major: 254, minor: 0, operation: "Read", value: 4096),
                .init(major: 254, minor: 0, operation: "Total", value: 4096),
            ])
        #expect(statistics.cpuset.cpus == [1])
        #expect(statistics.cpuset.schedRelaxDomainLevel == -1)
    }

    @Test(arguments: [
        ("", []), ("0\n", [0]), ("0-2,5", [0, 1, 2, 5]), ("3-1", []), ("1,x", [1]), ("0-99999999", []),
    ])
    func lists(text: String, numbers: [UInt32]) {
        #expect(StatisticsText.list(text) == numbers)
    }
}
