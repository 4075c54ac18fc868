import OCI

@testable import Plan

/// A configuration of the tests, in the words of config.json.
func configuration(
    process: String = "", mounts: String = "", hooks: String = "", linux: String, members: String = ""
) throws -> Spec {
    let process = process.isEmpty ? "" : "," + process
    let members = members.isEmpty ? "" : "," + members
    let text = """
        {"ociVersion": "1.3.0",
         "process": {"args": ["sh", "-c", "true"], "cwd": "/srv"\(process)},
         "root": {"path": "rootfs"},
         "mounts": [\(mounts)],
         "hooks": {\(hooks)},
         "linux": {\(linux)}\(members)}
        """
    let spec = try Spec.decode(Array(text.utf8))
    try spec.validate()
    return spec
}

/// The namespaces of these kinds, all new.
func namespaces(_ kinds: String...) -> String {
    "\"namespaces\": [" + kinds.map { "{\"type\": \"\($0)\"}" }.joined(separator: ",") + "]"
}

let usual = namespaces("pid", "network", "ipc", "uts", "mount", "cgroup")

let usualMounts = """
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
     "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs",
     "options": ["nosuid", "noexec", "nodev", "ro"]},
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
     "options": ["rprivate", "nosuid", "noexec", "nodev", "relatime", "ro"]},
    {"destination": "/etc/hosts", "type": "bind", "source": "/run/box/hosts",
     "options": ["rbind", "rprivate"]}
    """

/// What podman writes as root, in short.
func podman() throws -> Spec {
    try configuration(
        process: """
            "env": ["PATH=/usr/bin:/bin", "TERM=xterm"], "oomScoreAdj": 100,
            "user": {"uid": 1000, "gid": 1000, "umask": 18, "additionalGids": [10, 1000]},
            "capabilities": {"bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_KILL"],
              "permitted": ["CAP_KILL"]},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 2048, "soft": 1024}]
            """,
        mounts: usualMounts,
        linux: usual + """
            ,"sysctl": {"net.ipv4.ping_group_range": "0 0", "net/ipv4/conf/eth0.1/forwarding": "1"},
            "maskedPaths": ["/proc/kcore", "/sys/firmware"], "readonlyPaths": ["/proc/sys"]
            """,
        members: "\"hostname\": \"box\"")
}

/// The same in a user namespace of its own.
func mapped(_ more: String = "") throws -> Spec {
    try configuration(
        process: "\"rlimits\": [{\"type\": \"RLIMIT_CORE\", \"hard\": 0, \"soft\": 0}], \"oomScoreAdj\": 0",
        mounts: usualMounts,
        linux: namespaces("user", "pid", "network", "ipc", "uts", "mount", "cgroup") + """
            ,"uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
            "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
            "devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 432}]
            """ + more)
}

/// A container of a pod, which joins what the pod's first has made.
func joined() throws -> Spec {
    try configuration(
        mounts: usualMounts,
        linux: """
            "namespaces": [
              {"type": "user", "path": "/proc/7/ns/user"}, {"type": "pid", "path": "/proc/7/ns/pid"},
              {"type": "network", "path": "/run/netns/pod"}, {"type": "ipc", "path": "/proc/7/ns/ipc"},
              {"type": "uts", "path": "/proc/7/ns/uts"}, {"type": "mount"}]
            """)
}

/// A process that uses every member of `process` and of `linux` that is a step of its own.
func demanding() throws -> Spec {
    try configuration(
        process: """
            "env": ["HOME=/home/a"], "noNewPrivileges": true, "apparmorProfile": "box",
            "selinuxLabel": "system_u:system_r:container_t:s0",
            "user": {"uid": 5, "gid": 6},
            "scheduler": {"policy": "SCHED_BATCH", "nice": -3},
            "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 3},
            "execCPUAffinity": {"initial": "0-1", "final": "65"},
            "capabilities": {"bounding": ["CAP_NET_RAW"], "effective": ["CAP_NET_RAW"],
              "permitted": ["CAP_NET_RAW"], "inheritable": ["CAP_NET_RAW"], "ambient": ["CAP_NET_RAW"]}
            """,
        linux: namespaces("pid", "mount", "uts", "time") + """
            ,"personality": {"domain": "LINUX32"},
            "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0,2", "flags": ["MPOL_F_STATIC_NODES"]},
            "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 7}, "boottime": {"secs": 60}},
            "rootfsPropagation": "rshared",
            "devices": [{"path": "/dev/null", "type": "c", "major": 1, "minor": 3},
              {"path": "/dev/loop7", "type": "b", "major": 7, "minor": 300, "uid": 1, "gid": 2},
              {"path": "/run/queue", "type": "p"}]
            """,
        members: "\"domainname\": \"example\"")
}

/// Hooks of all the kinds that are steps or phases of a plan.
func hooked() throws -> Spec {
    try configuration(
        hooks: """
            "prestart": [{"path": "/usr/bin/a"}], "createRuntime": [{"path": "/usr/bin/b"}],
            "createContainer": [{"path": "/usr/bin/c", "args": ["c", "-x"], "env": ["A=1"], "timeout": 5}],
            "startContainer": [{"path": "/bin/d"}, {"path": "/bin/e", "args": ["e"]}]
            """,
        linux: usual)
}
