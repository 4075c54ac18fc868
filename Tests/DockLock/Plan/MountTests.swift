import OCI
import Testing

@testable import Plan

/// Options become bits of mount(2) and of mount_setattr(2); what is no option is the filesystem's.
@Suite struct MountTests {
    @Test(
        arguments: [
            (["ro", "nosuid", "nodev", "noexec"], 0xf, 0xf, 0, ""),
            (["ro", "rw"], 0, 0, 0x1, ""),
            (["rw", "ro"], 0x1, 0x1, 0, ""),
            (["noatime"], 0x400, 0x10, 0x70, ""),
            (["strictatime"], 0x100_0000, 0x20, 0x70, ""),
            (["nosymfollow"], 0x100, 0x20_0000, 0, ""),
            (["mode=755", "size=1k", "sync"], 0x10, 0, 0, "mode=755,size=1k"),
            (["defaults", ""], 0, 0, 0, ""),
        ] as [([String], UInt64, UInt64, UInt64, String)])
    func optionsBecomeBits(_ words: [String], _ flags: UInt64, _ set: UInt64, _ clear: UInt64, _ data: String)
    {
        let options = MountOptions(words)
        #expect(options.flags == flags)
        #expect(options.set == set)
        #expect(options.clear == clear)
        #expect(options.data == data)
    }

    @Test func recursiveOptionsHoldForTheWholeTree() {
        let options = MountOptions(["rbind", "rro", "rnosuid", "rexec"])
        #expect(options.isBind && options.isRecursive)
        #expect(options.deepSet == 0x3)
        #expect(options.deepClear == 0x8)
        #expect(options.set == 0 && options.data.isEmpty)
    }

    @Test(
        arguments: [
            ("private", 0x4_0000), ("rprivate", 0x4_4000), ("slave", 0x8_0000), ("rslave", 0x8_4000),
            ("shared", 0x10_0000), ("rshared", 0x10_4000), ("unbindable", 0x2_0000),
            ("runbindable", 0x2_4000),
        ] as [(String, UInt32)])
    func propagationIsNoFlag(_ word: String, _ bits: UInt32) {
        #expect(MountOptions([word]).propagation == bits)
        #expect(MountOptions([word]).flags == 0)
    }

    @Test func everyListedOptionIsTaken() {
        for name in Plan.mountOptions {
            #expect(MountOptions([name]).data.isEmpty, "\(name) was left to the filesystem")
        }
    }

    private func plan(_ mount: String, linux: String = Documents.isolated) throws -> Plan {
        try Documents.plan(try Documents.spec("\"mounts\": [\(mount)]", linux: linux))
    }

    @Test func whatTheKernelShowsIsNotLedAstray() throws {
        let proc = try #require(try plan(#"{"destination": "/proc", "type": "proc"}"#).only(.mount))
        #expect(proc.n4 & At.nofollow != 0)
        let tmp = try #require(
            try plan(#"{"destination": "/t", "type": "tmpfs", "options": ["tmpcopyup", "mode=700"]}"#).only(
                .mount))
        #expect(tmp.n4 == At.copyUp && tmp.s3 == "mode=700" && tmp.s1 == "/t")
    }

    @Test func relativeSourcesStartFromTheBundle() throws {
        let plan = try plan(#"{"destination": "data", "source": "own", "options": ["bind", "ro"]}"#)
        let bind = try #require(plan.only(.bind))
        #expect(bind.s0 == "/bundle/own" && bind.s1 == "/data" && bind.n0 == 1)
    }

    @Test func aBindWithoutASourceIsRefused() throws {
        #expect(throws: SpecError(path: "mounts[0].source", problem: "a bind mount needs a source")) {
            try plan(#"{"destination": "/data", "type": "bind"}"#)
        }
    }

    @Test func anIdmappedMountHasMapsOrIsRefused() throws {
        let mapped = try plan(
            #"""
            {"destination": "/d", "type": "bind", "source": "/s", "options": ["ridmap"],
             "uidMappings": [{"containerID": 0, "hostID": 5, "size": 2}],
             "gidMappings": [{"containerID": 0, "hostID": 6, "size": 2}]}
            """#)
        let bind = try #require(mapped.only(.bind))
        let map = Need.Map.ids(uid: "0 5 2\n", gid: "0 6 2\n")
        let tree = Need.tree(path: "/s", recursive: false, nofollow: false, map: map, mapsBelow: true)
        #expect(mapped.needs[Int(bind.need)] == tree)
        #expect(throws: SpecError.self) {
            try plan(#"{"destination": "/d", "type": "bind", "source": "/s", "options": ["idmap"]}"#)
        }
    }

    @Test(arguments: [
        #""source": "layers""#, #""source": "/l", "options": ["lowerdir=LONG"]"#, #""options": []"#,
    ])
    func layersThatCannotBeTheRootAreRefused(_ rest: String) throws {
        let long = rest.replacing("LONG", with: String(repeating: "a:", count: 2048))
        #expect(throws: SpecError.self) {
            try plan(#"{"destination": "/", "type": "overlay", \#(long)}"#)
        }
    }

    @Test func onlyAFirstOverlayOnTheRootIsTheRoot() throws {
        let first = try plan(#"{"destination": "/", "type": "overlay", "source": "/l"}"#)
        #expect(first.only(.root)?.s2 == "overlay" && first.only(.mount) == nil)
        let inner = try plan(#"{"destination": "/x", "type": "overlay", "source": "/l"}"#)
        #expect(inner.only(.root)?.s2 != "overlay" && inner.only(.mount)?.s1 == "/x")
    }

    @Test func aReadOnlyDevIsClosedAfterItsNodesAreMade() throws {
        let plan = try plan(#"{"destination": "/dev", "type": "tmpfs", "source": "t", "options": ["ro"]}"#)
        #expect(plan.only(.mount)?.n0 == 0)
        let closing = try #require(plan.steps.firstIndex { $0.operation == .attributes && $0.s0 == "/dev" })
        let last = try #require(plan.steps.lastIndex { $0.operation == .device })
        #expect(closing > last)
    }

    @Test func theHostsDevIsNotFilled() throws {
        let plan = try plan(
            #"{"destination": "/dev", "type": "bind", "source": "/dev", "options": ["rbind"]}"#)
        #expect(!plan.steps.contains { $0.operation == .device })
    }

    @Test func cgroupsOfAHybridHostAreShownEach() throws {
        let spec = try Documents.spec(
            #""mounts": [{"destination": "/sys/fs/cgroup", "type": "cgroup", "options": ["ro"]}]"#,
            linux: Documents.isolated)
        var around = Documents.around
        around.cgroupTrees = [
            .init(
                name: "cpu,cpuacct", options: "cpu,cpuacct", directory: "/c/cpu", links: ["cpu", "cpuacct"]),
            .init(name: "unified", options: nil, directory: "/c/unified"),
        ]
        let words = try Documents.plan(spec, around: around).words
        let first = try #require(words.firstIndex(of: "mount tmpfs on /sys/fs/cgroup"))
        #expect(
            Array(words[first..<(first + 8)]) == [
                "mount tmpfs on /sys/fs/cgroup", "make the directory /sys/fs/cgroup/cpu,cpuacct",
                "mount cgroup on /sys/fs/cgroup/cpu,cpuacct", "link /sys/fs/cgroup/cpu to cpu,cpuacct",
                "link /sys/fs/cgroup/cpuacct to cpu,cpuacct", "make the directory /sys/fs/cgroup/unified",
                "mount cgroup2 on /sys/fs/cgroup/unified", "set the mount attributes of /sys/fs/cgroup",
            ])
    }
}
