import Bus
import OCI

/// The properties that a scope is started with, and those that limits become.
enum ScopeProperties {
    /// For StartTransientUnit. A slice holds no process by itself and is not delegated.
    static func starting(_ place: CgroupPlace, pid: Int32) -> [BusValue] {
        var properties: [BusValue] = [
            .property("Description", .string("docklock container " + (place.scope ?? "")))
        ]
        if place.scope?.hasSuffix(".slice") == true {
            if let slice = place.slice { properties.append(.property("Wants", .strings([slice]))) }
        } else {
            if let slice = place.slice { properties.append(.property("Slice", .string(slice))) }
            properties.append(.property("Delegate", .boolean(true)))
            properties.append(.property("PIDs", .array(of: "u", [.uint32(UInt32(bitPattern: pid))])))
        }
        for name in ["MemoryAccounting", "CPUAccounting", "IOAccounting", "TasksAccounting"] {
            properties.append(.property(name, .boolean(true)))
        }
        properties.append(.property("DefaultDependencies", .boolean(false)))
        return properties
    }

    /// What systemd knows of the limits: it writes them again whenever it likes, and must not undo ours.
    static func limits(_ resources: Resources, mode: CgroupHost.Mode) throws -> [BusValue] {
        var properties: [BusValue] = []
        func add(_ name: String, _ value: UInt64?) {
            if let value { properties.append(.property(name, .uint64(value))) }
        }
        let isUnified = mode == .unified
        if let memory = resources.memory {
            let limit = memory.limit ?? 0
            add(isUnified ? "MemoryMax" : "MemoryLimit", limited(limit))
            if isUnified {
                add("MemoryLow", limited(memory.reservation ?? 0))
                let swap = try Conversion.swap(sum: memory.swap ?? 0, memory: limit)
                add("MemorySwapMax", swap.map { $0 < 0 ? UInt64.max : UInt64($0) })
            }
        }
        if let cpu = resources.cpu { addCPU(cpu, isUnified: isUnified, to: &properties) }
        if let pids = resources.pidsLimit { add("TasksMax", pids > 0 ? UInt64(pids) : UInt64.max) }
        if !isUnified, let weight = resources.blockIO?.weight, weight != 0 {
            add("BlockIOWeight", UInt64(weight))
        }
        if isUnified { properties += unified(resources.unified) }
        return properties
    }

    private static func addCPU(_ cpu: Resources.CPU, isUnified: Bool, to properties: inout [BusValue]) {
        if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
            let weight = isUnified ? Conversion.weight(shares: shares) : shares
            properties.append(.property(isUnified ? "CPUWeight" : "CPUShares", .uint64(weight)))
        }
        if isUnified, cpu.idle == 1 { properties.append(.property("CPUWeight", .uint64(0))) }
        let quota = cpu.quota ?? 0
        let period = cpu.period ?? 0
        if period != 0 { properties.append(.property("CPUQuotaPeriodUSec", .uint64(period))) }
        if quota != 0 {
            properties.append(
                .property("CPUQuotaPerSecUSec", .uint64(perSecond(quota: quota, period: period))))
        }
        for (name, list) in [("AllowedCPUs", cpu.cpus), ("AllowedMemoryNodes", cpu.mems)] {
            guard isUnified, let list, let mask = mask(list) else { continue }
            properties.append(.property(name, .bytes(mask)))
        }
    }

    /// Zero asks for nothing, below zero for no limit.
    private static func limited(_ value: Int64) -> UInt64? {
        value == 0 ? nil : value < 0 ? UInt64.max : UInt64(value)
    }

    /// Microseconds of processor time a second; systemd counts in hundredths, so it is rounded up.
    static func perSecond(quota: Int64, period: UInt64) -> UInt64 {
        guard quota > 0 else { return UInt64.max }
        let (scaled, over) = UInt64(quota).multipliedReportingOverflow(by: 1_000_000)
        guard !over else { return UInt64.max }
        let exact = scaled / (period == 0 ? 100_000 : period)
        let rest = exact % 10_000
        guard rest != 0 else { return exact }
        let (rounded, past) = exact.addingReportingOverflow(10_000 - rest)
        return past ? UInt64.max : rounded
    }

    /// `0-2,8` as bits, the lowest number in the lowest bit of the first byte.
    static func mask(_ list: String) -> [UInt8]? {
        let numbers = StatisticsText.list(list)
        guard let highest = numbers.max() else { return nil }
        var mask = [UInt8](repeating: 0, count: Int(highest) / 8 + 1)
        for number in numbers { mask[Int(number) / 8] |= 1 << UInt8(number % 8) }
        return mask
    }

    /// The device rules in systemd's words, so that it does not lift them when it reloads. `drivers` is
    /// /proc/devices, by which whole majors are named.
    static func devices(_ rules: DeviceRules, drivers: String) throws -> [BusValue] {
        guard let allowed = try rules.allowed() else {
            return [
                .property("DevicePolicy", .string("auto")), .property("DeviceAllow", .array(of: "(ss)", [])),
            ]
        }
        var entries: [BusValue] = []
        for filter in allowed {
            guard let name = deviceName(filter, drivers: drivers) else { continue }
            let access = DeviceRules.text(filter).split(separator: " ").last ?? ""
            entries.append(.structure([.string(name), .string(String(access))]))
        }
        return [
            .property("DevicePolicy", .string("strict")),
            .property("DeviceAllow", .array(of: "(ss)", entries)),
        ]
    }

    /// Nil for what systemd has no name for: any major with one minor, a major without a driver.
    private static func deviceName(_ filter: DeviceFilter, drivers: String) -> String? {
        let kind = filter.kind == 0x62 ? "block" : "char"
        guard let major = filter.major else { return filter.minor == nil ? kind + "-*" : nil }
        if let minor = filter.minor {
            return "/dev/" + kind + "/" + String(major) + ":" + String(minor)
        }
        var isInKind = false
        for line in drivers.split(separator: "\n") {
            if line.hasSuffix("devices:") {
                isInKind = line.hasPrefix(kind == "block" ? "Block" : "Character")
                continue
            }
            let words = line.split(separator: " ")
            if isInKind, words.count == 2, UInt32(words[0]) == major { return kind + "-" + words[1] }
        }
        return nil
    }
}
