import JSON
import OCI
import Testing

@testable import Report

@Suite("Events")
struct EventsTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("an empty container's counters, with Go's rule for what is left out")
    func empty() {
        #expect(
            text(Events.statistics(Statistics(), id: "web")) == """
                {"type":"stats","id":"web","data":{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},\
                "cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,\
                "memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,\
                "sched_relax_domain_level":0},"memory":{"usage":{"limit":0,"failcnt":0},\
                "swap":{"limit":0,"failcnt":0},"kernel":{"limit":0,"failcnt":0},\
                "kernelTCP":{"limit":0,"failcnt":0}},"pids":{},"blkio":{},"hugetlb":{},"intel_rdt":{},\
                "network_interfaces":null}}

                """)
    }

    @Test("every counter stands under runc's name")
    func full() throws {
        var statistics = Statistics()
        statistics.cpu.total = 14_297_375
        statistics.cpu.kernel = 1
        statistics.cpu.user = 2
        statistics.cpu.perCPU = [3, 4]
        statistics.cpu.perCPUKernel = [5]
        statistics.cpu.perCPUUser = [6]
        statistics.cpu.periods = 7
        statistics.cpu.throttledPeriods = 8
        statistics.cpu.throttledTime = 9
        var pressure = Statistics.Pressure()
        pressure.some.average10 = 1.5
        pressure.full.total = 11
        statistics.cpu.pressure = pressure
        statistics.cpuset.cpus = [0, 1]
        statistics.cpuset.mems = [0]
        statistics.cpuset.schedRelaxDomainLevel = -1
        statistics.memory.cache = 12
        statistics.memory.usage.limit = .max
        statistics.memory.usage.usage = 13
        statistics.memory.usage.max = 14
        statistics.memory.usage.failcnt = 15
        statistics.memory.raw = [.init(name: "rss", value: 16), .init(name: "anon", value: 0)]
        statistics.pids.current = 17
        statistics.pids.limit = 18
        statistics.blkio.serviceBytes = [.init(major: 8, minor: 0, operation: "Read", value: 19)]
        statistics.blkio.sectors = [.init(major: 8, minor: 1, operation: "", value: 0)]
        statistics.hugetlb = [.init(pageSize: "2MB", usage: 20, max: 21, failcnt: 0)]
        let line = Events.statistics(statistics, id: "web")
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        let data = try #require(try JSON.parse(line)["data"])
        func encoded(_ path: String...) -> String? {
            var value: JSON? = data
            for key in path { value = value?[key: key] }
            return value.map { text($0.bytes) }
        }
        #expect(
            encoded("cpu", "usage") == """
                {"total":14297375,"percpu":[3,4],"percpu_kernel":[5],"percpu_user":[6],"kernel":1,"user":2}
                """)
        #expect(encoded("cpu", "throttling") == #"{"periods":7,"throttledPeriods":8,"throttledTime":9}"#)
        #expect(encoded("cpu", "psi", "some") == #"{"avg10":1.5,"avg60":0.0,"avg300":0.0,"total":0}"#)
        #expect(encoded("cpu", "psi", "full", "total") == "11")
        #expect(encoded("cpuset", "cpus") == "[0,1]" && encoded("cpuset", "mems") == "[0]")
        #expect(encoded("cpuset", "sched_relax_domain_level") == "-1")
        #expect(
            encoded("memory", "usage") == #"{"limit":18446744073709551615,"usage":13,"max":14,"failcnt":15}"#)
        #expect(encoded("memory", "cache") == "12")
        #expect(encoded("memory", "raw") == #"{"rss":16,"anon":0}"#)
        #expect(encoded("pids") == #"{"current":17,"limit":18}"#)
        #expect(
            encoded("blkio") == """
                {"ioServiceBytesRecursive":[{"major":8,"op":"Read","value":19}],\
                "sectorsRecursive":[{"major":8,"minor":1}]}
                """)
        #expect(encoded("hugetlb") == #"{"2MB":{"usage":20,"max":21,"failcnt":0}}"#)
    }

    @Test("running out of memory is an event without data")
    func outOfMemory() {
        #expect(text(Events.outOfMemory(id: "web")) == "{\"type\":\"oom\",\"id\":\"web\"}\n")
    }
}

@Suite("The features document")
struct FeaturesTests {
    private func document() throws -> JSON {
        try JSON.parse(
            Features(
                version: "0.1", commit: "c0ffee", mountOptions: ["ro", "rw"],
                seccompFlags: ["SECCOMP_FILTER_FLAG_LOG"], libseccompVersion: "2.5.4", checkpoints: false
            ).node.encoded(pretty: true))
    }

    private func strings(_ json: JSON?) -> [String] { json?.elements.compactMap { $0.string } ?? [] }

    @Test("versions, hooks, mount options and annotations")
    func top() throws {
        let features = try document()
        #expect(features["ociVersionMin"]?.string == "1.0.0" && features["ociVersionMax"]?.string == "1.3.0")
        #expect(strings(features["hooks"]).count == 6)
        #expect(strings(features["mountOptions"]) == ["ro", "rw"])
        #expect(features["annotations"]?["org.opencontainers.runc.checkpoint.enabled"]?.string == "false")
        #expect(features["annotations"]?["io.docklock.version"]?.string == "0.1")
        #expect(features["annotations"]?["io.github.seccomp.libseccomp.version"]?.string == "2.5.4")
        let unsafe = strings(features["potentiallyUnsafeConfigAnnotations"])
        #expect(unsafe.contains("org.systemd.property."))
    }

    @Test("every word of the Linux part is one that the configuration's reader takes")
    func linux() throws {
        let linux = try #require(try document()["linux"])
        #expect(strings(linux["namespaces"]) == NamespaceKind.allCases.map { $0.rawValue }.sorted())
        #expect(strings(linux["capabilities"]).count == 41)
        #expect(strings(linux["seccomp"]?["actions"]).allSatisfy { Seccomp.Action(rawValue: $0) != nil })
        #expect(strings(linux["seccomp"]?["actions"]).count == 9)
        #expect(strings(linux["seccomp"]?["operators"]).count == 7)
        let architectures = strings(linux["seccomp"]?["archs"])
        #expect(architectures.contains("SCMP_ARCH_RISCV64"))
        #expect(strings(linux["seccomp"]?["knownFlags"]).count == 4)
        #expect(strings(linux["seccomp"]?["supportedFlags"]) == ["SECCOMP_FILTER_FLAG_LOG"])
        #expect(strings(linux["memoryPolicy"]?["modes"]).count == 7)
        #expect(strings(linux["memoryPolicy"]?["flags"]).count == 3)
        for member in ["seccomp", "apparmor", "selinux", "intelRdt", "netDevices"] {
            #expect(linux[key: member]?["enabled"]?.bool == true)
        }
        #expect(linux["mountExtensions"]?["idmap"]?["enabled"]?.bool == true)
        for member in ["v1", "v2", "systemd", "systemdUser", "rdma"] {
            #expect(linux["cgroup"]?[key: member]?.bool == true)
        }
    }
}
