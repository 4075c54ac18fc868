import JSON
import Keeper
import Kernel
import OCI
import Request
import Upkeep
import Verbs

extension Vessels {
    /// `update`: new limits and another restart policy, for now and for every later start.
    public func update(
        _ containers: [String], _ asked: ResourceRequest, _ policy: Request.RestartPolicy?,
        tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        guard asked.blockDevices.isEmpty else {
            throw VesselError("update: limits of single devices are set when a container is made")
        }
        var limits = asked.limits
        if let billionths = asked.nanoCPUs {
            var cpu = limits.cpu ?? Resources.CPU()
            cpu.period = 100_000
            cpu.quota = max(billionths / 10_000, 1000)
            limits.cpu = cpu
        }
        let (lines, status) = try each(containers, all: false, ignoresMissing: false, complain: complain) {
            vessel in
            if limits != Resources() { try change(vessel, limits) }
            if let policy { try change(vessel, policy.kept) }
            return vessel.record.id
        }
        for line in lines { try tell(line) }
        return status
    }

    private func change(_ vessel: Vessel, _ limits: Resources) throws {
        if vessel.isRunning {
            var options = UpdateOptions()
            options.id = vessel.record.id
            options.resources = limits
            try dock.update(options)
        }
        let path = vessel.folder + "/config.json"
        var bundle = JSONNode(try JSON.parse(try Files.read(path, limit: 16 << 20)))
        for (keys, value) in Vessels.members(limits) {
            bundle = bundle.setting(["linux", "resources"] + keys, value)
        }
        try Files.replace(path, with: bundle.encoded())
    }

    private func change(_ vessel: Vessel, _ policy: Upkeep.RestartPolicy) throws {
        var keeping = try Keeper.keeping(of: vessel.folder)
        guard !keeping.removes || policy.kind == .no else {
            throw VesselError("container \(vessel.record.name) is removed at its end: it can't be restarted")
        }
        if vessel.isAlive { try Client(keeping.socket).ask(.policy(policy)) }
        keeping.restart = policy
        try Files.replace(vessel.folder + "/keeping.json", with: keeping.node.encoded())
    }

    /// What is set of limits: the members of `linux.resources`.
    static func members(_ limits: Resources) -> [([String], JSONNode)] {
        var found: [([String], JSONNode)] = []
        func add(_ keys: String..., value: JSONNode?) {
            if let value { found.append((keys, value)) }
        }
        let (memory, cpu) = (limits.memory, limits.cpu)
        add("memory", "limit", value: memory?.limit.map { .int($0) })
        add("memory", "reservation", value: memory?.reservation.map { .int($0) })
        add("memory", "swap", value: memory?.swap.map { .int($0) })
        add("memory", "swappiness", value: memory?.swappiness.map { .uint($0) })
        add("memory", "disableOOMKiller", value: memory?.disableOOMKiller.map { .bool($0) })
        add("cpu", "shares", value: cpu?.shares.map { .uint($0) })
        add("cpu", "quota", value: cpu?.quota.map { .int($0) })
        add("cpu", "period", value: cpu?.period.map { .uint($0) })
        add("cpu", "realtimeRuntime", value: cpu?.realtimeRuntime.map { .int($0) })
        add("cpu", "realtimePeriod", value: cpu?.realtimePeriod.map { .uint($0) })
        add("cpu", "cpus", value: cpu?.cpus.map { .string($0) })
        add("cpu", "mems", value: cpu?.mems.map { .string($0) })
        add("pids", "limit", value: limits.pidsLimit.map { .int($0) })
        add("blockIO", "weight", value: limits.blockIO?.weight.map { .uint(UInt64($0)) })
        return found
    }
}

extension JSONNode {
    /// With a member set, below objects that are made where there are none.
    func setting(_ keys: [String], _ value: JSONNode) -> JSONNode {
        guard let key = keys.first else { return value }
        var members: [Member] = []
        if case .object(let own) = self { members = own }
        let rest = Array(keys.dropFirst())
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = members[index].value.setting(rest, value)
        } else {
            members.append(Member(key, JSONNode.object([]).setting(rest, value)))
        }
        return .object(members)
    }
}
