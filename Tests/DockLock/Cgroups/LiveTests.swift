import Glibc
import Kernel
import OCI
import Testing

@testable import Cgroups

/// The trees of this host, where the tests may make cgroups in every one of them.
private let writable: CgroupHost? = {
    guard getuid() == 0, let host = try? CgroupHost.detect(), !host.isEmpty else { return nil }
    let mounts = host.hierarchies.map { $0.mount } + (host.unifiedMount.map { [$0] } ?? [])
    return mounts.allSatisfy { access($0, W_OK) == 0 } ? host : nil
}()

/// A cgroup of a name of its own with, where asked, a process in it; gone with the test.
private final class LiveCgroup {
    let host: CgroupHost
    let cgroup: Cgroup
    var children: [pid_t] = []

    init(_ name: String, path: String? = nil) throws {
        host = try #require(writable)
        let place = try Cgroup.place(
            cgroupsPath: path ?? "/docklock-live-\(getpid())-\(name)", id: name, driver: .cgroupfs,
            rootless: false, host: host)
        cgroup = try Cgroup.make(place, host: host, resources: nil)
    }

    func spawn(_ program: String, _ words: [String]) throws -> pid_t {
        let arguments = ([program] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        try #require(posix_spawn(&pid, program, nil, nil, arguments, environ) == 0)
        children.append(pid)
        return pid
    }

    func join() throws -> pid_t {
        let pid = try spawn("/bin/sleep", ["1000"])
        try cgroup.add(pid: pid)
        return pid
    }

    func reap() {
        for child in children { waitpid(child, nil, 0) }
        children = []
    }

    deinit {
        try? cgroup.kill()
        reap()
        try? cgroup.remove()
    }
}

@Suite(.enabled(if: writable != nil, "needs root and writable cgroup trees"), .serialized)
struct LiveTests {
    @Test func isMadeInEveryTreeAndRemoved() throws {
        let live = try LiveCgroup("made")
        for branch in live.cgroup.branches { #expect(Files.isDirectory(branch.directory)) }
        #expect(live.cgroup.exists)
        #expect(live.cgroup.joinFiles.count == live.host.hierarchies.count)
        #expect(live.cgroup.joinFiles.allSatisfy { Files.exists($0) })
        #expect((live.cgroup.unifiedDirectory != nil) == (live.host.unifiedMount != nil))
        try live.cgroup.remove()
        for branch in live.cgroup.branches { #expect(!Files.exists(branch.directory)) }
        #expect(!live.cgroup.exists)
        try live.cgroup.remove()
    }

    @Test func nestedLevelsAreMadeAndTakeProcesses() throws {
        let outer = "/docklock-live-\(getpid())-outer"
        let live = try LiveCgroup("inner", path: outer + "/middle/inner")
        let pid = try live.join()
        #expect(try live.cgroup.processes() == [pid])
        try live.cgroup.kill()
        live.reap()
        let top = Cgroup(CgroupPlace(driver: .cgroupfs, path: outer), host: live.host)
        try top.remove()
        #expect(!live.cgroup.exists)
        #expect(!top.exists)
    }

    @Test func levelsThatOthersLeftEmptyAreFilled() throws {
        let outer = "/docklock-live-\(getpid())-bare"
        let host = try #require(writable)
        for branch in Cgroup(CgroupPlace(driver: .cgroupfs, path: outer), host: host).branches {
            try Files.makeDirectory(branch.directory)
        }
        do {
            let live = try LiveCgroup("filled", path: outer + "/filled")
            let pid = try live.join()
            #expect(try live.cgroup.processes() == [pid])
        }
        try Cgroup(CgroupPlace(driver: .cgroupfs, path: outer), host: host).remove()
    }

    @Test func refusesOneThatIsLivedIn() throws {
        let live = try LiveCgroup("lived")
        _ = try live.join()
        #expect(throws: CgroupError.self) {
            try Cgroup.make(live.cgroup.place, host: live.host, resources: nil)
        }
        #expect(try live.cgroup.processes().count == 1)
        #expect(live.cgroup.branches.allSatisfy { Files.exists($0.directory) })
    }

    @Test func refusesOneThatIsFrozen() throws {
        let live = try LiveCgroup("cold")
        try live.cgroup.freeze()
        #expect(throws: CgroupError.self) {
            try Cgroup.make(live.cgroup.place, host: live.host, resources: nil)
        }
        try live.cgroup.thaw()
        _ = try Cgroup.make(live.cgroup.place, host: live.host, resources: nil)
    }

    @Test func freezesAndThaws() throws {
        let live = try LiveCgroup("frozen")
        _ = try live.join()
        #expect(try !live.cgroup.isFrozen())
        try live.cgroup.freeze()
        #expect(try live.cgroup.isFrozen())
        try live.cgroup.thaw()
        #expect(try !live.cgroup.isFrozen())
    }

    @Test func killsWhatIsFrozenInEitherTree() throws {
        let live = try LiveCgroup("killed")
        let pid = try live.join()
        try live.cgroup.freeze()
        if let unified = live.cgroup.unified { try Files.put("1", to: unified.directory + "/cgroup.freeze") }
        try live.cgroup.kill()
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        live.children = []
        #expect(status & 0x7F == SIGKILL)
        #expect(try live.cgroup.processes().isEmpty)
    }

    @Test func listsAndRemovesNestedOnes() throws {
        let live = try LiveCgroup("nested")
        let pid = try live.join()
        for branch in live.cgroup.branches { try Files.makeDirectories(branch.directory + "/a/b") }
        let inner = Cgroup(
            CgroupPlace(driver: .cgroupfs, path: live.cgroup.place.path + "/a"), host: live.host)
        if live.host.mode == .unified { try inner.add(pid: pid) }
        for branch in inner.legacy where !branch.controllers.contains("cpuset") {
            try Files.put(String(pid), to: branch.directory + "/cgroup.procs")
        }
        #expect(try live.cgroup.processes() == [pid])
        try live.cgroup.kill()
        live.reap()
        try live.cgroup.remove()
        #expect(!live.cgroup.exists)
    }

    @Test func setsLimits() throws {
        let live = try LiveCgroup("limits")
        var resources = Resources()
        resources.pidsLimit = 7
        resources.memory = Resources.Memory()
        resources.memory?.limit = 64 << 20
        resources.cpu = Resources.CPU()
        resources.cpu?.shares = 512
        resources.cpu?.quota = 50_000
        resources.cpu?.period = 100_000
        resources.cpu?.cpus = "0"
        try live.cgroup.apply(resources, update: false)
        func read(_ controller: String, _ legacy: String, _ unified: String) throws -> String {
            if let directory = live.cgroup.legacyDirectory(of: controller) {
                return try Files.text(directory + "/" + legacy)
            }
            return try Files.text(try #require(live.cgroup.unifiedDirectory) + "/" + unified)
        }
        #expect(try read("pids", "pids.max", "pids.max") == "7\n")
        #expect(try read("memory", "memory.limit_in_bytes", "memory.max") == "67108864\n")
        #expect(["512\n", "20\n"].contains(try read("cpu", "cpu.shares", "cpu.weight")))
        #expect(["50000\n", "50000 100000\n"].contains(try read("cpu", "cpu.cfs_quota_us", "cpu.max")))
        #expect(try read("cpuset", "cpuset.cpus", "cpuset.cpus") == "0\n")
        resources.memory?.limit = -1
        resources.pidsLimit = -1
        try live.cgroup.apply(resources, update: true)
        #expect(try read("pids", "pids.max", "pids.max") == "max\n")
    }

    @Test func memoryAndSwapMoveUpAndDown() throws {
        let live = try LiveCgroup("swap")
        var resources = Resources()
        for (limit, swap) in [(32, 64), (96, 128), (16, 24), (16, 16), (128, -1), (8, 12), (-1, 0), (4, 4)] {
            resources.memory = Resources.Memory()
            resources.memory?.limit = limit < 0 ? -1 : Int64(limit) << 20
            resources.memory?.swap = swap < 0 ? -1 : Int64(swap) << 20
            try live.cgroup.apply(resources, update: true)
        }
    }

    @Test func periodsMoveWithTheirQuota() throws {
        let live = try LiveCgroup("quota")
        var resources = Resources()
        for (quota, period) in [(50_000, 100_000), (1000, 2000), (900_000, 1_000_000), (-1, 100_000)] {
            resources.cpu = Resources.CPU()
            resources.cpu?.quota = Int64(quota)
            resources.cpu?.period = UInt64(period)
            try live.cgroup.apply(resources, update: true)
        }
    }

    @Test func refusesUnifiedKeysWithoutTheirController() throws {
        let live = try LiveCgroup("keys")
        var resources = Resources()
        resources.unified = [Annotation(key: "nothing.max", value: "1")]
        let error = #expect(throws: CgroupError.self) {
            try live.cgroup.apply(resources, update: false)
        }
        #expect(error?.description.contains("nothing.max") == true)
    }

    @Test func loadsADeviceProgram() throws {
        let live = try LiveCgroup("devices")
        let directory = try #require(live.cgroup.unifiedDirectory)
        let rules = try DeviceRules([rule("-a"), rule("+c 10:200 rw"), rule("-c 10:200 w")])
        try DeviceProgram(rules).attach(to: directory)
    }

    @Test func countsWhatItHolds() throws {
        let live = try LiveCgroup("counts")
        _ = try live.join()
        let statistics = try live.cgroup.statistics()
        if live.host.mode != .unified {
            #expect(statistics.pids.current == 1)
            #expect(!statistics.memory.raw.isEmpty)
            #expect(!statistics.cpuset.cpus.isEmpty)
        }
        try live.cgroup.kill()
        live.reap()
        try live.cgroup.remove()
        #expect(throws: CgroupError.self) { try live.cgroup.statistics() }
    }

    @Test func tellsOfMemoryRunningOut() throws {
        let live = try LiveCgroup("oom")
        var resources = Resources()
        resources.memory = Resources.Memory()
        resources.memory?.limit = 4 << 20
        resources.memory?.swap = 4 << 20
        try live.cgroup.apply(resources, update: false)
        var watch = try live.cgroup.watchOOM()
        #expect(!watch.next().outOfMemory)
        // The shell joins by itself, so that every page it fills counts.
        let join = live.cgroup.branches.map { "echo 0 > \($0.directory)/cgroup.procs; " }.joined()
        let child = try live.spawn("/bin/sh", ["-c", join + "exec tail /dev/zero"])
        var poller = pollfd(fd: watch.descriptor.number, events: Int16(POLLIN), revents: 0)
        #expect(poll(&poller, 1, 30_000) == 1)
        var seen = watch.next()
        while !seen.outOfMemory, poll(&poller, 1, 30_000) == 1 { seen = watch.next() }
        #expect(seen.outOfMemory)
        var status: Int32 = 0
        #expect(waitpid(child, &status, 0) == child)
        #expect(status & 0x7F == SIGKILL)
        live.children = []
        try live.cgroup.remove()
        #expect(watch.next().ended)
    }

    @Test func aHostWithoutTreesIsRefused() throws {
        let none = CgroupHost(hierarchies: [], unifiedMount: nil)
        #expect(throws: CgroupError.self) {
            try Cgroup.make(CgroupPlace(driver: .cgroupfs, path: "/a"), host: none, resources: nil)
        }
        let disabled = try Cgroup.make(
            CgroupPlace(driver: .disabled, path: ""), host: none, resources: nil)
        #expect(disabled.joinFiles.isEmpty && !disabled.exists)
    }
}
