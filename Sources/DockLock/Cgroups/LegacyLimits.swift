import Glibc
import Kernel
import OCI

/// Limits as the controllers of v1 spell them.
extension ControlFiles {
    func setLegacyMemory(_ memory: Resources.Memory, update: Bool) throws {
        let limit = memory.limit ?? 0
        var swap = memory.swap ?? 0
        // Lifting the limit alone would leave the old sum of memory and swap in force.
        if limit == -1, swap == 0, has("memory.memsw.limit_in_bytes") { swap = -1 }
        // The kernel holds memory <= memory+swap at every moment: raising, the sum goes first.
        let current = swap > 0 && limit != 0 ? number("memory.limit_in_bytes") ?? 0 : 0
        let isSumFirst = limit != 0 && swap != 0 && (swap == -1 || current < UInt64(max(swap, 0)))
        if isSumFirst { try put("memory.memsw.limit_in_bytes", String(swap)) }
        if limit != 0 { try setLegacyMemoryLimit(limit) }
        if swap != 0, !isSumFirst { try put("memory.memsw.limit_in_bytes", String(swap)) }
        if let reservation = memory.reservation, reservation != 0 {
            try put("memory.soft_limit_in_bytes", String(reservation))
        }
        if let disabled = memory.disableOOMKiller, disabled || update {
            try put("memory.oom_control", disabled ? "1" : "0")
        }
        if let swappiness = memory.swappiness {
            guard swappiness <= 100 else {
                throw CgroupError(
                    "linux.resources.memory.swappiness: " + String(swappiness) + " is above 100")
            }
            try put("memory.swappiness", String(swappiness))
        }
    }

    private func setLegacyMemoryLimit(_ limit: Int64) throws {
        do {
            try write("memory.limit_in_bytes", String(limit))
        } catch  where error.code == EBUSY {
            let usage = number("memory.usage_in_bytes") ?? 0
            throw CgroupError(
                "cannot set the memory limit to " + String(limit) + ": " + String(usage) + " bytes are in use"
            )
        } catch {
            throw CgroupError(
                "cannot write " + String(limit) + " to memory.limit_in_bytes: " + SystemError.text(error.code)
            )
        }
    }

    func setLegacyCPU(_ cpu: Resources.CPU) throws {
        if let idle = cpu.idle { try put("cpu.idle", String(idle)) }
        // An idle group has no shares.
        if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
            // The kernel would clamp without a word.
            guard shares >= 2 else {
                throw CgroupError("linux.resources.cpu.shares: the minimum allowed cpu-shares is 2")
            }
            guard shares <= 262_144 else {
                throw CgroupError("linux.resources.cpu.shares: the maximum allowed cpu-shares is 262144")
            }
            try put("cpu.shares", String(shares))
        }
        try setLegacyBandwidth(cpu)
        if let period = cpu.realtimePeriod, period != 0 { try put("cpu.rt_period_us", String(period)) }
        if let runtime = cpu.realtimeRuntime, runtime != 0 { try put("cpu.rt_runtime_us", String(runtime)) }
    }

    /// A new period or burst may be invalid with the old quota: then it is written again after the quota.
    private func setLegacyBandwidth(_ cpu: Resources.CPU) throws {
        let quota = cpu.quota ?? 0
        var again: [(file: String, value: String)] = []
        func first(_ file: String, _ value: UInt64?) throws {
            guard let value else { return }
            do {
                try write(file, String(value))
            } catch  where error.code == EINVAL && quota != 0 {
                again.append((file, String(value)))
            } catch {
                try put(file, String(value))
            }
        }
        try first("cpu.cfs_period_us", cpu.period == 0 ? nil : cpu.period)
        try first("cpu.cfs_burst_us", cpu.burst)
        if quota != 0 { try put("cpu.cfs_quota_us", String(quota)) }
        for entry in again { try put(entry.file, entry.value) }
    }

    func setCpuset(_ cpu: Resources.CPU) throws {
        if let cpus = cpu.cpus, !cpus.isEmpty { try put("cpuset.cpus", cpus) }
        if let mems = cpu.mems, !mems.isEmpty { try put("cpuset.mems", mems) }
    }

    /// A limit of zero or less means none, in v1 as in v2.
    func setPids(_ limit: Int64) throws {
        try put("pids.max", limit > 0 ? String(limit) : "max")
    }

    func setLegacyBlockIO(_ block: Resources.BlockIO) throws {
        // Which scheduler stands behind it decides the file's name.
        let stem = has("blkio.weight") ? "blkio." : "blkio.bfq."
        if let weight = block.weight, weight != 0 { try put(stem + "weight", String(weight)) }
        if let weight = block.leafWeight, weight != 0 { try put("blkio.leaf_weight", String(weight)) }
        for device in block.weightDevices {
            let number = String(device.major) + ":" + String(device.minor) + " "
            if let weight = device.weight, weight != 0 {
                try put(stem + "weight_device", number + String(weight))
            }
            if let weight = device.leafWeight, weight != 0 {
                try put("blkio.leaf_weight_device", number + String(weight))
            }
        }
        let lists = [
            ("blkio.throttle.read_bps_device", block.readBps),
            ("blkio.throttle.write_bps_device", block.writeBps),
            ("blkio.throttle.read_iops_device", block.readIOPS),
            ("blkio.throttle.write_iops_device", block.writeIOPS),
        ]
        for (file, throttles) in lists {
            for throttle in throttles {
                let number = String(throttle.major) + ":" + String(throttle.minor)
                try put(file, number + " " + String(throttle.rate))
            }
        }
    }

    /// `word` is `limit_in_bytes` in v1 and `max` in v2.
    func setHugepages(_ pages: [Resources.Hugepage], word: String) throws {
        for page in pages {
            let stem = "hugetlb." + page.pageSize + "."
            try put(stem + word, String(page.limit))
            // Limits of reservations came with Linux 5.7.
            if has(stem + "rsvd." + word) { try put(stem + "rsvd." + word, String(page.limit)) }
        }
    }

    func setRdma(_ devices: [Resources.Rdma]) throws {
        for device in devices {
            var line = device.device
            if let handles = device.hcaHandles { line += " hca_handle=" + String(handles) }
            if let objects = device.hcaObjects { line += " hca_object=" + String(objects) }
            try put("rdma.max", line)
        }
    }

    func setClass(_ network: Resources.Network) throws {
        if let classID = network.classID, classID != 0 { try put("net_cls.classid", String(classID)) }
    }

    func setPriorities(_ network: Resources.Network) throws {
        for entry in network.priorities {
            try put("net_prio.ifpriomap", entry.name + " " + String(entry.priority))
        }
    }
}
