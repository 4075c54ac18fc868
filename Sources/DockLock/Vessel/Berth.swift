import Glibc
import JSON
import Kernel
import Request

/// What a container needs to know of the vPod that it is made in: a part of `vpod.json`, which
/// `docklock vpod` writes.
struct Berth {
    /// The label that says which vPod a container is in.
    static let label = "io.docklock.vpod"

    var id: String
    var name: String
    /// The container that holds the namespaces.
    var infra: String
    var sharesPids: Bool
    var isOnHostNetwork: Bool
    /// The cgroup in which all containers have theirs.
    var envelope: String
    /// The directory of /dev/shm that they share; it is there while the vPod runs.
    var sharedMemory: String

    init(decoding bytes: [UInt8]) throws {
        let json = try JSON.parse(bytes, limits: .init(depth: 32, bytes: 4 << 20))
        func text(_ key: String) throws -> String {
            guard let value = json[key: key]?.string else {
                throw VesselError("vpod.json: \(key): is not a string")
            }
            return value
        }
        guard json["version"]?.int == 1 else { throw VesselError("vpod.json: version: is not 1") }
        id = try text("id")
        name = try text("name")
        infra = try text("infra")
        envelope = try text("envelope")
        sharedMemory = try text("sharedMemory")
        sharesPids = json["sharesPids"]?.bool == true
        isOnHostNetwork = json["hostNetwork"]?.bool == true
        guard !infra.isEmpty else { throw VesselError("vPod \(name) was never finished: remove it") }
    }

    /// A request for a container in this vPod: what belongs to the vPod cannot be the container's.
    func taking(_ asked: ContainerRequest) throws -> ContainerRequest {
        func refuse(_ flag: String, _ isGiven: Bool) throws {
            if isGiven { throw VesselError("\(flag): with --pod this is a matter of the vPod \(name)") }
        }
        try refuse("--network", !asked.networks.isEmpty)
        try refuse("--publish", !asked.ports.isEmpty || asked.publishesAll)
        try refuse("--hostname", asked.hostname != nil)
        try refuse("--dns", !(asked.dns + asked.dnsSearch + asked.dnsOptions).isEmpty)
        try refuse("--ipc", asked.namespaces.ipc != .own)
        try refuse("--uts", asked.namespaces.uts != .own)
        try refuse("--pid", sharesPids && asked.namespaces.pid != .own)
        try refuse("--shm-size", asked.sharedMemory != nil)
        try refuse("--cgroup-parent", asked.resources.cgroupParent != nil)
        var request = asked
        request.networks = [NetworkRequest(isOnHostNetwork ? .host : .container(infra))]
        request.namespaces.ipc = .container(infra)
        request.namespaces.uts = .container(infra)
        if sharesPids { request.namespaces.pid = .container(infra) }
        request.resources.cgroupParent = envelope
        request.labels.removeAll { $0.name == Berth.label }
        request.labels.append(Setting(Berth.label, id))
        return request
    }
}

extension Vessels {
    /// The vPod of a name, an id, or the unique beginning of one.
    func berth(_ name: String) throws -> Berth {
        let folder = places.data + "/vpods"
        guard !name.isEmpty, !name.utf8.contains(0x2F), name != ".", name != ".." else {
            throw VesselError("no such vPod: \(name)")
        }
        var id = try? Files.link(folder + "/names/" + name)
        if id == nil {
            let found = ((try? Files.list(folder)) ?? []).filter {
                $0.utf8.count == 64 && $0.hasPrefix(name)
            }
            if found.count > 1 { throw VesselError("several vPods have ids that begin with \(name)") }
            id = found.first
        }
        guard let id, let bytes = try? Files.read(folder + "/" + id + "/vpod.json", limit: 4 << 20) else {
            throw VesselError("no such vPod: \(name)")
        }
        return try Berth(decoding: bytes)
    }

    /// Has the vPod of a container that is about to start made ready, where it is not.
    func wake(_ vessel: Vessel) throws {
        guard let id = vessel.record.labels.first(where: { $0.name == Berth.label })?.value,
            let berth = try? self.berth(id), berth.infra != vessel.record.id,
            let infra = try load(berth.infra), !infra.isRunning
        else { return }
        let words = [
            "docklock", "--data-root", places.data, "--root", places.stateRoot, "vpod", "start", "--infra",
            id,
        ]
        guard try Processes.run("/proc/self/exe", words, env: []) == 0 else {
            throw VesselError("vPod \(berth.name) does not run: start it (docklock vpod start \(berth.name))")
        }
    }
}
