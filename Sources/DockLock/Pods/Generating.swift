import Kernel
import Pod
import Upkeep

extension Vpods {
    /// `generate`: the unit that starts a vPod at boot, looks after it and ends it. Where containers have
    /// health checks, the unit counts as started once they pass.
    public func unit(of record: PodRecord) throws -> PodUnit {
        let hasChecks = try engine.members(of: record.id).contains { try keeping(of: $0.id).health != nil }
        return PodUnit(
            name: record.name, id: record.id, program: engine.program, places: engine.places,
            pidFile: pidFile(of: record.id), folders: [data], restart: record.request.restart,
            stopTimeout: record.request.stopTimeout, healthTimeout: hasChecks ? 120 : nil)
    }

    /// What the keeper of a container goes by.
    func keeping(of id: String) throws -> Keeping {
        let file = data + "/containers/" + id + "/keeping.json"
        return try Keeping(decoding: try Files.read(file, limit: 1 << 20))
    }
}
