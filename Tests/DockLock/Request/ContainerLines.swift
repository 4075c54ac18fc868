import OCI
import Testing
import Verbs

@testable import Request

/// Each flag of `run` and `create`: what it does to the request, and nothing else.
@Suite struct ContainerLines {
    private func expect(
        _ flags: String, _ change: (inout ContainerRequest) -> Void,
        at location: SourceLocation = #_sourceLocation
    ) {
        do {
            var wanted = ContainerRequest()
            wanted.image = "box"
            change(&wanted)
            #expect(try container(flags) == wanted, "\(flags)", sourceLocation: location)
        } catch {
            Issue.record("\(flags): \(error)", sourceLocation: location)
        }
    }

    @Test func handling() {
        expect("--name web.1") { $0.name = "web.1" }
        expect("--rm -d") { ($0.removesAtEnd, $0.isDetached) = (true, true) }
        expect("-it") { ($0.isInteractive, $0.hasTerminal) = (true, true) }
        expect("-dit=false") { ($0.isDetached, $0.isInteractive, $0.hasTerminal) = (true, true, false) }
        expect("--rm=false") { _ in }
        expect("--replace --name a") { ($0.replacesNamed, $0.name) = (true, "a") }
        expect("-a stdin -aSTDOUT --attach=stderr") { $0.attached = [.stdin, .stdout, .stderr] }
        expect("--sig-proxy=false") { $0.proxiesSignals = false }
        expect("--detach-keys ctrl-p,ctrl-[,x") { $0.detachKeys = [16, 27, 120] }
        expect("--detach-keys=") { $0.detachKeys = [] }
        expect("-l a=b --label c --label d=e=f") {
            $0.labels = [Setting("a", "b"), Setting("c", ""), Setting("d", "e=f")]
        }
        expect("--label-file f --annotation x=y") {
            ($0.labelFiles, $0.annotations) = (["f"], [Setting("x", "y")])
        }
        expect("--cidfile c --pidfile p --pod q") { ($0.cidFile, $0.pidFile, $0.pod) = ("c", "p", "q") }
        expect("--stop-signal TERM --stop-timeout -1 --timeout 9") {
            ($0.stopSignal, $0.stopTimeout, $0.timeout) = (15, -1, 9)
        }
        expect("--log-driver none --log-opt max-size=10m --log-opt max-file=3") {
            $0.logDriver = "none"
            $0.logOptions = [Setting("max-size", "10m"), Setting("max-file", "3")]
        }
        expect("--pull never -q --platform linux/arm64/v8") {
            ($0.pull, $0.isQuiet, $0.platform) = (.never, true, "linux/arm64/v8")
        }
        expect("--arch amd64 --rootfs --image-volume tmpfs") {
            ($0.platform, $0.isRootDirectory, $0.imageVolumes) = ("linux/amd64", true, .tmpfs)
        }
        expect("--preserve-fds 3 --disable-content-trust") { $0.preservedDescriptors = 3 }
    }

    @Test func restarts() {
        expect("--restart no") { _ in }
        expect("--restart always") { $0.restart = .always }
        expect("--restart unless-stopped") { $0.restart = .unlessStopped }
        expect("--restart on-failure") { $0.restart = .onFailure(most: nil) }
        expect("--restart on-failure:0") { $0.restart = .onFailure(most: nil) }
        expect("--restart on-failure:5") { $0.restart = .onFailure(most: 5) }
    }

    @Test func health() {
        expect("--health-cmd 'curl -f localhost' --health-interval 1m30s --health-timeout 1.5s") {
            $0.health.test = ["CMD-SHELL", "curl -f localhost"]
            ($0.health.interval, $0.health.timeout) = (90_000_000_000, 1_500_000_000)
        }
        expect("--health-cmd '[\"a\",\"b\"]' --health-retries 2 --health-start-period 5s") {
            $0.health.test = ["CMD", "a", "b"]
            ($0.health.retries, $0.health.startPeriod) = (2, 5_000_000_000)
        }
        expect("--health-cmd '[\"CMD-SHELL\",\"a b\"]'") { $0.health.test = ["CMD-SHELL", "a b"] }
        expect("--health-start-interval 1s --health-on-failure kill") {
            ($0.health.startInterval, $0.health.onFailure) = (1_000_000_000, .kill)
        }
        expect("--health-interval disable") { $0.health.interval = 0 }
        expect("--health-cmd none") { $0.health.isOff = true }
        expect("--no-healthcheck") { $0.health.isOff = true }
    }

    @Test func process() {
        expect("--entrypoint /bin/sh") { $0.entrypoint = ["/bin/sh"] }
        expect("--entrypoint ''") { $0.entrypoint = [] }
        expect("--entrypoint '[\"a\",\"b c\"]'") { $0.entrypoint = ["a", "b c"] }
        expect("-e A=b=c -eD --env E=") {
            $0.environment = [.set("A", "b=c"), .inherit("D"), .set("E", "")]
        }
        expect("--env-file f --env-host --unsetenv X") {
            ($0.environmentFiles, $0.inheritsEnvironment, $0.unset) = (["f"], true, ["X"])
        }
        expect("--unsetenv-all") { $0.unsetsAll = true }
        expect("-w /a/../b/. -u 1:2 --group-add x,5 --group-add y") {
            ($0.workingDirectory, $0.user, $0.groups) = ("/b", "1:2", ["x", "5", "y"])
        }
        expect("--init --umask 077 --oom-score-adj -500 --personality LINUX32 --tz Europe/Rome") {
            ($0.hasInit, $0.umask, $0.oomScoreAdjustment) = (true, 0o77, -500)
            ($0.personality, $0.timeZone) = ("LINUX32", "Europe/Rome")
        }
        expect("--ulimit nofile=1024:2048 --ulimit core=-1 --ulimit nofile=5") {
            $0.limits = [
                Rlimit(resource: 4, name: "RLIMIT_CORE", soft: .max, hard: .max),
                Rlimit(resource: 7, name: "RLIMIT_NOFILE", soft: 5, hard: 5),
            ]
        }
    }

    @Test func walls() {
        expect("--pid host --ipc shareable --uts=private --cgroupns ns:/proc/1/ns/cgroup") {
            $0.namespaces.pid = .host
            $0.namespaces.ipc = .shareable
            $0.namespaces.cgroup = .path("/proc/1/ns/cgroup")
        }
        expect("--pid container:web --ipc none --userns keep-id") {
            $0.namespaces.pid = .container("web")
            $0.namespaces.ipc = .none
            $0.namespaces.user = .keepID
        }
        expect("--uidmap 0:1000:1 --uidmap 1:100000:65536 --gidmap 0:7:2") {
            $0.uidMap = [
                IDMapping(containerID: 0, hostID: 1000, size: 1),
                IDMapping(containerID: 1, hostID: 100_000, size: 65536),
            ]
            $0.gidMap = [IDMapping(containerID: 0, hostID: 7, size: 2)]
        }
        expect("--cap-add net_admin,CAP_SYS_TIME --cap-add all --cap-drop MKNOD") {
            $0.addedCapabilities = ["CAP_NET_ADMIN", "CAP_SYS_TIME", "ALL"]
            $0.droppedCapabilities = ["CAP_MKNOD"]
        }
        expect("--privileged --sysctl net.ipv4.ip_forward=1") {
            ($0.isPrivileged, $0.sysctls) = (true, [Setting("net.ipv4.ip_forward", "1")])
        }
        expect("--security-opt no-new-privileges --security-opt seccomp=p.json --security-opt label=disable")
        {
            ($0.security.noNewPrivileges, $0.security.seccomp) = (true, .file("p.json"))
            $0.security.labels = ["disable"]
        }
        expect("--security-opt no-new-privileges:false --security-opt seccomp:unconfined") {
            $0.security.seccomp = .unconfined
        }
        expect("--security-opt apparmor=x --security-opt mask=/a:/b --security-opt unmask=ALL") {
            ($0.security.apparmor, $0.security.masked, $0.security.unmasked) = ("x", ["/a", "/b"], ["ALL"])
        }
        expect("--security-opt systempaths=unconfined") { $0.security.unmasked = ["ALL"] }
    }

    @Test func limits() {
        expect("-m 64m --memory-swap 1.5g --memory-reservation 32M --memory-swappiness 10 --pids-limit 7") {
            var memory = Resources.Memory()
            (memory.limit, memory.swap, memory.reservation) = (64 << 20, 3 << 29, 32 << 20)
            memory.swappiness = 10
            $0.resources.limits.memory = memory
            $0.resources.limits.pidsLimit = 7
        }
        expect("--pids-limit 0") { $0.resources.limits.pidsLimit = -1 }
        expect("--cpus 1.5") { $0.resources.nanoCPUs = 1_500_000_000 }
        expect("--cpus .25") { $0.resources.nanoCPUs = 250_000_000 }
        expect("-c 512 --cpuset-cpus 0-1,3 --cpuset-mems 0 --cpu-quota 5000 --cpu-period 10000") {
            var cpu = Resources.CPU()
            (cpu.shares, cpu.cpus, cpu.mems) = (512, "0-1,3", "0")
            (cpu.quota, cpu.period) = (5000, 10000)
            $0.resources.limits.cpu = cpu
        }
        expect("--cpu-rt-period 9 --cpu-rt-runtime 8") {
            var cpu = Resources.CPU()
            (cpu.realtimePeriod, cpu.realtimeRuntime) = (9, 8)
            $0.resources.limits.cpu = cpu
        }
        expect("--oom-kill-disable --blkio-weight 100 --blkio-weight-device /dev/sda:20") {
            $0.resources.limits.memory = Resources.Memory()
            $0.resources.limits.memory?.disableOOMKiller = true
            $0.resources.limits.blockIO = Resources.BlockIO()
            $0.resources.limits.blockIO?.weight = 100
            $0.resources.weights = [DeviceAmount(path: "/dev/sda", amount: 20)]
        }
        expect("--device-read-bps /dev/a:1m --device-write-bps /dev/a:2 --device-read-iops /dev/b:3") {
            $0.resources.readBytes = [DeviceAmount(path: "/dev/a", amount: 1 << 20)]
            $0.resources.writeBytes = [DeviceAmount(path: "/dev/a", amount: 2)]
            $0.resources.readOperations = [DeviceAmount(path: "/dev/b", amount: 3)]
        }
        expect("--device-write-iops /dev/b:4 --cgroup-parent x/y --cgroup-conf memory.high=5") {
            $0.resources.writeOperations = [DeviceAmount(path: "/dev/b", amount: 4)]
            $0.resources.cgroupParent = "x/y"
            $0.resources.limits.unified = [Annotation(key: "memory.high", value: "5")]
        }
    }

    @Test func theImageEndsTheFlags() throws {
        let verb = try UserLine.parse(["create", "--name", "a", "box", "sh", "-c", "x", "--rm", "--", "-d"])
        guard case .create(let request) = verb else {
            Issue.record("not create")
            return
        }
        #expect(request.image == "box" && request.name == "a" && !request.removesAtEnd)
        #expect(request.command == ["sh", "-c", "x", "--rm", "--", "-d"])
        guard case .run(let after) = try UserLine.parse(["run", "--rm", "--", "box", "-d"]) else {
            Issue.record("not run")
            return
        }
        #expect(after.image == "box" && after.command == ["-d"] && after.removesAtEnd)
    }
}
