/// The configuration every trial starts from: all namespaces an ordinary container has, the standard
/// mounts, the default capabilities, masked paths, and a cgroup of its own.
enum Config {
    static let capabilities = [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP",
        "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    static func base(arguments: [String], cgroup: String) -> Value {
        let capabilities = Value.strings(Config.capabilities)
        return [
            "ociVersion": "1.0.2",
            "process": [
                "user": ["uid": 0, "gid": 0],
                "args": .strings(arguments),
                "env": ["PATH=/bin", "TERM=xterm"],
                "cwd": "/",
                "capabilities": [
                    "bounding": capabilities, "effective": capabilities, "permitted": capabilities,
                ],
                "noNewPrivileges": true,
            ],
            "root": ["path": "rootfs"],
            "hostname": "trial",
            "mounts": mounts,
            "linux": [
                "cgroupsPath": .string(cgroup),
                "namespaces": [
                    ["type": "pid"], ["type": "network"], ["type": "ipc"], ["type": "uts"],
                    ["type": "mount"], ["type": "cgroup"],
                ],
                "resources": ["devices": [["allow": false, "access": "rwm"]]],
                "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
                "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            ],
        ]
    }

    static let mounts: Value = [
        mount("/proc", "proc", "proc", []),
        mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        mount(
            "/dev/pts", "devpts", "devpts",
            ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        mount("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
        mount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
        mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
        mount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"]),
    ]

    static func mount(_ destination: String, _ type: String, _ source: String, _ options: [String]) -> Value {
        [
            "destination": .string(destination), "type": .string(type), "source": .string(source),
            "options": .strings(options),
        ]
    }
}

extension Value {
    /// Adds a mount to a configuration; a bind when no type is given.
    public mutating func mount(
        _ destination: String, from source: String, type: String = "bind", _ options: [String] = ["bind"]
    ) {
        append("mounts", value: Config.mount(destination, type, source, options))
    }

    /// Removes a mount of the base configuration.
    public mutating func unmount(_ destination: String) {
        let kept = self["mounts"]?.elements.filter { $0["destination"]?.text != destination } ?? []
        self["mounts"] = .array(kept)
    }

    /// Makes a namespace, joins the one at `path`, or, with `share`, leaves the host's.
    public mutating func namespace(_ type: String, path: String? = nil, share: Bool = false) {
        var kept = self["linux", "namespaces"]?.elements.filter { $0["type"]?.text != type } ?? []
        if !share {
            var entry: Value = ["type": .string(type)]
            if let path { entry["path"] = .string(path) }
            kept.append(entry)
        }
        self["linux", "namespaces"] = .array(kept)
    }

    /// Maps the ids from `host` on to the container's 0 and on, in a user namespace of its own.
    public mutating func mapUsers(from host: Int64, size: Int64 = 65536) {
        namespace("user")
        let map: Value = [["containerID": 0, "hostID": .number(host), "size": .number(size)]]
        self["linux", "uidMappings"] = map
        self["linux", "gidMappings"] = map
    }

    /// Gives a set of capabilities, and only that.
    public mutating func capabilities(_ names: [String], in sets: [String]) {
        var all: Value = [:]
        for set in sets { all[set] = .strings(names) }
        self["process", "capabilities"] = all
    }
}
