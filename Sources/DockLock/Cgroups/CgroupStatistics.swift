import Kernel
import OCI
import Report

extension Cgroup {
    /// What the cgroup has used. Counters whose files are missing stay zero or empty.
    public func statistics() throws -> Statistics {
        guard exists else { throw CgroupError("cgroup " + place.path + " is gone") }
        var statistics = Statistics()
        if let unified, host.mode == .unified {
            ControlFiles(directory: unified.directory).read(into: &statistics)
            return statistics
        }
        func files(_ controller: String, _ use: (ControlFiles) -> Void) {
            guard let directory = legacyDirectory(of: controller) else { return }
            use(ControlFiles(directory: directory))
        }
        files("cpuacct") { $0.readLegacyUsage(into: &statistics.cpu) }
        files("cpu") { $0.readLegacyThrottling(into: &statistics.cpu) }
        files("cpuset") { $0.readLegacySet(into: &statistics.cpuset) }
        files("memory") { $0.readLegacyMemory(into: &statistics.memory) }
        files("pids") { $0.readPids(into: &statistics.pids) }
        files("blkio") { $0.readLegacyBlockIO(into: &statistics.blkio) }
        files("hugetlb") { $0.readHugepages(into: &statistics.hugetlb, isUnified: false) }
        return statistics
    }
}

/// Nanoseconds of a clock tick of user space, whose rate is 100 on every architecture we run on.
private let tick: UInt64 = 10_000_000

extension ControlFiles {
    private func content(_ file: String) -> String { (try? text(file)) ?? "" }

    private func counters(_ file: String) -> Counters { Counters(content(file)) }

    /// A limit: `max` is the largest number.
    private func limit(_ file: String) -> UInt64 {
        number(file) ?? (has(file) ? UInt64.max : 0)
    }

    func readLegacyUsage(into cpu: inout Statistics.CPU) {
        cpu.total = number("cpuacct.usage") ?? 0
        cpu.perCPU = StatisticsText.numbers(content("cpuacct.usage_percpu"))
        for line in content("cpuacct.usage_all").split(separator: "\n") {
            let words = line.split(separator: " ").map { UInt64($0) }
            guard words.count == 3, let user = words[1], let kernel = words[2] else { continue }
            cpu.perCPUUser.append(user)
            cpu.perCPUKernel.append(kernel)
        }
        let stat = counters("cpuacct.stat")
        cpu.user = (stat["user"] ?? 0) &* tick
        cpu.kernel = (stat["system"] ?? 0) &* tick
    }

    func readLegacyThrottling(into cpu: inout Statistics.CPU) {
        let stat = counters("cpu.stat")
        cpu.periods = stat["nr_periods"] ?? 0
        cpu.throttledPeriods = stat["nr_throttled"] ?? 0
        cpu.throttledTime = stat["throttled_time"] ?? 0
    }

    func readLegacySet(into set: inout Statistics.CPUSet) {
        set.cpus = StatisticsText.list(content("cpuset.cpus"))
        set.mems = StatisticsText.list(content("cpuset.mems"))
        set.cpuExclusive = number("cpuset.cpu_exclusive") ?? 0
        set.memHardwall = number("cpuset.mem_hardwall") ?? 0
        set.memExclusive = number("cpuset.mem_exclusive") ?? 0
        set.memoryMigrate = number("cpuset.memory_migrate") ?? 0
        set.memorySpreadPage = number("cpuset.memory_spread_page") ?? 0
        set.memorySpreadSlab = number("cpuset.memory_spread_slab") ?? 0
        set.memoryPressure = number("cpuset.memory_pressure") ?? 0
        set.schedLoadBalance = number("cpuset.sched_load_balance") ?? 0
        // The only one that may be negative.
        let level = content("cpuset.sched_relax_domain_level").split(separator: "\n").first
        set.schedRelaxDomainLevel = level.flatMap { Int64($0) } ?? 0
    }

    func readLegacyMemory(into memory: inout Statistics.Memory) {
        func entry(_ stem: String) -> Statistics.MemoryEntry {
            var entry = Statistics.MemoryEntry()
            entry.limit = number(stem + "limit_in_bytes") ?? 0
            entry.usage = number(stem + "usage_in_bytes") ?? 0
            entry.max = number(stem + "max_usage_in_bytes") ?? 0
            entry.failcnt = number(stem + "failcnt") ?? 0
            return entry
        }
        let stat = counters("memory.stat")
        memory.cache = stat["cache"] ?? 0
        memory.usage = entry("memory.")
        memory.swap = entry("memory.memsw.")
        memory.kernel = entry("memory.kmem.")
        memory.kernelTCP = entry("memory.kmem.tcp.")
        memory.raw = stat.entries
    }

    func readPids(into pids: inout Statistics.PIDs) {
        pids.current = number("pids.current") ?? 0
        pids.limit = number("pids.max") ?? 0
    }

    func readLegacyBlockIO(into block: inout Statistics.BlockIO) {
        // BFQ counts with the scheduler; where it does not run, the throttling layer has the numbers.
        let scheduled = StatisticsText.blockEntries(content("blkio.bfq.io_serviced_recursive"))
        let stem = scheduled.isEmpty ? "blkio.throttle." : "blkio.bfq."
        block.serviceBytes = StatisticsText.blockEntries(content(stem + "io_service_bytes_recursive"))
        block.serviced = StatisticsText.blockEntries(content(stem + "io_serviced_recursive"))
        block.queued = StatisticsText.blockEntries(content("blkio.bfq.io_queued_recursive"))
        block.serviceTime = StatisticsText.blockEntries(content("blkio.bfq.io_service_time_recursive"))
        block.waitTime = StatisticsText.blockEntries(content("blkio.bfq.io_wait_time_recursive"))
        block.merged = StatisticsText.blockEntries(content("blkio.bfq.io_merged_recursive"))
        block.time = StatisticsText.blockEntries(content("blkio.bfq.time_recursive"))
        block.sectors = StatisticsText.blockEntries(content("blkio.bfq.sectors_recursive"))
    }

    func readHugepages(into pages: inout [Statistics.Hugetlb], isUnified: Bool) {
        let usage = isUnified ? ".current" : ".usage_in_bytes"
        for name in ((try? Files.list(directory)) ?? []).sorted() {
            guard name.hasPrefix("hugetlb."), name.hasSuffix(usage) else { continue }
            let size = name.dropFirst(8).dropLast(usage.utf8.count)
            if size.utf8.contains(0x2E) { continue }
            let stem = "hugetlb." + size
            let failures =
                isUnified ? counters(stem + ".events")["max"] ?? 0 : number(stem + ".failcnt") ?? 0
            pages.append(
                Statistics.Hugetlb(
                    pageSize: String(size), usage: number(name) ?? 0,
                    max: number(stem + ".max_usage_in_bytes") ?? 0, failcnt: failures))
        }
    }

    /// Everything of a v2 directory.
    func read(into statistics: inout Statistics) {
        let cpu = counters("cpu.stat")
        statistics.cpu.total = (cpu["usage_usec"] ?? 0) &* 1000
        statistics.cpu.user = (cpu["user_usec"] ?? 0) &* 1000
        statistics.cpu.kernel = (cpu["system_usec"] ?? 0) &* 1000
        statistics.cpu.periods = cpu["nr_periods"] ?? 0
        statistics.cpu.throttledPeriods = cpu["nr_throttled"] ?? 0
        statistics.cpu.throttledTime = (cpu["throttled_usec"] ?? 0) &* 1000
        statistics.cpu.pressure = StatisticsText.pressure(content("cpu.pressure"))
        statistics.cpuset.cpus = StatisticsText.list(content("cpuset.cpus.effective"))
        statistics.cpuset.mems = StatisticsText.list(content("cpuset.mems.effective"))
        readMemory(into: &statistics.memory)
        readPids(into: &statistics.pids)
        statistics.blkio = StatisticsText.ioStat(content("io.stat"))
        statistics.blkio.pressure = StatisticsText.pressure(content("io.pressure"))
        readHugepages(into: &statistics.hugetlb, isUnified: true)
    }

    private func readMemory(into memory: inout Statistics.Memory) {
        let stat = counters("memory.stat")
        let events = counters("memory.events")
        memory.cache = stat["file"] ?? 0
        memory.raw = stat.entries
        memory.usage.usage = number("memory.current") ?? 0
        memory.usage.limit = limit("memory.max")
        memory.usage.max = number("memory.peak") ?? 0
        memory.usage.failcnt = events["max"] ?? 0
        // v1's swap is memory and swap together; a sum with no limit in it has none.
        memory.swap.usage = memory.usage.usage &+ (number("memory.swap.current") ?? 0)
        let (sum, over) = memory.usage.limit.addingReportingOverflow(limit("memory.swap.max"))
        memory.swap.limit = over ? UInt64.max : sum
        memory.kernel.usage = stat["kernel"] ?? 0
        memory.kernelTCP.usage = stat["sock"] ?? 0
        memory.pressure = StatisticsText.pressure(content("memory.pressure"))
    }
}
