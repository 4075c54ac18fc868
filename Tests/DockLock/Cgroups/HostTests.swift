import Testing

@testable import Cgroups

@Suite struct HostTests {
    private let hybrid = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
        33 31 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        34 31 0:30 / /mnt/again rw,relatime - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        """

    @Test func readsAHybridHost() {
        let host = CgroupHost(mountinfo: Array(hybrid.utf8))
        #expect(host.mode == .hybrid)
        #expect(host.unifiedMount == "/sys/fs/cgroup/unified")
        #expect(
            host.hierarchies == [
                .init(controllers: ["cpu", "cpuacct"], mount: "/sys/fs/cgroup/cpu,cpuacct"),
                .init(controllers: ["memory"], mount: "/sys/fs/cgroup/memory"),
                .init(controllers: ["name=systemd"], mount: "/sys/fs/cgroup/systemd"),
            ])
        #expect(host.mount(of: "cpuacct") == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(host.mount(of: "pids") == nil)
    }

    @Test func readsAUnifiedHost() {
        let text = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
        let host = CgroupHost(mountinfo: Array(text.utf8))
        #expect(host.mode == .unified)
        #expect(host.unifiedMount == "/sys/fs/cgroup")
    }

    @Test func readsALegacyHost() {
        let text = "30 23 0:26 / /cg/pids rw - cgroup none rw,pids"
        let host = CgroupHost(mountinfo: Array(text.utf8))
        #expect(host.mode == .legacy)
        #expect(host.mount(of: "pids") == "/cg/pids")
    }

    @Test func takesEscapesOutOfPaths() {
        let text = #"30 23 0:26 / /a\040b\134c rw - cgroup2 none rw"#
        #expect(CgroupHost(mountinfo: Array(text.utf8)).unifiedMount == #"/a b\c"#)
    }

    @Test(arguments: [
        "", "\n\n", " - cgroup", "1 2 3 4 5 - cgroup cgroup rw,cpu", "a b c d e f - cgroup2",
        "1 2 0:1 / /x rw - tmpfs cgroup rw,cpu", "1 2 0:1 / /x rw - cgroup x rw,unknown",
    ])
    func findsNothingInOtherLines(text: String) {
        #expect(CgroupHost(mountinfo: Array(text.utf8)).isEmpty)
    }
}
