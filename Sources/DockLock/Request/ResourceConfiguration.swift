import JSON
import OCI
import Verbs

extension Configuration {
    func resources() throws(UsageError) -> JSONNode {
        let limits = request.resources.limits
        var members: [JSONNode.Member] = []
        // Without privilege there is no device controller; what counts is who may open the host's nodes.
        if !premises.isRootless { members.append(.init("devices", .array(deviceRules))) }
        if let memory = memory() { members.append(.init("memory", memory)) }
        if let cpu = cpu() { members.append(.init("cpu", cpu)) }
        if let processes = limits.pidsLimit ?? (premises.canLimit ? 2048 : nil) {
            members.append(.init("pids", ["limit": .int(processes)]))
        }
        if let blockIO = try blockIO() { members.append(.init("blockIO", blockIO)) }
        if !limits.unified.isEmpty {
            members.append(
                .init("unified", Configuration.object(limits.unified.map { Setting($0.key, $0.value) })))
        }
        return .object(members)
    }

    /// Nothing but what is named; the runtime adds what every container has.
    private var deviceRules: [JSONNode] {
        if request.isPrivileged { return [["allow": .bool(true), "access": .string("rwm")]] }
        var rules: [JSONNode] = [["allow": .bool(false), "access": .string("rwm")]]
        for device in premises.devices {
            rules.append(
                Configuration.rule(device.kind, Int64(device.major), Int64(device.minor), device.access))
        }
        return rules
            + request.deviceRules.map { Configuration.rule($0.kind, $0.major, $0.minor, $0.access) }
    }

    private static func rule(_ kind: UInt8, _ major: Int64?, _ minor: Int64?, _ access: String) -> JSONNode {
        var members: [JSONNode.Member] = [
            .init("allow", .bool(true)), .init("type", .string(String(decoding: [kind], as: UTF8.self))),
        ]
        if let major { members.append(.init("major", .int(major))) }
        if let minor { members.append(.init("minor", .int(minor))) }
        members.append(.init("access", .string(access)))
        return .object(members)
    }

    private func memory() -> JSONNode? {
        guard let memory = request.resources.limits.memory else { return nil }
        var members: [JSONNode.Member] = []
        func add(_ key: String, _ value: Int64?) {
            if let value { members.append(.init(key, .int(value))) }
        }
        add("limit", memory.limit)
        add("reservation", memory.reservation)
        add("swap", memory.swap ?? standardSwap(memory.limit))
        add("swappiness", memory.swappiness.map { Int64($0) })
        if let disabled = memory.disableOOMKiller {
            members.append(.init("disableOOMKiller", .bool(disabled)))
        }
        return members.isEmpty ? nil : .object(members)
    }

    /// As much swap as memory, as docker and podman have it: the number is that of both together.
    private func standardSwap(_ limit: Int64?) -> Int64? {
        guard let limit, limit > 0, premises.limitsSwap else { return nil }
        return limit > Int64.max / 2 ? -1 : limit * 2
    }

    private func cpu() -> JSONNode? {
        var cpu = request.resources.limits.cpu ?? Resources.CPU()
        if let billionths = request.resources.nanoCPUs {
            cpu.period = 100_000
            cpu.quota = max(billionths / 10_000, 1000)
        }
        var members: [JSONNode.Member] = []
        func add(_ key: String, _ value: JSONNode?) {
            if let value { members.append(.init(key, value)) }
        }
        add("shares", cpu.shares.map { .uint($0) })
        add("quota", cpu.quota.map { .int($0) })
        add("period", cpu.period.map { .uint($0) })
        add("realtimeRuntime", cpu.realtimeRuntime.map { .int($0) })
        add("realtimePeriod", cpu.realtimePeriod.map { .uint($0) })
        add("cpus", cpu.cpus.map { .string($0) })
        add("mems", cpu.mems.map { .string($0) })
        return members.isEmpty ? nil : .object(members)
    }

    private func blockIO() throws(UsageError) -> JSONNode? {
        let asked = request.resources
        var members: [JSONNode.Member] = []
        if let weight = asked.limits.blockIO?.weight { members.append(.init("weight", .int(Int64(weight)))) }
        let lists: [(key: String, value: String, amounts: [DeviceAmount])] = [
            ("weightDevice", "weight", asked.weights),
            ("throttleReadBpsDevice", "rate", asked.readBytes),
            ("throttleWriteBpsDevice", "rate", asked.writeBytes),
            ("throttleReadIOPSDevice", "rate", asked.readOperations),
            ("throttleWriteIOPSDevice", "rate", asked.writeOperations),
        ]
        for list in lists where !list.amounts.isEmpty {
            let nodes = try list.amounts.map { amount throws(UsageError) in
                guard let device = premises.blockDevices[amount.path] else {
                    throw Configuration.impossible("\(amount.path) is not a block device of the host's")
                }
                return JSONNode.object([
                    .init("major", .int(device.major)), .init("minor", .int(device.minor)),
                    .init(list.value, .uint(amount.amount)),
                ])
            }
            members.append(.init(list.key, .array(nodes)))
        }
        return members.isEmpty ? nil : .object(members)
    }
}
