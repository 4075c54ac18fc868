import JSON

extension Resources {
    /// Reads the file of `update --resources`: `linux.resources` alone. Throws `JSONError` for the
    /// syntax, `SpecError` for the rest.
    public static func decode(_ bytes: [UInt8]) throws -> Resources {
        try read(JSON.parse(bytes))
    }

    static func read(_ json: JSON) throws(SpecError) -> Resources {
        let json = try json.object()
        var resources = Resources()
        resources.devices = try json.list("devices", DeviceRule.read)
        resources.memory = try json.member("memory", Memory.read)
        resources.cpu = try json.member("cpu", CPU.read)
        resources.pidsLimit =
            try json.member("pids") { (json) throws(SpecError) -> Int64? in
                try json.object().integer("limit")
            } ?? nil
        resources.blockIO = try json.member("blockIO", BlockIO.read)
        resources.hugepages = try json.list("hugepageLimits", Hugepage.read)
        resources.network = try json.member("network", Network.read)
        resources.rdma = try json.map("rdma", Rdma.read)
        resources.unified = try json.pairs("unified")
        for entry in resources.unified where !isFileName(entry.key) {
            throw SpecError(path: "unified", problem: "\"\(entry.key)\" is not the name of a file")
        }
        return resources
    }

    /// A name that cannot lead out of its folder.
    private static func isFileName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
    }
}

extension Resources.DeviceRule {
    static func read(_ json: JSON) throws(SpecError) -> Resources.DeviceRule {
        let json = try json.object()
        var rule = Resources.DeviceRule()
        rule.allow = try required(json.flag("allow"), "allow")
        if let kind = try json.fullText("type") {
            guard kind == "a" || kind == "b" || kind == "c" else {
                throw SpecError(path: "type", problem: "\"\(kind)\" is none of a, b and c")
            }
            rule.kind = kind.utf8[kind.utf8.startIndex]
        }
        rule.major = try number(json, "major")
        rule.minor = try number(json, "minor")
        if let access = try json.text("access") { rule.access = try letters(access) }
        return rule
    }

    /// The letter a says nothing, as in runc, where it stands in profiles beside others.
    private static func letters(_ access: String) throws(SpecError) -> String {
        let known = access.utf8.filter { $0 != UInt8(ascii: "a") }
        let isKnown = known.allSatisfy {
            $0 == UInt8(ascii: "r") || $0 == UInt8(ascii: "w") || $0 == UInt8(ascii: "m")
        }
        guard isKnown, !known.isEmpty else {
            throw SpecError(path: "access", problem: "\"\(access)\" is not some of r, w and m")
        }
        return String(decoding: known, as: UTF8.self)
    }

    /// Engines write any number as -1.
    private static func number(_ json: JSON, _ key: StaticString) throws(SpecError) -> Int64? {
        let number = try json.integer(key, -1...Int64(UInt32.max))
        return number == -1 ? nil : number
    }
}

extension Resources.Memory {
    static func read(_ json: JSON) throws(SpecError) -> Resources.Memory {
        let json = try json.object()
        var memory = Resources.Memory()
        memory.limit = try json.integer("limit")
        memory.reservation = try json.integer("reservation")
        memory.swap = try json.integer("swap")
        memory.kernel = try json.integer("kernel")
        memory.kernelTCP = try json.integer("kernelTCP")
        let swappiness: UInt64? = try json.integer("swappiness")
        // Engines that keep it in a signed number say "unset" as -1.
        memory.swappiness = swappiness == UInt64.max ? nil : swappiness
        if let swappiness = memory.swappiness, swappiness > 100 {
            throw SpecError(path: "swappiness", problem: "must be an integer from 0 to 100")
        }
        memory.disableOOMKiller = try json.flag("disableOOMKiller")
        memory.useHierarchy = try json.flag("useHierarchy")
        memory.checkBeforeUpdate = try json.flag("checkBeforeUpdate")
        return memory
    }
}

extension Resources.CPU {
    static func read(_ json: JSON) throws(SpecError) -> Resources.CPU {
        let json = try json.object()
        var cpu = Resources.CPU()
        cpu.shares = try json.integer("shares")
        cpu.quota = try json.integer("quota")
        cpu.burst = try json.integer("burst")
        cpu.period = try json.integer("period")
        cpu.realtimeRuntime = try json.integer("realtimeRuntime")
        cpu.realtimePeriod = try json.integer("realtimePeriod")
        cpu.cpus = try json.fullText("cpus")
        cpu.mems = try json.fullText("mems")
        cpu.idle = try json.integer("idle")
        return cpu
    }
}

extension Resources.BlockIO {
    static func read(_ json: JSON) throws(SpecError) -> Resources.BlockIO {
        let json = try json.object()
        var blockIO = Resources.BlockIO()
        blockIO.weight = try json.integer("weight")
        blockIO.leafWeight = try json.integer("leafWeight")
        blockIO.weightDevices = try json.list("weightDevice", Resources.WeightDevice.read)
        blockIO.readBps = try json.list("throttleReadBpsDevice", Resources.Throttle.read)
        blockIO.writeBps = try json.list("throttleWriteBpsDevice", Resources.Throttle.read)
        blockIO.readIOPS = try json.list("throttleReadIOPSDevice", Resources.Throttle.read)
        blockIO.writeIOPS = try json.list("throttleWriteIOPSDevice", Resources.Throttle.read)
        return blockIO
    }
}

extension Resources.WeightDevice {
    static func read(_ json: JSON) throws(SpecError) -> Resources.WeightDevice {
        let json = try json.object()
        var device = Resources.WeightDevice()
        device.major = try required(json.integer("major", 0...Int64(UInt32.max)), "major")
        device.minor = try required(json.integer("minor", 0...Int64(UInt32.max)), "minor")
        device.weight = try json.integer("weight")
        device.leafWeight = try json.integer("leafWeight")
        return device
    }
}

extension Resources.Throttle {
    static func read(_ json: JSON) throws(SpecError) -> Resources.Throttle {
        let json = try json.object()
        var throttle = Resources.Throttle()
        throttle.major = try required(json.integer("major", 0...Int64(UInt32.max)), "major")
        throttle.minor = try required(json.integer("minor", 0...Int64(UInt32.max)), "minor")
        throttle.rate = try required(json.integer("rate"), "rate")
        return throttle
    }
}

extension Resources.Hugepage {
    static func read(_ json: JSON) throws(SpecError) -> Resources.Hugepage {
        let json = try json.object()
        var hugepage = Resources.Hugepage()
        hugepage.pageSize = try required(json.text("pageSize"), "pageSize")
        hugepage.limit = try required(json.integer("limit"), "limit")
        // It becomes part of a file's name.
        let digits = hugepage.pageSize.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        let unit = hugepage.pageSize.dropFirst(digits.count)
        guard !digits.isEmpty, unit == "KB" || unit == "MB" || unit == "GB" else {
            throw SpecError(
                path: "pageSize", problem: "\"\(hugepage.pageSize)\" is not a size as in 64KB, 2MB, 1GB")
        }
        return hugepage
    }
}

extension Resources.Network {
    static func read(_ json: JSON) throws(SpecError) -> Resources.Network {
        let json = try json.object()
        var network = Resources.Network()
        network.classID = try json.integer("classID")
        network.priorities = try json.list("priorities") { (json) throws(SpecError) in
            let json = try json.object()
            var priority = Resources.Priority()
            priority.name = try required(json.fullText("name"), "name")
            priority.priority = try required(json.integer("priority"), "priority")
            return priority
        }
        return network
    }
}

extension Resources.Rdma {
    static func read(_ device: String, _ json: JSON) throws(SpecError) -> Resources.Rdma {
        let json = try json.object()
        var rdma = Resources.Rdma()
        rdma.device = device
        rdma.hcaHandles = try json.integer("hcaHandles")
        rdma.hcaObjects = try json.integer("hcaObjects")
        return rdma
    }
}
