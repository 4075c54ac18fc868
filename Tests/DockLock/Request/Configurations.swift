import OCI

@testable import Request

/// Command lines and the host that they are asked on, whose configurations stand in Tests/Golden/request.
struct Case: Sendable, CustomStringConvertible {
    let name: String
    let line: String
    var image = Case.image
    var premises = Case.premises

    var description: String { name }

    init(
        _ name: String, _ line: String, image: (inout ImageConfiguration) -> Void = { _ in },
        premises: (inout Premises) -> Void = { _ in }
    ) {
        self.name = name
        self.line = line
        image(&self.image)
        premises(&self.premises)
    }

    func configuration() throws -> Configuration {
        guard case .run(let request) = try UserLine.parse(["run"] + spoken(line)) else {
            fatalError("\(name) is not run")
        }
        var completed = try request.completed(by: image)
        for index in completed.mounts.indices where completed.mounts[index].source == .volume(nil) {
            completed.mounts[index].source = .volume("nameless")
        }
        return try Configuration(completed, image: image, premises: premises)
    }

    static var image: ImageConfiguration {
        var image = ImageConfiguration()
        image.environment = ["PATH=/usr/bin:/bin", "LANG=C"]
        image.command = ["sh", "-c", "env"]
        return image
    }

    static var premises: Premises {
        var premises = Premises()
        premises.id = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
        premises.cgroupsPath = "/docklock/8f434346648f"
        premises.workingDirectory = "/home/user"
        premises.hostname = "metal"
        premises.environment = [Setting("EDITOR", "vi"), Setting("LC_ALL", "C"), Setting("LC_TIME", "it")]
        premises.passwd = Array(
            "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1001:User:/home/user:/bin/sh\n".utf8)
        premises.group = Array("root:x:0:\nuser:x:1001:\ndisk:x:6:user\naudio:x:29:other,user\n".utf8)
        premises.hosts = "/data/hosts"
        premises.resolver = "/data/resolv.conf"
        premises.hostnameFile = "/data/hostname"
        premises.initProgram = "/usr/lib/docklock/init"
        premises.volumes = ["data": "/data/volumes/data/_data", "nameless": "/data/volumes/nameless/_data"]
        premises.rlimits = [Rlimit(resource: 7, name: "RLIMIT_NOFILE", soft: 1024, hard: 524_288)]
        return premises
    }

    static let all: [Case] = [
        Case("plain", "box"),
        Case("shell", "--rm -it box sh") { $0.entrypoint = ["/entry"] },
        Case(
            "web",
            "-d --name web -p 8080:80 -v ./site:/srv:ro -v data:/var/lib/data -w /srv -u user -e A=b "
                + "-e EDITOR -e LC_* --add-host a:1.2.3.4 box serve --all",
            premises: { $0.namespaces = [.network: "/run/docklock/netns/web"] }),
        Case(
            "limits",
            "-m 64m --cpus 1.5 --cpu-shares 512 --cpuset-cpus 0-1 --pids-limit 100 --blkio-weight 100 "
                + "--device-read-bps /dev/sda:1m --blkio-weight-device /dev/sda:20 --ulimit nofile=64:128 "
                + "--ulimit core=0 --oom-score-adj 100 --memory-swappiness 0 box true",
            premises: { $0.blockDevices = ["/dev/sda": (8, 0)] }),
        Case(
            "tight",
            "--read-only --network none --cap-drop ALL --security-opt no-new-privileges "
                + "--security-opt mask=/proc/cpuinfo --user 1000:29 --tmpfs /tmp:size=1m "
                + "--ipc none box true"),
        Case(
            "wide",
            "--privileged --network host --pid host --ipc host --uts host --cgroupns host --init box true",
            premises: {
                $0.devices = [
                    HostDevice(path: "/dev/fuse", kind: 99, major: 10, minor: 229),
                    HostDevice(path: "/dev/sda", kind: 98, major: 8, minor: 0, mode: 0o660, gid: 6),
                ]
            }),
        Case(
            "capable",
            "--cap-add NET_ADMIN,SYS_TIME --cap-drop CHOWN --user user --group-add 7 "
                + "--sysctl net.ipv4.ip_forward=1 --device /dev/fuse:rw --device-cgroup-rule 'c 42:* rmw' "
                + "--init box true",
            premises: {
                $0.devices = [HostDevice(path: "/dev/fuse", kind: 99, major: 10, minor: 229, access: "rw")]
            }),
        Case(
            "rootless", "--rm -i box cat",
            premises: {
                ($0.isRootless, $0.canLimit, $0.cgroupsPath) = (true, false, nil)
                $0.uidMap = [
                    IDMapping(containerID: 0, hostID: 1000, size: 1),
                    IDMapping(containerID: 1, hostID: 100_000, size: 65536),
                ]
                $0.gidMap = [IDMapping(containerID: 0, hostID: 1000, size: 1)]
                $0.namespaces = [.network: "/run/user/1000/netns"]
            }),
        Case(
            "mapped",
            "--userns private --uidmap 0:200000:65536 --hostname inner --domainname example --shm-size 1m "
                + "--mount type=bind,src=/a,dst=/b,bind-propagation=rslave "
                + "--mount type=tmpfs,dst=/run,tmpfs-mode=755 "
                + "-v /deep:/b/c/d:Z,noexec box true"),
        Case(
            "joined",
            "--network container:web --pid container:web --ipc container:web --uts container:web box true",
            premises: {
                for kind in [NamespaceKind.network, .pid, .ipc, .uts] {
                    $0.namespaces[kind] = "/proc/77/ns/\(kind.file)"
                }
                $0.sharedMemory = "/data/containers/web/shm"
                ($0.hosts, $0.resolver, $0.hostnameFile) = ("/data/web/hosts", "/data/web/resolv.conf", nil)
            }),
        Case("database", "--entrypoint '[\"/bin/db\",\"--x\"]' --annotation a=b --tz Europe/Rome box") {
            ($0.volumes, $0.user, $0.workingDirectory) = (["/var/lib/db/"], "user", "/var/lib/db")
        } premises: {
            $0.timeZone = "/usr/share/zoneinfo/Europe/Rome"
        },
        Case(
            "unconfined",
            "--security-opt seccomp=unconfined --security-opt systempaths=unconfined "
                + "--security-opt apparmor=docker-x --umask 077 --unsetenv LANG --personality LINUX32 "
                + "--no-hosts --cgroup-conf memory.high=1000 box true"),
    ]
}
