import OCI

/// A configuration with one member beside the version.
func document(_ key: String, _ value: String) -> [UInt8] {
    Array("{\"ociVersion\":\"1.2.1\",\"\(key)\":\(value)}".utf8)
}

/// The decoded `linux` of a configuration.
func linux(_ members: String) throws -> Linux {
    try Spec.decode(document("linux", "{\(members)}")).linux
}

func process(_ members: String) throws -> ProcessSpec {
    try ProcessSpec.decode(Array("{\"args\":[\"a\"],\"cwd\":\"/\",\(members)}".utf8))
}

/// Why `work` is refused, as people read it; nil where it is not.
func refusal(_ work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch {
        return "\(error)"
    }
}

/// What dockerd writes for a container with limits, in short.
let engineConfig = """
    {
      "ociVersion": "1.2.1",
      "process": {
        "terminal": true,
        "consoleSize": {"height": 40, "width": 120},
        "user": {"uid": 1000, "gid": 1000, "umask": 18, "additionalGids": [10, 1000]},
        "args": ["sleep", "infinity"],
        "env": ["PATH=/usr/bin:/bin", "NAME=\\u20ac"],
        "cwd": "/srv",
        "capabilities": {
          "bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_CHECKPOINT_RESTORE"],
          "effective": ["CAP_CHOWN", "CAP_OF_TOMORROW"],
          "permitted": ["CAP_CHOWN", "CAP_OF_TOMORROW"]
        },
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1048576, "soft": 1024}],
        "noNewPrivileges": true,
        "apparmorProfile": "docker-default",
        "oomScoreAdj": -500,
        "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 7},
        "scheduler": {"policy": "SCHED_DEADLINE", "flags": ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"],
          "runtime": 10, "deadline": 20, "period": 30},
        "execCPUAffinity": {"initial": "0-2,5", "final": ""}
      },
      "root": {"path": "rootfs", "readonly": true},
      "hostname": "host", "domainname": "",
      "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec"]},
        {"destination": "data", "type": "bind", "source": "/data", "options": ["rbind", "idmap"],
         "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
         "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 4294966295}]}
      ],
      "hooks": {
        "prestart": [{"path": "/usr/bin/hook", "args": ["hook", "a"], "env": ["B=c"], "timeout": 5}],
        "poststop": [{"path": "/usr/bin/hook"}]
      },
      "annotations": {"io.container.manager": "libpod", "empty": ""},
      "vm": {"unknown": [1, 2, 3]},
      "linux": {
        "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
        "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
        "sysctl": {"net.ipv4.ip_forward": "1", "kernel/shmmax": "10"},
        "cgroupsPath": "system.slice:docker:abc",
        "namespaces": [
          {"type": "mount"}, {"type": "network", "path": "/run/netns/a"}, {"type": "uts", "path": ""},
          {"type": "pid"}, {"type": "ipc"}, {"type": "user"}, {"type": "cgroup"}, {"type": "time"}
        ],
        "resources": {
          "devices": [
            {"allow": false, "access": "rwm"},
            {"allow": true, "type": "c", "major": 1, "minor": -1, "access": "rw"}
          ],
          "memory": {"limit": 536870912, "swap": -1, "swappiness": 18446744073709551615},
          "cpu": {"shares": 1024, "quota": -1, "period": 100000, "cpus": "0-1", "mems": "", "idle": 1},
          "pids": {"limit": 2048},
          "blockIO": {
            "weight": 500,
            "weightDevice": [{"major": 8, "minor": 0, "weight": 300}],
            "throttleReadBpsDevice": [{"major": 8, "minor": 16, "rate": 600}]
          },
          "hugepageLimits": [{"pageSize": "2MB", "limit": 9223372036854775807}],
          "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]},
          "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
          "unified": {"memory.high": "1000", "io.max": "259:0 rbps=2097152"}
        },
        "devices": [
          {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 8630, "uid": 0, "gid": 5},
          {"path": "/dev/pipe", "type": "p"}
        ],
        "netDevices": {"eth1": {"name": "lan"}, "eth2": {}},
        "rootfsPropagation": "rslave",
        "maskedPaths": ["/proc/kcore"],
        "readonlyPaths": ["/proc/sys"],
        "mountLabel": "system_u:object_r:container_file_t:s0",
        "intelRdt": {"closID": "gold", "l3CacheSchema": "L3:0=f", "schemata": ["MB:0=20"]},
        "personality": {"domain": "LINUX32"},
        "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 7}, "boottime": {"secs": 10}},
        "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"]},
        "seccomp": {
          "defaultAction": "SCMP_ACT_ERRNO", "listenerPath": "/run/agent", "listenerMetadata": "m"
        }
      }
    }
    """
