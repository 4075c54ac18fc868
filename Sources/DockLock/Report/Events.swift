import JSON

/// What `events` prints: a document a line, as runc's.
public enum Events {
    /// The counters of a container.
    public static func statistics(_ statistics: Statistics, id: String) -> [UInt8] {
        record("stats", id: id, data: statistics.node)
    }

    /// A process was killed for want of memory.
    public static func outOfMemory(id: String) -> [UInt8] { record("oom", id: id, data: nil) }

    private static func record(_ type: String, id: String, data: JSONNode?) -> [UInt8] {
        var members: [JSONNode.Member] = [.init("type", .string(type)), .init("id", .string(id))]
        if let data { members.append(.init("data", data)) }
        return JSONNode.object(members).encoded() + [UInt8(ascii: "\n")]
    }
}

/// An object under construction, with Go's rule for "omitempty": such a member is absent where it is
/// zero or empty.
private struct Object {
    var members: [JSONNode.Member] = []

    mutating func always(_ key: String, _ value: UInt64) { members.append(.init(key, .uint(value))) }

    mutating func always(_ key: String, _ node: JSONNode) { members.append(.init(key, node)) }

    mutating func unlessZero(_ key: String, _ value: UInt64) { if value != 0 { always(key, value) } }

    mutating func unlessEmpty(_ key: String, _ numbers: [UInt64]) {
        if !numbers.isEmpty { always(key, .array(numbers.map { .uint($0) })) }
    }

    mutating func unlessEmpty(_ key: String, _ entries: [Statistics.BlockEntry]) {
        if !entries.isEmpty { always(key, .array(entries.map { $0.node })) }
    }

    mutating func unlessNil(_ pressure: Statistics.Pressure?) {
        if let pressure { always("psi", pressure.node) }
    }

    var node: JSONNode { .object(members) }
}

extension Statistics {
    /// The `data` of runc's `stats` event.
    public var node: JSONNode {
        var data = Object()
        data.always("cpu", cpu.node)
        data.always("cpuset", cpuset.node)
        data.always("memory", memory.node)
        var counts = Object()
        counts.unlessZero("current", pids.current)
        counts.unlessZero("limit", pids.limit)
        data.always("pids", counts.node)
        data.always("blkio", blkio.node)
        var pages = Object()
        for page in hugetlb {
            var entry = Object()
            entry.unlessZero("usage", page.usage)
            entry.unlessZero("max", page.max)
            entry.always("failcnt", page.failcnt)
            pages.always(page.pageSize, entry.node)
        }
        data.always("hugetlb", pages.node)
        data.always("intel_rdt", .object([]))
        data.always("network_interfaces", .null)
        return data.node
    }
}

extension Statistics.CPU {
    fileprivate var node: JSONNode {
        var usage = Object()
        usage.unlessZero("total", total)
        usage.unlessEmpty("percpu", perCPU)
        usage.unlessEmpty("percpu_kernel", perCPUKernel)
        usage.unlessEmpty("percpu_user", perCPUUser)
        usage.always("kernel", kernel)
        usage.always("user", user)
        var throttling = Object()
        throttling.unlessZero("periods", periods)
        throttling.unlessZero("throttledPeriods", throttledPeriods)
        throttling.unlessZero("throttledTime", throttledTime)
        var cpu = Object()
        cpu.always("usage", usage.node)
        cpu.always("throttling", throttling.node)
        cpu.unlessNil(pressure)
        return cpu.node
    }
}

extension Statistics.CPUSet {
    fileprivate var node: JSONNode {
        var set = Object()
        set.unlessEmpty("cpus", cpus.map { UInt64($0) })
        set.always("cpu_exclusive", cpuExclusive)
        set.unlessEmpty("mems", mems.map { UInt64($0) })
        set.always("mem_hardwall", memHardwall)
        set.always("mem_exclusive", memExclusive)
        set.always("memory_migrate", memoryMigrate)
        set.always("memory_spread_page", memorySpreadPage)
        set.always("memory_spread_slab", memorySpreadSlab)
        set.always("memory_pressure", memoryPressure)
        set.always("sched_load_balance", schedLoadBalance)
        set.always("sched_relax_domain_level", .int(schedRelaxDomainLevel))
        return set.node
    }
}

extension Statistics.Memory {
    fileprivate var node: JSONNode {
        var memory = Object()
        memory.unlessZero("cache", cache)
        memory.always("usage", usage.node)
        memory.always("swap", swap.node)
        memory.always("kernel", kernel.node)
        memory.always("kernelTCP", kernelTCP.node)
        if !raw.isEmpty {
            memory.always("raw", .object(raw.map { JSONNode.Member($0.name, .uint($0.value)) }))
        }
        memory.unlessNil(pressure)
        return memory.node
    }
}

extension Statistics.MemoryEntry {
    fileprivate var node: JSONNode {
        var entry = Object()
        entry.always("limit", limit)
        entry.unlessZero("usage", usage)
        entry.unlessZero("max", max)
        entry.always("failcnt", failcnt)
        return entry.node
    }
}

extension Statistics.BlockIO {
    fileprivate var node: JSONNode {
        var block = Object()
        block.unlessEmpty("ioServiceBytesRecursive", serviceBytes)
        block.unlessEmpty("ioServicedRecursive", serviced)
        block.unlessEmpty("ioQueueRecursive", queued)
        block.unlessEmpty("ioServiceTimeRecursive", serviceTime)
        block.unlessEmpty("ioWaitTimeRecursive", waitTime)
        block.unlessEmpty("ioMergedRecursive", merged)
        block.unlessEmpty("ioTimeRecursive", time)
        block.unlessEmpty("sectorsRecursive", sectors)
        block.unlessNil(pressure)
        return block.node
    }
}

extension Statistics.BlockEntry {
    fileprivate var node: JSONNode {
        var entry = Object()
        entry.unlessZero("major", major)
        entry.unlessZero("minor", minor)
        if !operation.isEmpty { entry.always("op", .string(operation)) }
        entry.unlessZero("value", value)
        return entry.node
    }
}

extension Statistics.Pressure {
    fileprivate var node: JSONNode { ["some": some.node, "full": full.node] }
}

extension Statistics.Pressure.Stall {
    fileprivate var node: JSONNode {
        var stall = Object()
        stall.always("avg10", .raw(Array(String(average10).utf8)))
        stall.always("avg60", .raw(Array(String(average60).utf8)))
        stall.always("avg300", .raw(Array(String(average300).utf8)))
        stall.always("total", total)
        return stall.node
    }
}
