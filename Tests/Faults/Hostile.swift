import Glibc
import Harness
import Testing

/// config.json in the hands of an enemy: an error that says something, no crash, nothing left.
@Suite(.blackBox) struct Hostile {
    /// Runs a bundle whose config.json is these bytes.
    private func refuse(_ text: String, at place: SourceLocation = #_sourceLocation) throws {
        let trial = try Trial("echo ran")
        Host.write(text, to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect((1..<124).contains(outcome.status), "\(outcome)", sourceLocation: place)
        #expect(!outcome.out.contains("ran") && !outcome.err.isEmpty, sourceLocation: place)
        #expect(outcome.err.utf8.count < 10_000, sourceLocation: place)
        #expect(trial.leftovers() == [], sourceLocation: place)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "null", "5", "\"text\"", "{}", "{\"ociVersion\":\"1.0.0\"}",
        "{\"ociVersion\"}",
        "{\"a\":1,}", "{'a':1}", "{\"a\":tru}", "{\"a\":01}", "{\"a\":1e}", "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\u{1}\"}", "{\"a\":NaN}", "\u{feff}{", "{\"a\":\"\\ud800\"}x",
    ])
    func whatIsNoConfiguration(text: String) throws { try refuse(text) }

    @Test(arguments: ["[", "{\"a\":", "{\"process\":[", "\"\\u0041"])
    func endlessNesting(part: String) throws { try refuse(String(repeating: part, count: 200_000)) }

    @Test func textAfterTheEnd() throws {
        let trial = try Trial("echo ran")
        Host.write(trial.configuration.json + "}", to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
    }

    @Test func aMemberThatStandsTwice() throws {
        let trial = try Trial("echo ran")
        let text = trial.configuration.json
        Host.write("{\"ociVersion\":\"1.0.0\"," + text.dropFirst(), to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect(!outcome.succeeded && outcome.err.contains("ociVersion"), "\(outcome)")
    }

    static let wrongTypes: [([String], Value)] = [
        (["process"], []), (["process"], nil), (["process", "args"], []), (["process", "args"], "sh"),
        (["process", "args"], [5]), (["process", "args"], nil), (["process", "env"], ["A", 5]),
        (["process", "cwd"], 5), (["process", "cwd"], nil), (["process", "user"], "root"),
        (["process", "user", "uid"], -1), (["process", "user", "uid"], "0"),
        (["process", "user", "uid"], .raw("4294967296")), (["process", "user", "uid"], .raw("1e99")),
        (["process", "user", "uid"], .raw("0.5")), (["process", "rlimits"], ["RLIMIT_CORE"]),
        (["process", "rlimits"], [["type": "RLIMIT_CORE", "soft": 9, "hard": 1]]),
        (
            ["process", "rlimits"],
            [["type": "RLIMIT_CORE", "soft": -5, "hard": .raw("99999999999999999999999")]]
        ),
        (["process", "oomScoreAdj"], 5000), (["process", "noNewPrivileges"], "yes"),
        (["process", "capabilities"], ["CAP_KILL"]), (["process", "terminal"], 1),
        (["root"], nil), (["root"], "rootfs"), (["root", "path"], nil), (["root", "path"], ""),
        (["root", "path"], .raw("\"root\\u0000fs\"")), (["root", "readonly"], "true"),
        (["process", "args"], .raw("[\"sh\\u0000\",\"-c\",\"true\"]")), (["hostname"], .raw("\"a\\u0000b\"")),
        (["hostname"], 5), (["mounts"], ["/proc"]), (["mounts"], [["source": "proc", "type": "proc"]]),
        (["mounts"], [["destination": 5]]),
        (["mounts"], .raw("[{\"destination\":\"/a\\u0000b\",\"type\":\"tmpfs\"}]")),
        (["linux", "namespaces"], "all"), (["linux", "namespaces"], [["type": 5]]),
        (["linux", "namespaces"], [["path": "/proc/self/ns/net"]]), (["linux", "devices"], ["/dev/null"]),
        (["linux", "uidMappings"], [["containerID": 0, "hostID": .raw("4294967295"), "size": 5]]),
        (["linux", "resources"], []), (["linux", "resources", "memory"], ["limit": "much"]),
        (["linux", "resources", "memory"], ["limit": .raw("99999999999999999999999999")]),
        (["linux", "resources", "pids"], 5), (["linux", "resources", "cpu"], ["cpus": 0]),
        (["linux", "resources", "devices"], [["allow": "no"]]), (["linux", "cgroupsPath"], 5),
        (["linux", "cgroupsPath"], .raw("\"/docklock\\u0000\"")),
        (["linux", "sysctl"], ["net.ipv4.ip_forward"]),
        (["linux", "sysctl"], ["net.ipv4.ip_forward": 1]),
        (["linux", "sysctl"], ["net/../../kernel/domainname": "x"]),
        (["linux", "seccomp"], ["defaultAction": 5]), (["linux", "seccomp"], []),
        (["linux", "maskedPaths"], "/x"),
        (["linux", "maskedPaths"], [5]), (["linux", "readonlyPaths"], [["a": 1]]),
        (["linux", "rootfsPropagation"], "sideways"), (["hooks"], []), (["hooks", "prestart"], "/bin/true"),
        (["hooks", "prestart"], [["path": "/bin/true", "timeout": 0]]),
        (["hooks", "prestart"], [["path": "/bin/true", "timeout": -1]]), (["annotations"], ["a"]),
        (["annotations"], ["a": 5]), (["linux", "personality"], ["domain": "DOS"]),
        (["process", "ioPriority"], ["class": "IOPRIO_CLASS_DREAM", "priority": 1]),
        (["process", "scheduler"], ["policy": "SCHED_DREAM"]),
        (["linux", "timeOffsets"], ["dreamtime": ["secs": 1]]),
    ]

    @Test(arguments: wrongTypes)
    func aMemberOfTheWrongKind(path: [String], value: Value) throws {
        let trial = try Trial("echo ran")
        var config = trial.configuration
        switch path.count {
        case 1: config[path[0]] = value
        case 2: config[path[0], path[1]] = value
        default: config[path[0], path[1], path[2]] = value
        }
        // nil asks for a missing member, which null is not everywhere.
        if value == .null { config = config.removing(path) }
        Host.write(config.json, to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect((1..<124).contains(outcome.status), "\(path) \(value): \(outcome)")
        #expect(!outcome.out.contains("ran") && !outcome.err.isEmpty)
        #expect(outcome.err.contains(path.last ?? ""), "\(outcome.err)")
    }

    @Test(arguments: ["/docklock/../../../etc", "../../../../..", "/a/../../b"])
    func aCgroupPathThatClimbs(path: String) throws {
        let trial = try Trial("cat /proc/self/cgroup") { $0["linux", "cgroupsPath"] = .string(path) }
        let outcome = try trial.run()
        #expect((0..<124).contains(outcome.status), "\(outcome)")
        for hierarchy in Host.hierarchies { #expect(!Host.exists(hierarchy + "/../etc/cgroup.procs")) }
    }

    @Test func manyMountsAndLongWords() throws {
        let trial = try Trial("ls /many | wc -l; echo ${#LONG}") { config in
            for number in 0..<300 {
                config.mount("/many/\(number)", from: "tmpfs", type: "tmpfs", ["size=4k"])
            }
            config.append("process", "env", value: .string("LONG=" + String(repeating: "x", count: 100_000)))
        }
        #expect(try trial.run().lines == ["300", "100000"])
    }

    @Test func aConfigurationOfManyMegabytes() throws {
        let trial = try Trial("echo ran") {
            $0["annotations"] = ["long": .string(String(repeating: "x", count: 8_000_000))]
        }
        let outcome = try trial.run()
        #expect(outcome.succeeded ? outcome.out == "ran\n" : !outcome.err.isEmpty)
    }

    @Test func aMissingConfiguration() throws {
        let trial = try Trial("echo ran")
        unlink(trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect(!outcome.succeeded && outcome.err.contains("config.json"))
    }

    @Test func aConfigurationThatIsAFolder() throws {
        let trial = try Trial("echo ran")
        unlink(trial.bundle + "/config.json")
        mkdir(trial.bundle + "/config.json", 0o755)
        let outcome = try trial.run()
        #expect((1..<124).contains(outcome.status), "\(outcome)")
    }

    @Test func aRootThatIsAFile() throws {
        let trial = try Trial("echo ran") { $0["root", "path"] = "config.json" }
        #expect(try !trial.run().succeeded)
    }

    @Test func aBundleThatDoesNotExist() throws {
        let trial = try Trial("echo ran")
        let outcome = try trial.invoke(["run", "--bundle", "/no/such/bundle", trial.id])
        #expect(!outcome.succeeded && !outcome.err.isEmpty)
    }
}

extension Value {
    /// The value without the member at a path.
    func removing(_ path: [String]) -> Value {
        var changed = self
        switch path.count {
        case 1: changed[path[0]] = Value?.none
        case 2: changed[path[0], path[1]] = Value?.none
        default: changed[path[0], path[1], path[2]] = Value?.none
        }
        return changed
    }
}
