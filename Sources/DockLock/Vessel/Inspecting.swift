import Addressing
import Format
import Glibc
import JSON
import Keeper
import Kernel
import Request
import Upkeep
import Wiring

extension Vessels {
    /// `inspect` of containers, volumes and networks, in docker's shape: an array, or what the format makes
    /// of each.
    public func inspect(_ request: LookRequest) throws -> String {
        try shown(try request.subjects.map { try described($0, request.type) }, request.format)
    }

    /// Whether `inspect` of these is this program's matter, not that of the images' program: one of another
    /// type, or a name that is a container's, a volume's or a network's.
    public func shows(_ request: LookRequest) -> Bool {
        if let type = request.type { return type != "image" }
        return request.subjects.contains { has($0) || hasVolume($0) || hasNetwork($0) }
    }

    private func hasNetwork(_ name: String) -> Bool {
        (try? wiring.networks().contains { $0.name == name }) == true
    }

    private func described(_ name: String, _ type: String?) throws -> JSONNode {
        if type == "container" || type == nil && has(name) { return try node(of: find(name)) }
        if type == "volume" || type == nil && hasVolume(name) { return try node(ofVolume: name) }
        if type == "network" || type == nil && hasNetwork(name) { return try node(ofNetwork: name) }
        throw VesselError("no such \(type ?? "object"): \(name)", status: 1)
    }

    /// A list of objects as `inspect` prints it.
    func shown(_ nodes: [JSONNode], _ format: String?) throws -> String {
        guard let format, format != "json" else {
            let bytes = JSONNode.array(nodes).encoded(pretty: format == nil)
            return String(decoding: bytes, as: UTF8.self) + "\n"
        }
        return try GoTemplate(format).lines(for: nodes, headings: [])
    }

    /// Prints what is known of those that are there, also where others are not. The exit status.
    func inspect(
        _ names: [String], _ format: String?, _ tell: (String) throws -> Void, _ complain: (String) -> Void,
        find: (String) throws -> JSONNode
    ) throws -> Int32 {
        var nodes: [JSONNode] = []
        for name in names {
            do {
                nodes.append(try find(name))
            } catch {
                complain("\(error)")
            }
        }
        if format == nil || !nodes.isEmpty { try tell(String(try shown(nodes, format).dropLast())) }
        return nodes.count == names.count ? 0 : 1
    }

    /// All that is known of a container.
    func node(of vessel: Vessel) throws -> JSONNode {
        let record = vessel.record
        let folder = vessel.folder
        let keeping = try Keeper.keeping(of: folder)
        let bundle = try JSON.parse(try Files.read(folder + "/config.json", limit: 16 << 20))
        let words = bundle["process"]?["args"]?.elements.compactMap(\.string) ?? record.command
        return [
            "Id": .string(record.id), "Created": .string(record.created),
            "Path": .string(words.first ?? ""), "Args": .strings(Array(words.dropFirst())),
            "State": state(of: vessel), "Image": .string(record.image),
            "ResolvConfPath": .string(folder + "/resolv.conf"),
            "HostnamePath": .string(folder + "/hostname"), "HostsPath": .string(folder + "/hosts"),
            "LogPath": .string(keeping.log.driver == .none ? "" : keeping.log.path),
            "Name": .string("/" + record.name), "RestartCount": .int(vessel.state?.restarts ?? 0),
            "Driver": .string("overlay"), "Platform": .string("linux"),
            "HostConfig": hostConfig(record, keeping, bundle),
            "GraphDriver": [
                "Name": .string("overlay"),
                "Data": [
                    "LowerDir": .string(
                        record.layers.map { images.layers + "/" + $0 }.joined(separator: ":")),
                    "UpperDir": .string(folder + "/upper"), "WorkDir": .string(folder + "/work"),
                ],
            ],
            "Mounts": mounts(bundle, folder), "Config": config(record, keeping, bundle, words),
            "NetworkSettings": try networkSettings(vessel),
        ]
    }

    private func state(of vessel: Vessel) -> JSONNode {
        let state = vessel.state
        let isPaused = vessel.isRunning && (try? dock.isPaused(vessel.record.id)) == true
        var members: [JSONNode.Member] = [
            .init("Status", .string(isPaused ? "paused" : vessel.condition)),
            .init("Running", .bool(vessel.isRunning)), .init("Paused", .bool(isPaused)),
            .init("Restarting", .bool(state?.status == .restarting)),
            .init("OOMKilled", .bool(state?.isOOMKilled ?? false)), .init("Dead", .bool(false)),
            .init("Pid", .int(Int64(state?.pid ?? 0))), .init("ExitCode", .int(Int64(vessel.status))),
            .init("Error", .string(state?.error ?? "")),
            .init("StartedAt", .string(state?.started?.text ?? Vessels.never)),
            .init("FinishedAt", .string(state?.finished?.text ?? Vessels.never)),
        ]
        if let health = state?.health { members.append(.init("Health", health)) }
        return .object(members)
    }

    /// Go's zero time, which docker shows for what has not happened.
    private static let never = "0001-01-01T00:00:00Z"

    private func config(
        _ record: VesselRecord, _ keeping: Keeping, _ bundle: JSON, _ words: [String]
    ) -> JSONNode {
        let process = bundle["process"]
        let user = process?["user"]
        let owner = "\(user?["uid"]?.int ?? 0):\(user?["gid"]?.int ?? 0)"
        return [
            "Hostname": .string(record.hostname), "User": .string(owner == "0:0" ? "" : owner),
            "Tty": .bool(keeping.tty), "OpenStdin": .bool(keeping.openStdin),
            "StdinOnce": .bool(keeping.stdinOnce),
            "Env": .strings(process?["env"]?.elements.compactMap(\.string) ?? []),
            // What the image and the command line made together.
            "Cmd": .strings(words), "Image": .string(record.imageName),
            "WorkingDir": .string(process?["cwd"]?.string ?? ""), "Entrypoint": .null,
            "Labels": .object(record.labels.map { .init($0.name, .string($0.value)) }),
            "StopSignal": .int(Int64(keeping.stopSignal)), "StopTimeout": .int(keeping.stopTimeout),
        ]
    }

    private func hostConfig(
        _ record: VesselRecord, _ keeping: Keeping, _ bundle: JSON
    ) -> JSONNode {
        let resources = bundle["linux"]?["resources"]
        let (memory, cpu) = (resources?["memory"], resources?["cpu"])
        let policy = keeping.restart
        let quota = cpu?["quota"]?.int ?? 0
        let period = cpu?["period"]?.int ?? 0
        var bindings: [JSONNode.Member] = []
        for port in (try? record.ports.flatMap { try Publication.parse($0) }) ?? [] {
            let leading: JSONNode = [
                "HostIp": .string(port.hostAddress?.description ?? ""),
                "HostPort": .string(port.hostPort.map { String($0) } ?? ""),
            ]
            bindings.append(.init("\(port.port)/\(port.transport.rawValue)", .array([leading])))
        }
        return [
            "NetworkMode": .string(networkMode(record, bundle)), "PortBindings": .object(bindings.grouped),
            "RestartPolicy": [
                "Name": .string(policy.kind.rawValue), "MaximumRetryCount": .int(policy.most),
            ],
            "AutoRemove": .bool(keeping.removes),
            "LogConfig": ["Type": .string(keeping.log.driver.rawValue)],
            "ReadonlyRootfs": .bool(bundle["root"]?["readonly"]?.bool ?? false),
            "Dns": .strings(record.dns), "DnsOptions": .strings(record.dnsOptions),
            "DnsSearch": .strings(record.dnsSearch),
            "ExtraHosts": .strings(record.hosts.map { "\($0.name):\($0.address)" }),
            "Memory": .int(memory?["limit"]?.int ?? 0),
            "MemoryReservation": .int(memory?["reservation"]?.int ?? 0),
            "MemorySwap": .int(memory?["swap"]?.int ?? 0),
            "CpuShares": .int(cpu?["shares"]?.int ?? 0), "CpuPeriod": .int(period), "CpuQuota": .int(quota),
            "NanoCpus": .int(period > 0 && quota > 0 ? quota * 10_000 * 100_000 / period : 0),
            "CpusetCpus": .string(cpu?["cpus"]?.string ?? ""),
            "CpusetMems": .string(cpu?["mems"]?.string ?? ""),
            "PidsLimit": .int(resources?["pids"]?["limit"]?.int ?? 0), "Runtime": .string("docklock"),
        ]
    }

    private func networkMode(_ record: VesselRecord, _ bundle: JSON) -> String {
        if let first = record.networks.first { return first.name.isEmpty ? "bridge" : first.name }
        let spaces = bundle["linux"]?["namespaces"]?.elements.first { $0["type"]?.string == "network" }
        guard let spaces else { return "host" }
        return spaces["path"]?.string.map { "ns:" + $0 } ?? "none"
    }

    /// Binds and volumes that were asked for; neither the kernel's filesystems nor the container's own files.
    private func mounts(_ bundle: JSON, _ folder: String) -> JSONNode {
        var found: [JSONNode] = []
        for mount in bundle["mounts"]?.elements.map({ $0 }) ?? [] {
            let options = mount["options"]?.elements.compactMap(\.string) ?? []
            guard options.contains("bind") || options.contains("rbind"),
                let source = mount["source"]?.string, !source.hasPrefix(folder + "/")
            else { continue }
            var members: [JSONNode.Member] = [.init("Type", .string("bind"))]
            if let name = volume(of: source) {
                members = [
                    .init("Type", .string("volume")), .init("Name", .string(name)),
                    .init("Driver", .string("local")),
                ]
            }
            members += [
                .init("Source", .string(source)),
                .init("Destination", .string(mount["destination"]?.string ?? "")),
                .init("Mode", .string(options.joined(separator: ","))),
                .init("RW", .bool(!options.contains("ro"))),
                .init(
                    "Propagation",
                    .string(
                        options.first {
                            ["rprivate", "private", "rshared", "shared", "rslave", "slave"].contains($0)
                        } ?? "")),
            ]
            found.append(.object(members))
        }
        return .array(found)
    }
}

extension [JSONNode.Member] {
    /// Members of one key as one, their arrays joined.
    var grouped: [JSONNode.Member] {
        var found: [JSONNode.Member] = []
        for member in self {
            guard let index = found.firstIndex(where: { $0.key == member.key }),
                case .array(let before) = found[index].value, case .array(let more) = member.value
            else {
                found.append(member)
                continue
            }
            found[index].value = .array(before + more)
        }
        return found
    }
}
