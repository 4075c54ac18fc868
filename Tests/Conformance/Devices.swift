import Glibc
import Harness
import Testing

/// Device nodes, the device list of the cgroup, and sysctl.
@Suite(.blackBox) struct Devices {
    @Test func theDefaultNodesAndLinks() throws {
        let trial = try Trial(
            "for d in null zero full random urandom tty; do stat -c '%n %a %t:%T' /dev/$d; done; "
                + "for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done")
        let outcome = try trial.run()
        #expect(
            outcome.lines.prefix(6) == [
                "/dev/null 666 1:3", "/dev/zero 666 1:5", "/dev/full 666 1:7", "/dev/random 666 1:8",
                "/dev/urandom 666 1:9", "/dev/tty 666 5:0",
            ])
        #expect(
            outcome.lines.dropFirst(6).prefix(4) == [
                "/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2",
            ])
        #expect(outcome.lines.last?.hasSuffix("pts/ptmx") == true)
    }

    @Test func theDefaultNodesMayBeUsed() throws {
        let trial = try Trial(
            "echo x > /dev/null && head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c")
        #expect(try trial.run().lines == ["3", "3"])
    }

    @Test func aNodeOfTheConfiguration() throws {
        let trial = try Trial("stat -c '%F %a %u %g %t:%T' /dev/mine /dev/below/pipe") {
            $0["linux", "devices"] = [
                [
                    "path": "/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 0o640, "uid": 3,
                    "gid": 4,
                ],
                ["path": "/dev/below/pipe", "type": "p", "fileMode": 0o600],
            ]
        }
        #expect(
            try trial.run().lines == ["character special file 640 3 4 1:3", "fifo 600 0 0 0:0"])
    }

    /// A user namespace makes no nodes: the host's are bound.
    @Test func aHostsNodeThatIsAnotherDeviceIsRefused() throws {
        let trial = try Trial("echo ran") {
            $0.mapUsers(from: 100_000)
            $0["linux", "devices"] = [["path": "/dev/full", "type": "c", "major": 1, "minor": 3]]
        }
        chown(trial.root, 100_000, 100_000)
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("/dev/full"), "\(outcome.err)")
    }

    @Test func aBlockNode() throws {
        let trial = try Trial("stat -c '%F %t:%T' /dev/disk") {
            $0["linux", "devices"] = [["path": "/dev/disk", "type": "b", "major": 7, "minor": 200]]
        }
        #expect(try trial.run().lines == ["block special file 7:c8"])
    }

    @Test func aNodeOutsideDev() throws {
        let trial = try Trial("stat -c '%t:%T' /run/mine") {
            $0["linux", "devices"] = [["path": "/run/mine", "type": "c", "major": 1, "minor": 3]]
        }
        #expect(try trial.run().lines == ["1:3"])
    }

    @Test(arguments: ["x", ""])
    func aKindOfNodeThatDoesNotExistIsRefused(kind: String) throws {
        let trial = try Trial("echo ran") {
            $0["linux", "devices"] = [["path": "/dev/mine", "type": .string(kind), "major": 1, "minor": 3]]
        }
        #expect(try !trial.run().succeeded)
    }

    @Test func theListKeepsOthersOut() throws {
        let trial = try Trial(
            "mknod /run/m c 1 1; head -c 1 /run/m >/dev/null; mknod /run/k c 1 11; cat </run/k; echo $?"
        )
        let outcome = try trial.run()
        #expect(outcome.lines.last != "0")
        #expect(outcome.err.contains("not permitted"))
    }

    @Test func theListLetsIn() throws {
        let trial = try Trial("mknod /run/f c 1 11 && test -c /run/f && echo made") {
            $0["linux", "resources", "devices"] = [
                ["allow": false, "access": "rwm"],
                ["allow": true, "type": "c", "major": 1, "minor": 11, "access": "m"],
            ]
        }
        #expect(try trial.run().lines == ["made"])
    }

    @Test func aSysctl() throws {
        let trial = try Trial("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni") {
            $0["linux", "sysctl"] = ["net.ipv4.ip_forward": "1", "kernel.shmmni": "99"]
        }
        #expect(try trial.run().lines == ["1", "99"])
    }

    @Test func aSysctlWithSlashes() throws {
        let trial = try Trial("cat /proc/sys/net/ipv4/ip_forward") {
            $0["linux", "sysctl"] = ["net/ipv4/ip_forward": "1"]
        }
        #expect(try trial.run().lines == ["1"])
    }

    @Test(arguments: ["vm.overcommit_ratio", "kernel.domainname.x", "net.no.such.thing"])
    func aSysctlThatIsNotTheContainersIsRefused(name: String) throws {
        let before = Host.read("/proc/sys/vm/overcommit_ratio")
        let trial = try Trial("echo ran") { $0["linux", "sysctl"] = [name: "51"] }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(Host.read("/proc/sys/vm/overcommit_ratio") == before)
    }

    @Test(arguments: ["net.ipv4.ip_forward", "kernel.shmmni"])
    func aSysctlOfTheHostsNamespaceIsRefused(name: String) throws {
        let path = "/proc/sys/" + name.map { $0 == "." ? "/" : String($0) }.joined()
        let before = Host.read(path)?.trimmingSpace ?? ""
        let trial = try Trial("echo ran") {
            $0.namespace(name.hasPrefix("net") ? "network" : "ipc", share: true)
            // The host's own value: a runtime that errs here changes nothing.
            $0["linux", "sysctl"] = [name: .string(before)]
            if name.hasPrefix("net") {
                $0.unmount("/sys")
                $0.unmount("/sys/fs/cgroup")
            }
        }
        #expect(try !trial.run().succeeded)
    }
}

extension String {
    var trimmingSpace: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
