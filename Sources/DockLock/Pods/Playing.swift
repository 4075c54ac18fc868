import Glibc
import JSON
import Kernel
import Kube
import Pod
import Upkeep
import Verbs
import YAML

/// How documents of Kubernetes' are played.
public struct PlayOptions: Sendable {
    /// Values of `--network` in place of the default one.
    public var networks: [String] = []
    public var replaces = false
    public var starts = true
    /// Further documents: ConfigMaps and Secrets.
    public var configurations: [[UInt8]] = []

    public init() {}
}

extension Vpods {
    /// What documents ask for.
    /// - Parameter files: YAML, or JSON; the first with the vPods.
    public func plan(_ files: [[UInt8]]) throws -> KubePlan {
        var documents: [JSONNode] = []
        do throws(YAMLError) {
            for file in files { documents += try YAML.documents(file) }
        } catch {
            throw VpodError(error.description)
        }
        let host = KubeHost(
            name: try Files.text("/proc/sys/kernel/hostname").trimmed,
            processors: max(1, Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            memory: Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE))))
        do throws(KubeError) {
            return try Kube.plan(documents, host: host)
        } catch {
            throw VpodError(error.description)
        }
    }

    /// `play`: makes what a file asks for, and starts it. A vPod of which a part cannot be made is not made.
    /// - Parameter tell: gets the id of each vPod, and of what was passed over a line.
    public func play(
        _ file: [UInt8], _ options: PlayOptions, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws {
        let plan = try plan([file] + options.configurations)
        for note in plan.notes { complain(note) }
        for claim in plan.claims where !Files.exists(data + "/volumes/" + claim) {
            try engine.require(["volume", "create", claim], "volume \(claim)")
        }
        for pod in plan.pods {
            if options.replaces, let old = try? find(pod.name) { try remove(old, force: true) }
            let record = try make(pod, options)
            try tell(record.id)
            if options.starts { try start(record) }
        }
    }

    /// `play --down`: removes the vPods that a file asks for.
    /// - Parameter force: with the volumes of its claims.
    public func down(
        _ file: [UInt8], force: Bool, configurations: [[UInt8]], tell: (String) throws -> Void
    ) throws {
        let plan = try plan([file] + configurations)
        for pod in plan.pods {
            guard let record = try? find(pod.name) else { continue }
            try remove(record, force: true, timeout: record.request.stopTimeout)
            try tell(record.id)
        }
        guard force else { return }
        for claim in plan.claims { try engine.require(["volume", "rm", "-f", claim], "volume \(claim)") }
    }

    private func make(_ pod: PlannedPod, _ options: PlayOptions) throws -> PodRecord {
        var request = pod.request
        if !options.networks.isEmpty, !request.usesHostNetwork { request.networks = options.networks }
        for path in pod.hostPaths { try HostPath(path).prepare() }
        var record = try create(request, name: pod.name, volumes: pod.volumes)
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        do {
            for file in pod.files { try write(file, record) }
            var containers: [(words: [String], plan: PlannedContainer)] = []
            for container in pod.containers {
                containers.append((try words(for: container, pod, &record), container))
            }
            try save(record)
            for container in containers { try make(container.plan, container.words, record) }
        } catch {
            try? discard(record)
            throw error
        }
        return record
    }

    private func write(_ file: PlannedFile, _ record: PodRecord) throws {
        let volume = PodVolume(name: file.volume, kind: .directory)
        let path = directory(of: volume, record.id) + "/" + file.path
        if let slash = path.lastIndex(of: "/") { try Files.makeDirectories(String(path[..<slash])) }
        let group = record.volumes.first { $0.name == file.volume }?.group
        // Who is in the group may read what the owner may.
        let mode = group == nil ? file.mode : file.mode | (file.mode & 0o400) >> 3
        let made = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        try made.write(file.content, name: path)
        guard group.map({ fchown(made.number, 0, $0) == 0 }) ?? true, fchmod(made.number, mode) == 0 else {
            throw SystemError("chmod", errno, path)
        }
    }

    /// The words of `docklock create`. Parts of volumes that are mounted alone are added to the record.
    private func words(
        for container: PlannedContainer, _ pod: PlannedPod, _ record: inout PodRecord
    ) throws -> [String] {
        var words = ["create", "--pod", record.id, "--name", record.name + "-" + container.name]
        words += ["--label", PodRecord.roleLabel + "=" + container.role.rawValue]
        for label in record.request.labels { words += ["--label", "\(label.name)=\(label.value)"] }
        for note in record.request.annotations { words += ["--annotation", "\(note.name)=\(note.value)"] }
        words += container.flags
        if container.liveness != nil || container.readiness != nil { words.append("--no-healthcheck") }
        for mount in container.mounts {
            words += ["--mount", try text(of: mount, pod, &record)]
        }
        return words + [container.image] + container.command
    }

    private func text(
        of mount: PlannedMount, _ pod: PlannedPod, _ record: inout PodRecord
    ) throws -> String {
        let root: String
        switch mount.source {
        case .own(let name):
            guard let volume = record.volumes.first(where: { $0.name == name }) else {
                throw VpodError("there is no volume \(name)")
            }
            root = directory(of: volume, record.id)
        case .host(let name): root = pod.hostPaths.first { $0.volume == name }?.path ?? "/"
        case .claim(let name):
            root = data + "/volumes/" + name + "/_data"
            if !Files.exists(root) { try engine.require(["volume", "create", name], "volume \(name)") }
        }
        var source = root
        if !mount.subPath.isEmpty {
            let part = PodPart(root: root, path: mount.subPath, name: "\(record.parts.count)")
            record.parts.append(part)
            source = place(of: record.id) + "/parts/" + part.name
        }
        var fields = ["type=bind", "source=" + source, "target=" + mount.destination]
        fields.append("bind-propagation=" + mount.propagation)
        if mount.isReadOnly { fields.append("readonly") }
        return fields.map(Vpods.quoted).joined(separator: ",")
    }

    /// A field of one line of CSV (RFC 4180).
    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 }) else { return field }
        return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            + "\""
    }

    private func make(_ plan: PlannedContainer, _ words: [String], _ record: PodRecord) throws {
        let id = try engine.create(words, "container \(plan.name)")
        let folder = data + "/containers/" + id
        if plan.mustNotBeRoot {
            let bundle = try JSON.parse(try Files.read(folder + "/config.json", limit: 16 << 20))
            guard bundle["process"]?["user"]?["uid"]?.int ?? 0 != 0 else {
                throw VpodError("container \(plan.name): runAsNonRoot is set, and its image's user is root")
            }
        }
        var keeping = try keeping(of: id)
        let action: HealthCheck.Action = keeping.restart.kind == .no ? .stop : .restart
        let main = plan.liveness ?? plan.readiness
        if let main { keeping.health = HealthCheck(main, plan.liveness == nil ? .none : action) }
        if plan.liveness != nil, let check = plan.readiness { keeping.readiness = HealthCheck(check, .none) }
        if let check = plan.startup { keeping.startup = HealthCheck(check, action) }
        guard main != nil || plan.startup != nil else { return }
        try Files.replace(folder + "/keeping.json", with: keeping.node.encoded())
    }
}

extension HealthCheck {
    /// A check of Kubernetes', in the keeper's words.
    init(_ probe: PlannedProbe, _ action: Action) {
        switch probe.look {
        case .command(let words): self.init(command: words)
        case .tcp(let host, let port):
            self.init(command: [host, "\(port)"])
            kind = .tcp
        case .http(let host, let port, let path, let lines):
            self.init(command: [host, "\(port)", path] + lines)
            kind = .http
        }
        let second: Int64 = 1_000_000_000
        (delay, interval, timeout) = (probe.delay * second, probe.period * second, probe.timeout * second)
        (retries, successes) = (probe.failures, probe.successes)
        self.action = action
    }
}

/// What a `hostPath` needs on the host.
private struct HostPath {
    let planned: PlannedHostPath

    init(_ planned: PlannedHostPath) { self.planned = planned }

    func prepare() throws {
        let path = planned.path
        if !Files.exists(path) {
            switch planned.type {
            case "DirectoryOrCreate": try Files.makeDirectories(path)
            case "FileOrCreate": _ = try Descriptor.open(path, O_WRONLY | O_CREAT, mode: 0o644)
            default:
                throw VpodError(
                    "hostPath \(path): there is no such \(planned.type.isEmpty ? "path" : planned.type)")
            }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError("stat", errno, path) }
        let kinds: [String: mode_t] = [
            "Directory": S_IFDIR, "DirectoryOrCreate": S_IFDIR, "File": S_IFREG, "FileOrCreate": S_IFREG,
            "Socket": S_IFSOCK, "CharDevice": S_IFCHR, "BlockDevice": S_IFBLK,
        ]
        if let kind = kinds[planned.type], status.st_mode & S_IFMT != kind {
            throw VpodError("hostPath \(path): is no \(planned.type)")
        }
    }
}
