import Glibc
import Harness
import Testing

/// `linux.namespaces`: new, joined by path, or the host's.
@Suite(.blackBox) struct Namespaces {
    static func of(_ pid: String, _ file: String) -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        let got = readlink("/proc/\(pid)/ns/\(file)", &bytes, 255)
        return got > 0 ? String(decoding: bytes[..<got].map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
    }

    static let files = [
        ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("mount", "mnt"),
        ("cgroup", "cgroup"),
    ]

    @Test(arguments: files.map(\.1) + ["user", "time"])
    func eachIsNew(file: String) throws {
        let trial = try Trial("readlink /proc/self/ns/\(file)") {
            if file == "user" { $0.mapUsers(from: 100_000) }
            if file == "time" { $0.namespace("time") }
        }
        if file == "user" { chown(trial.root, 100_000, 100_000) }
        let outcome = try trial.run()
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(outcome.lines.first?.hasPrefix("\(file):[") == true)
        #expect(outcome.lines.first != Self.of("self", file))
    }

    @Test(arguments: ["pid", "network", "ipc", "cgroup"])
    func anAbsentOneIsTheHosts(type: String) throws {
        let file = type == "network" ? "net" : type
        let trial = try Trial("readlink /proc/self/ns/\(file)") {
            $0.namespace(type, share: true)
            if type == "network" {
                $0.unmount("/sys")
                $0.unmount("/sys/fs/cgroup")
            }
        }
        #expect(try trial.run().lines == [Self.of("self", file)])
    }

    @Test func theHostsUTSHasNoHostname() throws {
        let trial = try Trial("readlink /proc/self/ns/uts") {
            $0.namespace("uts", share: true)
            $0["hostname"] = nil
        }
        #expect(try trial.run().lines == [Self.of("self", "uts")])
    }

    @Test func aHostnameWithoutUTSIsRefused() throws {
        let trial = try Trial("echo ran") { $0.namespace("uts", share: true) }
        #expect(try !trial.run().succeeded)
    }

    @Test(arguments: ["network", "ipc", "uts", "pid", "cgroup"])
    func eachIsJoinedByPath(type: String) throws {
        let file = type == "network" ? "net" : type
        let first = try Trial("echo > /ready; exec sleep 1000")
        let pid = try first.launch()
        let second = try Trial("readlink /proc/self/ns/\(file)") {
            $0.namespace(type, path: "/proc/\(pid)/ns/\(file)")
            if type == "uts" { $0["hostname"] = nil }
        }
        let outcome = try second.run()
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(outcome.lines == [Self.of("\(pid)", file)])
    }

    @Test func theFirstProcessIsNumberOne() throws {
        #expect(try Trial("echo $$").run().out == "1\n")
    }

    @Test func onlyTheLoopbackDevice() throws {
        let lines = try Trial("ls /sys/class/net; cat /sys/class/net/lo/flags").run().lines
        #expect(lines.first == "lo")
        #expect(lines.last == "0x9", "loopback must be up")
    }

    @Test func clocksAreShifted() throws {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let trial = try Trial(arguments: ["/bin/probe", "clocks"]) {
            $0.namespace("time")
            $0["linux", "timeOffsets"] = [
                "monotonic": ["secs": 172_800, "nanosecs": 5], "boottime": ["secs": 864_000],
            ]
        }
        let outcome = try trial.run()
        let seconds = outcome.words.compactMap { Int($0.split(separator: "=").last ?? "") }
        try #require(seconds.count == 2, "\(outcome.err)")
        #expect((172_800..<259_200).contains(seconds[0] - now.tv_sec))
        #expect((864_000..<900_000).contains(seconds[1] - now.tv_sec))
    }

    @Test func offsetsWithoutATimeNamespaceAreRefused() throws {
        let trial = try Trial("echo ran") { $0["linux", "timeOffsets"] = ["monotonic": ["secs": 10]] }
        #expect(try !trial.run().succeeded)
    }

    @Test func usersAreMapped() throws {
        let trial = try Trial(
            "cd /proc/self; cat uid_map gid_map; id -u; touch /tmp/mine; echo > /ready; exec sleep 1000"
        ) {
            $0.mapUsers(from: 100_000, size: 5000)
        }
        chown(trial.root, 100_000, 100_000)
        chmod(trial.root + "/tmp", 0o777)
        let pid = try trial.launch()
        let lines = trial.out.split(separator: "\n").map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        #expect(lines == ["0 100000 5000", "0 100000 5000", "0"])
        var info = stat()
        #expect(stat(trial.root + "/tmp/mine", &info) == 0 && info.st_uid == 100_000)
        #expect(stat("/proc/\(pid)", &info) == 0 && info.st_uid == 100_000)
    }

    @Test func severalMappings() throws {
        let trial = try Trial("cat /proc/self/uid_map; id -u") {
            $0.mapUsers(from: 100_000)
            $0["linux", "uidMappings"] = [
                ["containerID": 0, "hostID": 100_000, "size": 10],
                ["containerID": 10, "hostID": 200_000, "size": 1],
                ["containerID": 100, "hostID": 300_000, "size": 50],
            ]
        }
        chown(trial.root, 100_000, 100_000)
        let lines = try trial.run().lines.map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        #expect(lines == ["0 100000 10", "10 200000 1", "100 300000 50", "0"])
    }

    @Test func aUserOfTheMappedRange() throws {
        let trial = try Trial("id -u; id -g; grep Groups /proc/self/status") {
            $0.mapUsers(from: 100_000)
            $0["process", "user"] = ["uid": 1000, "gid": 1001, "additionalGids": [7]]
        }
        chown(trial.root, 100_000, 100_000)
        let outcome = try trial.run()
        #expect(outcome.out == "1000\n1001\nGroups:\t7 \n", "\(outcome.err)")
    }

    @Test func aKindThatStandsTwiceIsRefused() throws {
        let trial = try Trial("echo ran") { $0.append("linux", "namespaces", value: ["type": "pid"]) }
        #expect(try !trial.run().succeeded)
    }

    @Test func aKindThatDoesNotExistIsRefused() throws {
        let trial = try Trial("echo ran") { $0.namespace("dreams") }
        let outcome = try trial.run()
        #expect(!outcome.succeeded)
        #expect(outcome.err.contains("dreams"))
    }

    @Test func aPathThatIsNoNamespaceIsRefused() throws {
        let trial = try Trial("echo ran") { $0.namespace("ipc", path: "/etc/passwd") }
        #expect(try !trial.run().succeeded)
    }

    @Test func aPathOfAnotherKindIsRefused() throws {
        let trial = try Trial("echo ran") { $0.namespace("ipc", path: "/proc/self/ns/uts") }
        #expect(try !trial.run().succeeded)
    }

    @Test func theCgroupNamespaceHidesThePath() throws {
        let trial = try Trial("cat /proc/self/cgroup")
        let outcome = try trial.run()
        #expect(outcome.lines.filter { $0.contains(":pids:") }.allSatisfy { $0.hasSuffix(":/") })
        #expect(!outcome.out.contains(trial.id))
    }
}
