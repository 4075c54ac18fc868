import OCI
import Testing

@testable import Plan

/// What the child does, in which order: the order is the isolation.
@Suite struct PlanTests {
    @Test func aContainerReadsAsAList() throws {
        let spec = try Documents.spec(
            """
            "hostname": "box", "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
            "hooks": {"startContainer": [{"path": "/bin/hook"}]}
            """,
            linux: Documents.isolated + """
                , "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"],
                "sysctl": {"net.ipv4.ip_forward": "1"}
                """, process: #""noNewPrivileges": true"#)
        var around = Documents.around
        around.cgroupFiles = ["/sys/fs/cgroup/pids/box/cgroup.procs"]
        let filter = PlannedFilter(program: [1, 2, 3, 4, 5, 6, 7, 8], flags: 0, notifies: false)
        let plan = try Documents.plan(spec, around: around, filter: filter)
        #expect(
            plan.words == [
                "unshare the mount, network, ipc, uts namespaces",
                "enter the cgroup of /sys/fs/cgroup/pids/box/cgroup.procs",
                "unshare the cgroup namespace",
                "start a session",
                "bring up lo",
                "set hostname box",
                "set the propagation of /",
                "open the root filesystem /bundle/rootfs",
                "mount proc on /proc",
                "make the device /dev/null",
                "make the device /dev/zero",
                "make the device /dev/full",
                "make the device /dev/random",
                "make the device /dev/urandom",
                "make the device /dev/tty",
                "link /dev/fd to /proc/self/fd",
                "link /dev/stdin to /proc/self/fd/0",
                "link /dev/stdout to /proc/self/fd/1",
                "link /dev/stderr to /proc/self/fd/2",
                "link /dev/core to /proc/kcore",
                "change the root",
                "write 1 to /proc/sys/net/ipv4/ip_forward",
                "make /proc/sys read-only",
                "mask /proc/kcore",
                "change to the working directory /",
                "set no_new_privs",
                "close descriptors",
                "drop capabilities from the bounding set",
                "become user 0:0",
                "set capabilities",
                "find /bin/job",
                "wait for the runtime",
                "wait for start",
                "install the seccomp filter",
                "run the hook /bin/hook",
                "exec /bin/job",
            ])
        #expect(plan.cloneFlags == NamespaceKind.pid.flag)
        #expect(plan.needs == [.fifo])
    }

    @Test func theSameConfigurationGivesTheSamePlan() throws {
        let spec = try Documents.spec(linux: Documents.isolated)
        let (one, two) = (try Documents.plan(spec), try Documents.plan(spec))
        #expect(one.steps == two.steps)
        #expect(one.needs == two.needs)
        #expect(one.cloneFlags == two.cloneFlags)
    }

    @Test func aFailedStepIsNamedByPlaceAndDeed() throws {
        let spec = try Documents.spec(
            #""mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}]"#,
            linux: Documents.isolated)
        let plan = try Documents.plan(spec)
        let place = try #require(plan.steps.firstIndex { $0.operation == .mount })
        #expect(plan.describe(step: place) == "step \(place + 1), mount proc on /proc")
        #expect(plan.describe(step: 999) == "step 1000")
    }

    @Test func withoutAMountNamespaceNothingOfTheHostIsTouched() throws {
        let linux = #""namespaces": [{"type": "pid"}]"#
        let refused = [
            (#""mounts": [{"destination": "/proc", "type": "proc"}]"#, "", "mounts"),
            ("", #", "maskedPaths": ["/proc/kcore"]"#, "linux.maskedPaths"),
            ("", #", "readonlyPaths": ["/proc/sys"]"#, "linux.readonlyPaths"),
        ]
        for (members, more, path) in refused {
            let spec = try Documents.spec(members, linux: linux + more)
            #expect(throws: SpecError(path: path, problem: "needs a mount namespace")) {
                try Documents.plan(spec)
            }
        }
        let plan = try Documents.plan(try Documents.spec(linux: linux))
        #expect(!plan.steps.contains { [.mount, .device, .propagate, .mask].contains($0.operation) })
    }

    @Test func aJoinedMountNamespaceStaysAsItIs() throws {
        let linux = #""namespaces": [{"type": "mount", "path": "/proc/7/ns/mnt"}]"#
        let spec = try Documents.spec(linux: linux + #", "rootfsPropagation": "shared""#)
        let plan = try Documents.plan(spec)
        #expect(plan.only(.root)?.n0 == 0 && plan.only(.root)?.need == -1)
        #expect(plan.only(.pivot)?.n0 == 2)
        #expect(!plan.steps.contains { [.propagate, .attributes].contains($0.operation) })
        let closed = try Spec.decode(
            Array(#"{"ociVersion": "1.0.0", "root": {"path": "r", "readonly": true}}"#.utf8))
        var whole = spec
        whole.root = closed.root
        #expect(
            throws: SpecError(
                path: "root.readonly", problem: "needs a mount namespace of the container's own")
        ) { try Documents.plan(whole) }
    }

    @Test func aUserNamespaceComesBeforeWhatBelongsToIt() throws {
        let spec = try Documents.spec(
            linux: #"""
                "namespaces": [{"type": "user"}, {"type": "mount"}, {"type": "pid"}],
                "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
                "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]
                """#)
        let plan = try Documents.plan(spec)
        #expect(
            Array(plan.words.prefix(6)) == [
                "unshare the user namespace", "wait for the runtime", "become the user namespace's root",
                "unshare the mount, pid namespaces", "fork into the new namespaces", "start a session",
            ])
        // Cloned into nothing: even the pid namespace must belong to the user namespace.
        #expect(plan.cloneFlags == 0)
        let root = Need.tree(
            path: "/bundle/rootfs", recursive: true, nofollow: false, map: nil, mapsBelow: false)
        #expect(plan.needs.contains(root))
        let null = try #require(plan.steps.first { $0.s0 == "/dev/null" })
        #expect(null.operation == .device && null.n4 == 1, "a node is bound, since none may be made")
    }

    @Test func namespacesAreJoinedByDescriptorsOfTheParent() throws {
        let spec = try Documents.spec(
            linux: #""namespaces": [{"type": "network", "path": "/run/netns/a"}, {"type": "mount"}]"#)
        let plan = try Documents.plan(spec)
        let join = try #require(plan.only(.join))
        #expect(join.n0 == NamespaceKind.network.flag)
        #expect(plan.needs[Int(join.need)] == .namespace(path: "/run/netns/a"))
        #expect(plan.only(.loopback) == nil, "a joined network is not ours to set up")
    }

    @Test func withinAnotherPidNamespaceTheChildMakesItsOwn() throws {
        let spec = try Documents.spec(linux: #""namespaces": [{"type": "pid"}]"#)
        let process = try #require(spec.process)
        var around = Surroundings.usual
        #expect(try Plan.create(spec, process: process, around: around, filter: nil).cloneFlags != 0)
        around.isNested = true
        let plan = try Plan.create(spec, process: process, around: around, filter: nil)
        #expect(plan.cloneFlags == 0)
        let made = try #require(plan.words.firstIndex { $0.hasPrefix("unshare the pid namespace") })
        let fork = try #require(plan.words.firstIndex(of: "fork into the new namespaces"))
        #expect(made < fork)
    }

    @Test func clocksAreSetBeforeAProcessEntersThem() throws {
        let spec = try Documents.spec(
            linux:
                #""namespaces": [{"type": "time"}], "timeOffsets": {"boottime": {"secs": 7, "nanosecs": 5}}"#)
        let words = try Documents.plan(spec).words
        let put = try #require(words.firstIndex(of: "write 7 7 5 to /proc/self/timens_offsets"))
        let fork = try #require(words.firstIndex(of: "fork into the new namespaces"))
        #expect(put < fork)
    }

    @Test func aFilterThatNeedsPrivilegeComesBeforePrivilegeGoes() throws {
        let filter = PlannedFilter(program: [0, 0, 0, 0, 0, 0, 0, 0], flags: 2, notifies: true)
        let bare = try Documents.plan(try Documents.spec(linux: Documents.isolated), filter: filter).steps
        let operations = bare.map(\.operation)
        let installed = try #require(operations.firstIndex(of: .filter))
        let user = try #require(operations.firstIndex(of: .user))
        #expect(installed < user)
        let asked = try #require(bare.firstIndex { $0.operation == .ask && $0.n0 == Phase.agent.rawValue })
        #expect(asked < installed, "the agent's socket is there before anything is notified")
        #expect(bare[installed].n0 == 2 && bare[installed].n1 == 1 && bare[installed].count == 8)

        let safe = try Documents.plan(
            try Documents.spec(linux: Documents.isolated, process: #""noNewPrivileges": true"#),
            filter: filter)
        #expect(safe.steps.suffix(2).map(\.operation) == [.filter, .exec])
    }

    @Test func runDoesNotWaitForStart() throws {
        var around = Documents.around
        around.waits = false
        let plan = try Documents.plan(try Documents.spec(linux: Documents.isolated), around: around)
        #expect(plan.only(.wait) == nil)
        #expect(plan.needs.isEmpty)
    }

    @Test func hooksRunBeforeTheRootChanges() throws {
        let spec = try Documents.spec(
            #"""
            "hooks": {"createContainer": [{"path": "/h", "args": ["h", "1"], "env": ["A=b"], "timeout": 3}]}
            """#, linux: Documents.isolated)
        let plan = try Documents.plan(spec)
        let hook = try #require(plan.only(.hook))
        #expect(hook.first == ["h", "1"] && hook.second == ["A=b"] && hook.n2 == 3)
        let operations = plan.steps.map(\.operation)
        let place = try #require(operations.firstIndex(of: .hook))
        #expect(plan.steps[place - 1].n0 == Phase.mounted.rawValue)
        let pivot = try #require(operations.firstIndex(of: .pivot))
        #expect(place < pivot)
    }

    @Test func execEntersTheContainerOfTheFirstProcess() throws {
        let spec = try Documents.spec(linux: Documents.isolated)
        var around = Documents.around
        around.initPid = 42
        around.cgroupFiles = ["/c/cgroup.procs"]
        let process = try ProcessSpec.decode(
            Array(#"{"args": ["id"], "cwd": "/tmp", "env": ["HOME=/"]}"#.utf8))
        let plan = Plan.exec(spec, process: process, around: around, filter: nil)
        #expect(
            plan.words == [
                "enter the cgroup of /c/cgroup.procs",
                "join the mount, pid, network, ipc, uts, cgroup namespaces", "fork into the new namespaces",
                "start a session", "open the root filesystem /", "change to the working directory /tmp",
                "close descriptors", "drop capabilities from the bounding set", "become user 0:0",
                "set capabilities", "find id", "wait for the runtime", "exec id",
            ])
        #expect(plan.needs == [.initProcess])
    }
}
