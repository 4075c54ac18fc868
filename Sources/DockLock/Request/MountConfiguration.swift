import JSON
import OCI
import Verbs

extension Configuration {
    /// The filesystems that every container has, then files of its own, then what was asked for, parents
    /// before what lies in them.
    func mounts() throws(UsageError) -> [JSONNode] {
        var own = try request.mounts.map { mount throws(UsageError) in try asked(mount) }
        let targets = Set(own.map(\.destination))
        if request.isReadOnly, request.hasScratch {
            own += ["/run", "/tmp", "/var/tmp"].filter { !targets.contains($0) }.map {
                Entry($0, "tmpfs", "tmpfs", ["rprivate", "rw", "nosuid", "nodev", "tmpcopyup"])
            }
        }
        let depth = { (entry: Entry) in entry.destination.utf8.count { $0 == slash } }
        let sorted = own.enumerated().sorted {
            (depth($0.element), $0.offset) < (depth($1.element), $1.offset)
        }
        let standard = (kernelMounts + fileMounts).filter { !targets.contains($0.destination) }
        return (rootMounts + standard + sorted.map(\.element)).map(\.node)
    }

    /// The root itself, which the runtime lays over `root.path`.
    private var rootMounts: [Entry] {
        guard let layers = premises.layers else { return [] }
        let lower = layers.names.reduce("") { $0.isEmpty ? $1 : $0 + ":" + $1 }
        return [
            Entry(
                "/", "overlay", layers.folder,
                ["lowerdir=" + lower, "upperdir=" + layers.upper, "workdir=" + layers.work])
        ]
    }

    /// One mount of the configuration.
    struct Entry {
        var destination: String
        var type: String
        var source: String
        var options: [String]

        init(_ destination: String, _ type: String, _ source: String, _ options: [String]) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
        }

        var node: JSONNode {
            [
                "destination": .string(destination), "type": .string(type), "source": .string(source),
                "options": .strings(options),
            ]
        }
    }

    private var kernelMounts: [Entry] {
        let quiet = ["nosuid", "noexec", "nodev"]
        let write = request.isPrivileged ? "rw" : "ro"
        let chosen = request.namespaces
        var entries: [Entry] = []
        // A filesystem that shows a namespace can only be mounted by who owns that namespace.
        if isMapped, chosen.pid != .own {
            entries.append(Entry("/proc", "bind", "/proc", ["rbind"] + quiet))
        } else {
            entries.append(Entry("/proc", "proc", "proc", quiet))
        }
        entries.append(
            Entry("/dev", "tmpfs", "tmpfs", ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]))
        let ownsNetwork = network.map { $0.path == nil } ?? false
        if isMapped, !ownsNetwork {
            entries.append(Entry("/sys", "bind", "/sys", ["rbind"] + quiet + [write]))
        } else {
            entries.append(Entry("/sys", "sysfs", "sysfs", quiet + [write]))
        }
        let terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
        entries.append(Entry("/dev/pts", "devpts", "devpts", terminals + (hasTerminalGroup ? ["gid=5"] : [])))
        if isMapped, chosen.ipc == .host {
            entries.append(Entry("/dev/mqueue", "bind", "/dev/mqueue", ["rbind"] + quiet))
        } else {
            entries.append(Entry("/dev/mqueue", "mqueue", "mqueue", quiet))
        }
        if let sharedMemory { entries.append(sharedMemory) }
        entries.append(
            Entry("/sys/fs/cgroup", "cgroup", "cgroup", quiet + ["relatime", write, "rprivate"]))
        return entries
    }

    /// Whether group 5, `tty` on every Debian, is one of the container's.
    private var hasTerminalGroup: Bool {
        guard ownsUsers else { return !isMapped }
        do throws(UsageError) {
            return try idMaps().gids.contains { $0.containerID <= 5 && 5 - $0.containerID < $0.size }
        } catch {
            return false
        }
    }

    private var sharedMemory: Entry? {
        let quiet = ["nosuid", "noexec", "nodev"]
        if let path = premises.sharedMemory { return Entry("/dev/shm", "bind", path, ["bind"] + quiet) }
        switch request.namespaces.ipc {
        case .none: return nil
        case .host: return Entry("/dev/shm", "bind", "/dev/shm", ["rbind"] + quiet)
        default:
            let bytes = request.sharedMemory ?? 64 << 20
            return Entry("/dev/shm", "tmpfs", "shm", quiet + ["mode=1777", "size=\(bytes)"])
        }
    }

    private var fileMounts: [Entry] {
        var entries: [Entry] = []
        func add(_ destination: String, _ source: String?, _ options: [String]) {
            if let source {
                entries.append(Entry(destination, "bind", source, ["bind", "rprivate"] + options))
            }
        }
        // Writable where the root is: programs write their own lines into them.
        let write = request.isReadOnly ? ["ro"] : []
        add("/etc/resolv.conf", premises.resolver, write + ["nosuid", "noexec", "nodev"])
        add("/etc/hosts", request.hasHosts ? premises.hosts : nil, write + ["nosuid", "noexec", "nodev"])
        add("/etc/hostname", premises.hostnameFile, write + ["nosuid", "noexec", "nodev"])
        add("/etc/localtime", premises.timeZone, ["ro", "nosuid", "noexec", "nodev"])
        add(Configuration.initPath, request.hasInit ? premises.initProgram : nil, ["ro", "nosuid", "nodev"])
        return entries
    }

    private func asked(_ mount: MountRequest) throws(UsageError) -> Entry {
        var options = mount.options
        switch mount.source {
        case .temporary:
            // Each unless it was asked for the other way.
            for (word, opposite) in [("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec")]
            where !options.contains(word) && !options.contains(opposite) { options.append(word) }
            if !options.contains("notmpcopyup"), !options.contains("tmpcopyup") {
                options.append("tmpcopyup")
            }
            options.removeAll { $0 == "notmpcopyup" }
            options.append(mount.isReadOnly ? "ro" : "rw")
            return Entry(mount.destination, "tmpfs", "tmpfs", options)
        case .bind(let path):
            let full = path.utf8.first == slash ? path : premises.workingDirectory + "/" + path
            return bound(mount, cleaned(full), options)
        case .volume(let name):
            guard let name else {
                throw Configuration.impossible("the volume on \(mount.destination) has no name")
            }
            let key = mount.subpath.map { "\(name)/\($0)" } ?? name
            guard let path = premises.volumes[key] else {
                throw Configuration.impossible("there is no volume \(key) for \(mount.destination)")
            }
            return bound(mount, path, ["nosuid", "nodev"] + options)
        case .image(let reference):
            guard let path = premises.images[reference] else {
                throw Configuration.impossible("there is no image \(reference) for \(mount.destination)")
            }
            return Entry(mount.destination, "bind", path, ["bind", "ro", "nosuid", "nodev", "rprivate"])
        }
    }

    private func bound(_ mount: MountRequest, _ source: String, _ options: [String]) -> Entry {
        var options = options
        if !options.contains("bind"), !options.contains("rbind") { options.insert("rbind", at: 0) }
        let propagations = Words.propagations.map(\.description)
        if !options.contains(where: propagations.contains) { options.append("rprivate") }
        options.append(mount.isReadOnly ? "ro" : "rw")
        // What is mounted below the source is as read-only as the source.
        if mount.isReadOnly, options.contains("rbind"), !mount.keepsSubmounts { options.append("rro") }
        return Entry(mount.destination, "bind", source, options)
    }

    // MARK: - paths

    /// What tells of the host or reaches into it.
    var maskedPaths: [String] {
        guard !request.isPrivileged else { return request.security.masked }
        return (Configuration.masked + request.security.masked).filter(isHidden)
    }

    var readonlyPaths: [String] { request.isPrivileged ? [] : Configuration.readonly.filter(isHidden) }

    private func isHidden(_ path: String) -> Bool {
        !request.security.unmasked.contains { $0 == "ALL" || $0 == path }
    }

    /// podman's and docker's together.
    private static let masked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/dev/block",
        "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux",
    ]

    private static let readonly = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}
