import Format
import Glibc
import JSON
import Kernel
import Pod

extension Vpods {
    /// `ps`: a row for each vPod.
    public func rows(isShort: Bool) throws -> [JSONNode] {
        try all().map { record in
            let members = try engine.members(of: record.id)
            return [
                "ID": .string(isShort ? String(record.id.prefix(12)) : record.id),
                "Name": .string(record.name), "Status": .string(Vpods.status(members)),
                "Created": .string(Vpods.age(record.created)), "CreatedAt": .string(record.created),
                "InfraID": .string(isShort ? String(record.infra.prefix(12)) : record.infra),
                "Containers": .int(Int64(members.count)),
                "ContainerNames": .string(members.map(\.name).joined(separator: ",")),
                "Labels": .string(
                    record.request.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")),
                "Key": .string((try? publicKey(of: record)) ?? ""),
            ]
        }
    }

    public static let columns = [
        (field: "ID", heading: "VPOD ID"), ("Name", "NAME"), ("Status", "STATUS"), ("Created", "CREATED"),
        ("InfraID", "INFRA ID"), ("Containers", "# OF CONTAINERS"),
    ]

    /// Created, Running, Degraded where a part does not run that should, or Exited.
    static func status(_ members: [Engine.Member]) -> String {
        guard let infra = members.first(where: { $0.role == .infra }) else { return "Created" }
        let others = members.filter { $0.role == .main || $0.role == .sidecar }
        let running = others.filter(\.isRunning)
        if infra.isRunning { return running.count == others.count ? "Running" : "Degraded" }
        if !running.isEmpty { return "Degraded" }
        return infra.state == "created" ? "Created" : "Exited"
    }

    private static func age(_ time: String) -> String {
        guard let moment = Format.Moment(time) else { return "" }
        return Units.ago(moment.seconds, now: Host.now().seconds)
    }

    func publicKey(of record: PodRecord) throws -> String {
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        return try key(of: record.id).publicKey.description
    }

    /// `inspect`: all that is known of one.
    public func describe(_ record: PodRecord) throws -> JSONNode {
        let members = try engine.members(of: record.id)
        let request = record.request
        var shared = ["ipc", "uts"]
        if !request.usesHostNetwork { shared.insert("net", at: 0) }
        if request.sharesPids { shared.append("pid") }
        var events: [JSONNode] = []
        for line in try Files.text(folder(of: record.id) + "/events.jsonl").split(separator: "\n") {
            events.append(JSONNode(try JSON.parse(Array(line.utf8))))
        }
        return [
            "Id": .string(record.id), "Name": .string(record.name), "Created": .string(record.created),
            "State": .string(Vpods.status(members)), "Key": .string(try publicKey(of: record)),
            "Hostname": .string(request.hostname ?? record.name),
            "Labels": .object(request.labels.map { .init($0.name, .string($0.value)) }),
            "Annotations": .object(request.annotations.map { .init($0.name, .string($0.value)) }),
            "InfraContainerID": .string(record.infra), "SharedNamespaces": .strings(shared),
            "CgroupPath": .string(record.envelope), "Resources": request.resources.node,
            "ShmSize": .int(request.sharedMemorySize),
            "RestartPolicy": .string(request.restart.rawValue),
            "StopTimeout": .int(Int64(request.stopTimeout)),
            "Ports": .strings(request.ports), "Networks": .strings(request.networks),
            "Volumes": .strings(record.volumes.map(\.name)),
            "NumContainers": .int(Int64(members.count)),
            "Containers": .array(
                members.map {
                    [
                        "Id": .string($0.id), "Name": .string($0.name), "Image": .string($0.image),
                        "Role": .string($0.role.rawValue), "State": .string($0.state),
                        "Status": .string($0.status),
                        "Ready": .bool($0.isRunning && $0.checks.allSatisfy { $0 == "healthy" }),
                    ]
                }),
            "Events": .array(events),
        ]
    }

    /// `logs`: what the containers have written, each line behind its container's name; of one alone without.
    /// - Parameter flags: those of `docklock logs`.
    public func logs(_ record: PodRecord, container: String?, flags: [String], follows: Bool) throws -> Int32
    {
        var members = try engine.members(of: record.id).filter { $0.role != .infra }
        if let container {
            members = members.filter { $0.name == container || $0.name == record.name + "-" + container }
            guard !members.isEmpty else {
                throw VpodError("vPod \(record.name) has no container \(container)", status: 1)
            }
        }
        let words = ["logs"] + flags + (container == nil ? ["--names"] : [])
        var pids: [Int32] = []
        var status: Int32 = 0
        for member in members {
            let pid = try engine.start(words + [member.id])
            if follows { pids.append(pid) } else { status = max(status, try Processes.collect(pid)) }
        }
        for pid in pids { status = max(status, try Processes.collect(pid)) }
        return status
    }

    /// `stats` of the containers of some vPods, of all that there are where none is named.
    /// - Parameter flags: those of `docklock stats`.
    public func stats(_ records: [PodRecord], flags: [String]) throws -> Int32 {
        let ids = try records.flatMap { try engine.members(of: $0.id).filter(\.isRunning).map(\.id) }
        guard !ids.isEmpty else { throw VpodError("no container of a vPod runs", status: 1) }
        return try Processes.collect(try engine.start(["stats"] + flags + ids))
    }
}
