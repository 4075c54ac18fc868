import Glibc
import Kernel
import OCI

/// Numbers of v1, which the specification speaks in, as v2 wants them.
enum Conversion {
    /// 2…262144 shares become a weight of 1…10000.
    static func weight(shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        return 1 + (shares - 2) * 9999 / 262_142
    }

    /// A block weight of 10…1000 becomes one of 1…10000.
    static func weight(blockWeight: UInt16) -> UInt64 {
        let weight = min(max(UInt64(blockWeight), 10), 1000)
        return 1 + (weight - 10) * 9999 / 990
    }

    /// memory+swap, which v1 limits, into swap alone. Nil means that nothing is asked; -1 no limit.
    static func swap(sum: Int64, memory: Int64) throws(CgroupError) -> Int64? {
        // "No memory limit" has always meant no swap limit either.
        if memory == -1, sum == 0 { return -1 }
        if sum == 0 { return nil }
        if sum == -1 || memory == -1 { return sum }
        guard memory > 0 else {
            throw CgroupError("linux.resources.memory.swap: needs memory.limit, which it is the sum with")
        }
        guard sum >= memory else {
            throw CgroupError(
                "linux.resources.memory.swap: is memory and swap together, and below memory.limit")
        }
        return sum - memory
    }

    static func text(_ limit: Int64) -> String { limit < 0 ? "max" : String(limit) }
}

/// Limits as the controllers of v2 spell them.
extension ControlFiles {
    func setMemory(_ memory: Resources.Memory) throws {
        let limit = memory.limit ?? 0
        let sum = memory.swap ?? 0
        if memory.checkBeforeUpdate == true { try refuseBelowUsage(limit: limit, sum: sum) }
        if let swap = try Conversion.swap(sum: sum, memory: limit) {
            do {
                try write("memory.swap.max", Conversion.text(swap))
            } catch  where error.code == ENOENT && swap <= 0 && has("memory.max") {
                // Swap is not counted here, and nothing was to be counted.
            } catch {
                try put("memory.swap.max", Conversion.text(swap))
            }
        }
        if limit != 0 { try put("memory.max", Conversion.text(limit)) }
        if let reservation = memory.reservation, reservation != 0 {
            try put("memory.low", Conversion.text(reservation))
        }
    }

    private func refuseBelowUsage(limit: Int64, sum: Int64) throws {
        guard limit > 0 || sum > 0, let usage = number("memory.current") else { return }
        for (name, value) in [("memory+swap", sum), ("memory", limit)]
        where value > 0 && UInt64(value) <= usage {
            throw CgroupError(
                "rejecting " + name + " limit " + String(value) + " <= usage " + String(usage))
        }
    }

    func setCPU(_ cpu: Resources.CPU) throws {
        if let runtime = cpu.realtimeRuntime, runtime != 0 {
            throw CgroupError("linux.resources.cpu.realtimeRuntime: cgroup v2 has no realtime limits")
        }
        if let period = cpu.realtimePeriod, period != 0 {
            throw CgroupError("linux.resources.cpu.realtimePeriod: cgroup v2 has no realtime limits")
        }
        if let idle = cpu.idle { try put("cpu.idle", String(idle)) }
        if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
            try put("cpu.weight", String(Conversion.weight(shares: shares)))
        }
        var burstIsLate = false
        if let burst = cpu.burst {
            do {
                try write("cpu.max.burst", String(burst))
            } catch  where error.code == EINVAL && cpu.quota ?? 0 != 0 {
                // Above the old quota; the new one comes next.
                burstIsLate = true
            } catch {
                try put("cpu.max.burst", String(burst))
            }
        }
        if let value = bandwidth(cpu) { try put("cpu.max", value) }
        if burstIsLate, let burst = cpu.burst { try put("cpu.max.burst", String(burst)) }
    }

    /// The line for cpu.max. A quota alone keeps the period; a period alone keeps the quota.
    func bandwidth(_ cpu: Resources.CPU) -> String? {
        let quota = cpu.quota ?? 0
        let period = cpu.period ?? 0
        if quota == 0, period == 0 { return nil }
        var line: String
        if quota == 0 {
            let now = (try? text("cpu.max"))?.split(separator: " ").first ?? "max"
            line = String(now)
        } else {
            line = Conversion.text(quota)
        }
        if period != 0 { line += " " + String(period) }
        return line
    }

    func setBlockIO(_ block: Resources.BlockIO) throws {
        if let weight = block.weight, weight != 0 {
            if has("io.bfq.weight") {
                try put("io.bfq.weight", String(weight))
            } else {
                try put("io.weight", String(Conversion.weight(blockWeight: weight)))
            }
        }
        for device in block.weightDevices {
            guard let weight = device.weight, weight != 0 else { continue }
            let number = String(device.major) + ":" + String(device.minor) + " "
            if has("io.bfq.weight") {
                try put("io.bfq.weight", number + String(weight))
            } else {
                try put("io.weight", number + String(Conversion.weight(blockWeight: weight)))
            }
        }
        let lists = [
            ("rbps", block.readBps), ("wbps", block.writeBps), ("riops", block.readIOPS),
            ("wiops", block.writeIOPS),
        ]
        for (key, throttles) in lists {
            for throttle in throttles {
                // Zero lifts the limit in v1; v2 calls that max.
                let rate = throttle.rate == 0 ? "max" : String(throttle.rate)
                let number = String(throttle.major) + ":" + String(throttle.minor)
                try put("io.max", number + " " + key + "=" + rate)
            }
        }
    }

    /// `linux.resources.unified`: files of v2 by their own names.
    func setUnified(_ entries: [Annotation]) throws {
        for entry in entries {
            guard !entry.key.isEmpty, !entry.key.utf8.contains(0x2F), entry.key.utf8.contains(0x2E),
                !entry.key.hasPrefix(".")
            else {
                throw CgroupError(
                    "linux.resources.unified: \"" + entry.key + "\" is not the name of a file of a controller"
                )
            }
            guard has(entry.key) else {
                let controller = entry.key.prefix { $0 != "." }
                throw CgroupError(
                    "invalid configuration: linux.resources.unified: " + entry.key
                        + " cannot be set: controller " + controller
                        + " is not available in the v2 tree, or does not know it")
            }
            try put(entry.key, entry.value)
        }
    }
}
