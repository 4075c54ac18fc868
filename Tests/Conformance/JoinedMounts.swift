import Glibc
import Harness
import Testing

/// A mount namespace that is joined by path: whoever made it finds it as it was.
@Suite(.blackBox) struct JoinedMounts {
    /// A container in whose mount namespace the folder of a second one can be seen, and that second one,
    /// which joins it.
    private func pair(_ script: String, _ change: (inout Value) -> Void = { _ in }) throws
        -> (host: Trial, pid: pid_t, guest: Trial)
    {
        let guest = try Trial(script)
        let host = try Trial("echo > /ready; exec sleep 1000") {
            $0.mount(guest.folder, from: guest.folder, ["rbind", "rshared"])
        }
        let pid = try host.launch()
        guest.rewrite {
            $0.namespace("mount", path: "/proc/\(pid)/ns/mnt")
            $0.namespace("pid", path: "/proc/\(pid)/ns/pid")
            $0["mounts"] = []
            $0["linux", "maskedPaths"] = []
            $0["linux", "readonlyPaths"] = []
            change(&$0)
        }
        return (host, pid, guest)
    }

    private func table(_ pid: pid_t) -> String { Host.read("/proc/\(pid)/mountinfo") ?? "" }

    @Test func itStaysAsItWas() throws {
        let (host, pid, guest) = try pair("echo > /ready; exec sleep 1000")
        Host.write("guest", to: guest.root + "/mark")
        let before = table(pid)
        let second = try guest.launch()
        #expect(Namespaces.of("\(second)", "mnt") == Namespaces.of("\(pid)", "mnt"))
        #expect(table(pid) == before)
        #expect(try host.exec(["cat", "/mark"]).succeeded == false, "the root of its maker was exchanged")
        #expect(try guest.delete(force: true).succeeded)
        #expect(table(pid) == before)
    }

    @Test func itsProcessesSeeTheirOwnRoot() throws {
        let (_, _, guest) = try pair("cat /mark > /ready; exec sleep 1000")
        Host.write("guest\n", to: guest.root + "/mark")
        try guest.launch(ready: false)
        #expect(try guest.awaitReady() == "guest")
        let outcome = try guest.exec(["cat", "/mark"])
        #expect(outcome.out == "guest\n", "\(outcome.err)")
    }

    /// Though the /proc of the joined namespace does not know the process.
    @Test func itsMountsAreMade() throws {
        let (_, pid, guest) = try pair("cat /proc/self/mountinfo > /ready; exec sleep 1000") {
            $0.namespace("pid")
            $0.mount("/proc", from: "proc", type: "proc", [])
        }
        try guest.launch()
        #expect(table(pid).contains(" \(guest.root)/proc "))
    }

    @Test func aRootCannotBeClosedThere() throws {
        let (_, pid, guest) = try pair("true") { $0["root", "readonly"] = true }
        let before = table(pid)
        #expect(try !guest.run().succeeded)
        #expect(table(pid) == before)
    }
}
