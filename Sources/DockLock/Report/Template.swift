import JSON

/// What `spec` writes: a configuration to start from, runc's but for its hostname and version.
public enum Template {
    /// For root. `unified` is whether cgroups v2 are the host's only ones: then the container gets a
    /// cgroup namespace.
    public static func configuration(unified: Bool) -> JSONNode {
        let namespaces = ["pid", "network", "ipc", "uts", "mount"] + (unified ? ["cgroup"] : [])
        return document(
            mounts: [
                proc, dev, devpts(["gid=5"]), shm, mqueue,
                mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]), cgroup,
            ],
            linux: [
                .init(
                    "resources",
                    ["devices": .array([["allow": .bool(false), "access": .string("rwm")]])]),
                .init("namespaces", kinds(namespaces)),
            ])
    }

    /// For a user without privileges, who is root in the container.
    public static func rootless(uid: UInt32, gid: UInt32, unified: Bool) -> JSONNode {
        let namespaces = ["pid", "ipc", "uts", "mount"] + (unified ? ["cgroup"] : []) + ["user"]
        return document(
            mounts: [
                proc, dev, devpts([]), shm, mqueue,
                // A sysfs of its own needs a network namespace of its own.
                mount("/sys", "none", "/sys", ["rbind", "nosuid", "noexec", "nodev", "ro"]), cgroup,
            ],
            linux: [
                .init("uidMappings", mapping(uid)),
                .init("gidMappings", mapping(gid)),
                .init("namespaces", kinds(namespaces)),
            ])
    }

    private static func document(mounts: [JSONNode], linux: [JSONNode.Member]) -> JSONNode {
        [
            "ociVersion": .string(ContainerState.ociVersion),
            "process": process,
            "root": ["path": .string("rootfs"), "readonly": .bool(true)],
            "hostname": .string("docklock"),
            "mounts": .array(mounts),
            "linux": .object(
                linux + [
                    .init("maskedPaths", .strings(maskedPaths)),
                    .init("readonlyPaths", .strings(readonlyPaths)),
                ]),
        ]
    }

    private static var process: JSONNode {
        let capabilities = JSONNode.strings(["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"])
        return [
            "terminal": .bool(true),
            "user": ["uid": .int(0), "gid": .int(0)],
            "args": .strings(["sh"]),
            "env": .strings([
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
            ]),
            "cwd": .string("/"),
            "capabilities": [
                "bounding": capabilities, "effective": capabilities, "permitted": capabilities,
                "ambient": capabilities,
            ],
            "rlimits": .array([
                ["type": .string("RLIMIT_NOFILE"), "hard": .int(1024), "soft": .int(1024)]
            ]),
            "noNewPrivileges": .bool(true),
        ]
    }

    private static let proc = mount("/proc", "proc", "proc", [])
    private static let dev = mount(
        "/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"])
    private static let shm = mount(
        "/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"])
    private static let mqueue = mount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"])
    private static let cgroup = mount(
        "/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"])

    private static func devpts(_ more: [String]) -> JSONNode {
        mount(
            "/dev/pts", "devpts", "devpts",
            ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + more)
    }

    private static func mount(
        _ destination: String, _ type: String, _ source: String, _ options: [String]
    ) -> JSONNode {
        var members: [JSONNode.Member] = [
            .init("destination", .string(destination)),
            .init("type", .string(type)),
            .init("source", .string(source)),
        ]
        if !options.isEmpty { members.append(.init("options", .strings(options))) }
        return .object(members)
    }

    private static func kinds(_ names: [String]) -> JSONNode {
        .array(names.map { ["type": .string($0)] })
    }

    private static func mapping(_ hostID: UInt32) -> JSONNode {
        .array([["containerID": .int(0), "hostID": .uint(UInt64(hostID)), "size": .int(1)]])
    }

    private static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    ]

    private static let readonlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}
