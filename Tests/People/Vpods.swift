import CHarness
import Glibc
import Harness
import Testing

/// vPods: containers that share what a pod shares.
@Suite(.people) struct Vpods {
    static let serve = "mkdir -p /www; echo page > /www/index.html; httpd -p 80 -h /www"

    /// A container in a vPod; answers once its script has come to its end.
    @discardableResult
    private func launch(_ place: Place, _ name: String, _ script: String, _ flags: [String] = []) throws
        -> String
    {
        let shared = ["run", "-d", "--pod", "box", "--name", name, "-v", place.folder + "/ready:/ready"]
        let sleeps = script + "; echo > /ready/fifo; exec sleep 1000"
        let outcome = try place.command(shared + flags + ["busybox", "sh", "-c", sleeps]).run(
            in: place.folder)
        guard outcome.succeeded else { throw Failure("run --pod: \(outcome.err)") }
        try place.awaitReady()
        return outcome.line(0)
    }

    private func create(_ place: Place, _ flags: [String] = []) throws -> String {
        let words = ["vpod", "create", "--name", "box"]
        let network = flags.contains("-p") || flags.contains("--network") ? [] : ["--network", "none"]
        let outcome = try place.command(words + network + flags).run(in: place.folder)
        guard outcome.succeeded else { throw Failure("vpod create: \(outcome.err)") }
        return outcome.line(0)
    }

    /// Nothing is left of a vPod, on disk or on the host.
    private func leftovers(_ place: Place, _ id: String) -> [String] {
        place.leftovers() + place.names(in: "vpods").filter { $0 != "names" }
            + Host.hierarchies.map { $0 + "/docklock/vpod-" + id }.filter(Host.exists)
    }

    @Test func containersTalkOverTheLoopbackAndShareNames() throws {
        let place = try Place()
        let id = try create(place, ["--hostname", "pod", "--add-host", "far:192.0.2.7"])
        #expect(id.count == 64)
        #expect(try place.invoke("vpod", "ps", "--format", "{{.Name}} {{.Status}}").out == "box Created\n")
        try launch(place, "web", Self.serve)
        let script = "wget -qO- http://127.0.0.1/; hostname; cat /etc/hostname; grep far /etc/hosts"
        let told = try place.invoke("run", "--rm", "--pod", "box", "busybox", "sh", "-c", script)
        #expect(told.out == "page\npod\npod\n192.0.2.7\tfar\n", "\(told.out)\(told.err)")
        #expect(try place.invoke("vpod", "ps", "--format", "{{.Status}}").out == "Running\n")
        #expect(try place.invoke("ps", "-q", "--filter", "pod=" + id).lines.count == 2)
        #expect(try place.invoke("vpod", "rm", "-f", "box").out == "box\n")
        #expect(leftovers(place, id) == [])
    }

    @Test func namespacesAreSharedAndOthersAreNot() throws {
        let place = try Place()
        _ = try create(place)
        try launch(place, "one", "echo kept > /dev/shm/file")
        try launch(place, "two", "true")
        func namespace(_ name: String, _ kind: String) throws -> String {
            try place.invoke("exec", name, "readlink", "/proc/self/ns/" + kind).out
        }
        for kind in ["net", "ipc", "uts"] {
            #expect(try namespace("one", kind) == namespace("two", kind), "\(kind)")
        }
        for kind in ["mnt", "pid", "cgroup"] {
            #expect(try namespace("one", kind) != namespace("two", kind), "\(kind)")
        }
        #expect(try place.invoke("exec", "two", "cat", "/dev/shm/file").out == "kept\n")
        #expect(try place.invoke("exec", "one", "hostname").out == "box\n")
    }

    @Test func processesAreSharedWhereThatIsAsked() throws {
        let place = try Place()
        _ = try create(place, ["--share", "net,ipc,uts,pid"])
        try launch(place, "one", "true")
        let seen = try place.invoke("run", "--rm", "--pod", "box", "busybox", "ps", "-o", "pid,args")
        #expect(seen.out.contains("1 /docklock-pause") && seen.out.contains("sleep 1000"), "\(seen.out)")
        #expect(try place.invoke("vpod", "rm", "-f", "box").succeeded)
    }

    @Test func theEnvelopeLimitsAllTogether() throws {
        let place = try Place()
        let id = try create(place, ["--memory", "64m", "--pids-limit", "20", "--cpus", "0.5"])
        let one = try launch(place, "one", "true", ["--memory", "32m"])
        let two = try launch(place, "two", "true")
        let unified = Host.isUnified
        func read(_ controller: String, _ file: String) -> String? {
            Host.read("\(Host.hierarchy(controller))/docklock/vpod-\(id)/\(file)")
        }
        #expect(read("memory", unified ? "memory.max" : "memory.limit_in_bytes") == "67108864\n")
        #expect(read("pids", "pids.max") == "20\n")
        #expect(
            read("cpu", unified ? "cpu.max" : "cpu.cfs_quota_us") == (unified ? "50000 100000\n" : "50000\n"))
        let memory = unified ? "memory.max" : "memory.limit_in_bytes"
        #expect(read("memory", "\(one)/\(memory)") == "33554432\n" && read("pids", "\(two)/pids.max") != nil)
        // Each alone stays below 2048 processes, both together do not get beyond 20.
        let script = "for i in $(seq 40); do sleep 1000 & done; true"
        let many = try place.invoke("exec", "two", "sh", "-c", script)
        #expect(many.err.contains("fork"), "\(many.err)")
        #expect(try place.invoke("vpod", "rm", "-f", "box").succeeded)
        #expect(leftovers(place, id) == [])
    }

    @Test func aRestartedVpodIsJoinedAnew() throws {
        let place = try Place()
        let id = try create(place, ["-p", "127.0.0.1:8080:80"])
        try launch(place, "web", Self.serve)
        let get = place.inside("/bin/busybox", ["wget", "-qO-", "http://127.0.0.1:8080/"])
        #expect(try get.run(in: place.folder).out == "page\n")
        for _ in 0..<2 {
            #expect(try place.invoke("vpod", "restart", "-t", "0", "box").succeeded)
            try place.awaitReady()
            #expect(try get.run(in: place.folder).out == "page\n")
        }
        #expect(try place.invoke("vpod", "stop", "-t", "0", "box").out == "box\n")
        #expect(try place.invoke("vpod", "ps", "--format", "{{.Status}}").out == "Exited\n")
        #expect(try !get.run(in: place.folder).succeeded)
        #expect(Host.hierarchies.map { $0 + "/docklock/vpod-" + id }.filter(Host.exists) == [])
        // One of its containers has the vPod made ready.
        #expect(try place.invoke("start", "web").succeeded)
        try place.awaitReady()
        #expect(try get.run(in: place.folder).out == "page\n")
        #expect(try place.invoke("vpod", "rm", "-f", "box").succeeded)
        #expect(leftovers(place, id) == [])
    }

    @Test func aJoinedContainerFollowsTheOthersRestart() throws {
        let place = try Place()
        try place.launch("web", ["--network", "bridge"], Self.serve)
        let made = try place.invoke(
            "create", "--name", "get", "--network", "container:web", "busybox", "wget", "-qO-",
            "http://127.0.0.1/")
        #expect(made.succeeded, "\(made.err)")
        #expect(try place.invoke("start", "-a", "get").out == "page\n")
        #expect(try place.invoke("restart", "-t", "0", "web").succeeded)
        try place.awaitReady()
        #expect(try place.invoke("start", "-a", "get").out == "page\n")
        #expect(try place.invoke("stop", "-t", "0", "web").succeeded)
        let refused = try place.invoke("start", "-a", "get")
        #expect(refused.status == 125 && refused.err.contains("web: it is not running"), "\(refused.err)")
    }

    @Test func whatIsTheVpodsIsNotAContainers() throws {
        let place = try Place()
        _ = try create(place)
        for flags in [["--network", "none"], ["-p", "80"], ["--hostname", "x"], ["--ipc", "host"]] {
            let words = ["create", "--pod", "box"] + flags + ["busybox", "true"]
            let refused = try place.command(words).run(in: place.folder)
            #expect(
                refused.status == 125 && refused.err.contains("a matter of the vPod box"), "\(refused.err)")
        }
        let absent = try place.invoke("create", "--pod", "none", "busybox", "true")
        #expect(absent.status == 125 && absent.err.contains("no such vPod: none"))
        let second = try place.invoke("vpod", "create", "--name", "box")
        #expect(second.status == 125 && second.err.contains("\"box\""), "\(second.err)")
        #expect(try place.invoke("vpod", "create", "--name", "../x").status == 125)
        #expect(try place.invoke("vpod", "start", "none").status == 1)
        #expect(try place.invoke("vpod", "rm", "none").status == 1)
        #expect(try place.invoke("vpod", "rm", "-f", "none").status == 0)
        #expect(try place.invoke("vpod", "rm", "box").succeeded)
    }

    @Test func ofManyWhoWantANameOneGetsIt() throws {
        let place = try Place()
        let started = try (0..<6).map { _ in
            try place.command(["vpod", "create", "--name", "box", "--network", "none"]).start(
                in: place.folder)
        }
        let won = started.map { $0.wait() }.filter(\.succeeded)
        #expect(won.count == 1)
        #expect(place.names(in: "vpods").filter { $0 != "names" } == won.map { $0.line(0) })
        #expect(try place.invoke("vpod", "rm", "box").succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func manyWhoStartAtOnceFindItReady() throws {
        let place = try Place()
        let id = try create(place)
        let started = try (0..<6).map { number in
            let words = ["run", "--rm", "--pod", "box", "busybox", "echo", "\(number)"]
            return try place.command(words).start(in: place.folder)
        }
        for (number, one) in started.enumerated() {
            let outcome = one.wait()
            #expect(outcome.succeeded && outcome.out == "\(number)\n", "\(outcome.err)")
        }
        #expect(try place.invoke("vpod", "rm", "-f", "box").succeeded)
        #expect(leftovers(place, id) == [])
    }

    @Test func aRefusedVpodLeavesNothing() throws {
        let place = try Place()
        let refused = try place.invoke("vpod", "create", "--name", "box", "-p", "nonsense")
        #expect(refused.status == 125 && refused.err.contains("--publish"), "\(refused.err)")
        #expect(place.leftovers() == [] && place.names(in: "vpods") == ["names"])
    }

    @Test func oneThatRunsIsRemovedByForceAlone() throws {
        let place = try Place()
        let id = try create(place)
        try launch(place, "web", "true")
        let refused = try place.invoke("vpod", "rm", "box")
        #expect(refused.status == 2 && refused.err.contains("--force"))
        #expect(try place.invoke("stop", "-t", "0", "web").succeeded)
        #expect(try place.invoke("vpod", "ps", "--format", "{{.Status}}").out == "Degraded\n")
        #expect(try place.invoke("vpod", "stop", "-t", "0", "--all").succeeded)
        #expect(try place.invoke("vpod", "rm", "--all").succeeded)
        #expect(leftovers(place, id) == [])
    }

    @Test func itsKeyIsItsNameAndIsRotated() throws {
        let place = try Place()
        let id = try create(place)
        try launch(place, "web", "true")
        let first = try place.invoke("vpod", "inspect", "-f", "{{.Key}}", "box").line(0)
        #expect(first.hasPrefix("ed25519:") && first.utf8.count == 72)
        let told = try place.invoke("vpod", "rotate", "box").line(0)
        #expect(told.hasPrefix("key: ed25519:") && told != "key: " + first)
        #expect(try "key: " + place.invoke("vpod", "inspect", "-f", "{{.Key}}", "box").line(0) == told)
        let shown = try place.invoke("vpod", "inspect", "box").out
        #expect(shown.contains("\"event\": \"rotate\"") && shown.contains("\"signature\""))
        let look = try place.invoke("exec", "web", "find", "/", "-xdev", "-name", "key", "-size", "1")
        #expect(look.out == "", "\(look.out)")
        #expect(Host.read("\(place.data)/vpods/\(id)/events.jsonl")?.split(separator: "\n").count == 3)
    }
}
