"""Makes the bundles that hack/bench runs: bundles.py FOLDER

FOLDER/{plain,profile,sleep}/config.json over FOLDER/rootfs, and FOLDER/filter, the profile compiled by
libseccomp as a binary tree for the floor. The profile is podman's default one, with the rules that
hold for the bundle's capabilities on x86-64.
"""

import copy
import ctypes
import json
import os
import sys

PROFILE = "/usr/share/containers/seccomp.json"
CAPABILITIES = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
    "CAP_AUDIT_WRITE",
]
QUIET = ["nosuid", "noexec", "nodev"]


def mount(destination, kind, options):
    return {"destination": destination, "type": kind, "source": kind, "options": options}


def config(rootfs, args):
    return {
        "ociVersion": "1.0.2",
        "hostname": "bench",
        "root": {"path": rootfs, "readonly": True},
        "process": {
            "cwd": "/", "args": args, "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0},
            "noNewPrivileges": True,
            "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1024}],
            "capabilities": {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")},
        },
        "mounts": [
            mount("/proc", "proc", []),
            mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount("/dev/pts", "devpts", QUIET[:2] + ["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            mount("/dev/shm", "tmpfs", QUIET + ["mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", QUIET),
            mount("/sys", "sysfs", QUIET + ["ro"]),
            mount("/sys/fs/cgroup", "cgroup", QUIET + ["relatime", "ro"]),
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "resources": {"devices": [{"allow": False, "access": "rwm"}], "pids": {"limit": 2048}},
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                            "/proc/sched_debug", "/proc/acpi", "/proc/scsi", "/sys/firmware",
                            "/sys/fs/selinux"],
            "readonlyPaths": ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                              "/proc/sysrq-trigger"],
        },
    }


def holds(rule):
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    held = all(cap in CAPABILITIES for cap in includes.get("caps", []))
    here = "arches" not in includes or "amd64" in includes["arches"]
    return held and here and not any(cap in CAPABILITIES for cap in excludes.get("caps", []))


def section():
    source = json.load(open(PROFILE))
    calls = []
    for rule in filter(holds, source["syscalls"]):
        call = {"names": rule["names"], "action": rule["action"]}
        if rule.get("args"):
            call["args"] = rule["args"]
        if rule.get("errnoRet") is not None:
            call["errnoRet"] = rule["errnoRet"]
        calls.append(call)
    return {
        "defaultAction": source["defaultAction"], "defaultErrnoRet": source["defaultErrnoRet"],
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": calls,
    }


class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def compiled(profile, path):
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    operators = ["", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"]

    def action(name, number):
        return 0x7FFF0000 if name == "SCMP_ACT_ALLOW" else 0x00050000 | (1 if number is None else number)

    default = action(profile["defaultAction"], profile["defaultErrnoRet"])
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(default)))
    for architecture in (0x40000003, 0x4000003E):
        library.seccomp_arch_add(context, ctypes.c_uint32(architecture))
    library.seccomp_attr_set(context, 8, 2)  # SCMP_FLTATR_CTL_OPTIMIZE: a binary tree
    for call in profile["syscalls"]:
        verdict = action(call["action"], call.get("errnoRet"))
        tests = [Comparison(a["index"], operators.index(a["op"][9:]), a["value"], a["valueTwo"])
                 for a in call.get("args", [])]
        for name in call["names"]:
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number != -1 and verdict != default:
                library.seccomp_rule_add_array(context, ctypes.c_uint32(verdict), number, len(tests),
                                               (Comparison * len(tests))(*tests))
    with open(path, "wb") as file:
        if library.seccomp_export_bpf(context, file.fileno()) != 0:
            raise SystemExit("libseccomp could not export the profile")


def main(folder):
    rootfs = os.path.join(folder, "rootfs")
    plain = config(rootfs, ["/bin/true"])
    profile = copy.deepcopy(plain)
    profile["linux"]["seccomp"] = section()
    bundles = {"plain": plain, "profile": profile, "sleep": config(rootfs, ["/bin/sleep", "1000"])}
    for name, content in bundles.items():
        os.makedirs(os.path.join(folder, name))
        with open(os.path.join(folder, name, "config.json"), "w") as file:
            json.dump(content, file)
    compiled(profile["linux"]["seccomp"], os.path.join(folder, "filter"))


main(sys.argv[1])
