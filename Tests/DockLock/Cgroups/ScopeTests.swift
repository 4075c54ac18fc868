import Bus
import OCI
import Testing

@testable import Cgroups

@Suite struct ScopeTests {
    private func value(_ name: String, in properties: [BusValue]) -> BusValue? {
        for property in properties {
            if case .structure(let pair) = property, pair[0] == .string(name),
                case .variant(let value) = pair[1]
            {
                return value
            }
        }
        return nil
    }

    @Test func startsAScopeInItsSlice() {
        let place = CgroupPlace(
            driver: .systemd, path: "/a.slice/x-1.scope", scope: "x-1.scope", slice: "a.slice")
        let properties = ScopeProperties.starting(place, pid: 42)
        #expect(value("Slice", in: properties) == .string("a.slice"))
        #expect(value("Delegate", in: properties) == .boolean(true))
        #expect(value("PIDs", in: properties) == .array(of: "u", [.uint32(42)]))
        #expect(value("DefaultDependencies", in: properties) == .boolean(false))
        let slice = CgroupPlace(
            driver: .systemd, path: "/a.slice/a-b.slice", scope: "a-b.slice", slice: "a.slice")
        let others = ScopeProperties.starting(slice, pid: 42)
        #expect(value("PIDs", in: others) == nil)
        #expect(value("Wants", in: others) == .strings(["a.slice"]))
    }

    @Test func limitsBecomeProperties() throws {
        var resources = Resources()
        resources.memory = Resources.Memory()
        resources.memory?.limit = 1000
        resources.memory?.swap = 1500
        resources.cpu = Resources.CPU()
        resources.cpu?.shares = 1024
        resources.cpu?.quota = 25_000
        resources.cpu?.period = 100_000
        resources.cpu?.cpus = "0,9"
        resources.pidsLimit = -1
        let unified = try ScopeProperties.limits(resources, mode: .unified)
        #expect(value("MemoryMax", in: unified) == .uint64(1000))
        #expect(value("MemorySwapMax", in: unified) == .uint64(500))
        #expect(value("CPUWeight", in: unified) == .uint64(39))
        #expect(value("CPUQuotaPerSecUSec", in: unified) == .uint64(250_000))
        #expect(value("CPUQuotaPeriodUSec", in: unified) == .uint64(100_000))
        #expect(value("AllowedCPUs", in: unified) == .bytes([1, 2]))
        #expect(value("TasksMax", in: unified) == .uint64(UInt64.max))
        let legacy = try ScopeProperties.limits(resources, mode: .hybrid)
        #expect(value("MemoryLimit", in: legacy) == .uint64(1000))
        #expect(value("CPUShares", in: legacy) == .uint64(1024))
        #expect(value("AllowedCPUs", in: legacy) == nil)
        #expect(try ScopeProperties.limits(Resources(), mode: .unified).isEmpty)
    }

    @Test(
        arguments: [
            (25_000, 100_000, 250_000), (1, 3, 340_000), (-1, 100_000, UInt64.max), (50_000, 0, 500_000),
            (Int64.max, 1, UInt64.max),
        ] as [(Int64, UInt64, UInt64)])
    func quotas(quota: Int64, period: UInt64, wanted: UInt64) {
        #expect(ScopeProperties.perSecond(quota: quota, period: period) == wanted)
    }

    @Test(
        arguments: [
            ("memory.high", "1073741824", "MemoryHigh", .uint64(1_073_741_824)),
            ("memory.swap.max", "max", "MemorySwapMax", .uint64(UInt64.max)),
            ("pids.max", "12", "TasksMax", .uint64(12)), ("cpu.weight", "1234", "CPUWeight", .uint64(1234)),
            ("cpuset.cpus", "0,9", "AllowedCPUs", .bytes([1, 2])),
            ("cpu.max", "25000 50000", "CPUQuotaPerSecUSec", .uint64(500_000)),
            ("cpu.max", "25000 50000", "CPUQuotaPeriodUSec", .uint64(50_000)),
            ("cpu.max", "max", "CPUQuotaPerSecUSec", .uint64(UInt64.max)),
        ] as [(String, String, String, BusValue)])
    func unifiedKeysBecomeProperties(key: String, text: String, name: String, wanted: BusValue) throws {
        var resources = Resources()
        resources.unified = [Annotation(key: key, value: text)]
        #expect(value(name, in: try ScopeProperties.limits(resources, mode: .unified)) == wanted)
        #expect(try ScopeProperties.limits(resources, mode: .hybrid).isEmpty)
    }

    @Test(arguments: [("memory.high", "much"), ("cpu.max", "1 2 3"), ("cpu.max", "9 0"), ("io.max", "1")])
    func otherUnifiedValuesAreTheKernels(key: String, text: String) throws {
        var resources = Resources()
        resources.unified = [Annotation(key: key, value: text)]
        #expect(try ScopeProperties.limits(resources, mode: .unified).isEmpty)
    }

    @Test func deviceRulesBecomeProperties() throws {
        let drivers = "Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  8 sd\n"
        let rules = try DeviceRules([rule("-a"), rule("+b 8:* r"), rule("+c 77:* rw")])
        let properties = try ScopeProperties.devices(rules, drivers: drivers)
        #expect(value("DevicePolicy", in: properties) == .string("strict"))
        guard case .array(_, let entries)? = value("DeviceAllow", in: properties) else {
            Issue.record("no DeviceAllow")
            return
        }
        #expect(entries.contains(.structure([.string("block-sd"), .string("r")])))
        #expect(entries.contains(.structure([.string("char-pts"), .string("rwm")])))
        #expect(entries.contains(.structure([.string("/dev/char/1:3"), .string("rwm")])))
        #expect(entries.contains(.structure([.string("char-*"), .string("m")])))
        #expect(entries.count == 12)
        let open = try ScopeProperties.devices(try DeviceRules([rule("+a")]), drivers: drivers)
        #expect(value("DevicePolicy", in: open) == .string("auto"))
    }

    @Test(arguments: [
        ("true", BusValue.boolean(true)), ("5", .int32(5)), ("-5", .int32(-5)), ("uint64 7", .uint64(7)),
        ("'a b'", .string("a b")), (#""it\"s""#, .string(#"it"s"#)), ("1.5", .double(1.5)),
        ("['a', 'b']", .strings(["a", "b"])),
        ("[uint32 1,uint32 2]", .array(of: "u", [.uint32(1), .uint32(2)])),
        (" byte 255 ", .byte(255)), ("[1]", .array(of: "i", [.int32(1)])),
    ])
    func annotationValues(text: String, value: BusValue) {
        #expect(PropertyText.value(text) == value)
    }

    @Test(arguments: [
        "", "abc", "'a", "'a\\", "[]", "[1", "[1,]", "[1,'a']", "[[1]]", "uint64", "uint64 -1", "byte 256",
        "5 5", "1,",
        "uint64 18446744073709551616",
    ])
    func refusesOtherValues(text: String) {
        #expect(PropertyText.value(text) == nil)
    }

    @Test func annotationsBecomeProperties() throws {
        let properties = try PropertyText.properties([
            Annotation(key: "io.example", value: "x"),
            Annotation(key: "org.systemd.property.TimeoutStopSec", value: "uint64 3"),
            Annotation(key: "org.systemd.property.CollectMode", value: "'inactive'"),
        ])
        #expect(
            properties == [
                .property("TimeoutStopUSec", .uint64(3_000_000)),
                .property("CollectMode", .string("inactive")),
            ])
        for (key, value) in [("ab", "5"), ("A.b", "5"), ("Abc1", "5"), ("Abcd", "?"), ("WaitSec", "'x'")] {
            #expect(throws: CgroupError.self) {
                try PropertyText.properties([Annotation(key: "org.systemd.property." + key, value: value)])
            }
        }
    }

    @Test func readsWhereSystemdPutAProcess() {
        #expect(Cgroup.systemdPath("2:cpu:/a\n1:name=systemd:/b/x.scope\n0::/c\n") == "/b/x.scope")
        #expect(Cgroup.systemdPath("0::/user.slice/x.scope\n") == "/user.slice/x.scope")
        #expect(Cgroup.systemdPath("") == nil)
    }
}
