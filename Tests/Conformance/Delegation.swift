import Glibc
import Harness
import Testing

/// Parts of the host that a container is given, or that it goes into: its cgroup, network devices, a class of
/// Intel RDT.
@Suite(.blackBox) struct Delegation {
    private func owner(_ path: String) -> uid_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_uid : nil
    }

    private func mapped(_ options: [String], _ change: (inout Value) -> Void = { _ in }) throws -> Trial {
        let trial = try Trial("echo > /ready; exec sleep 1000") {
            $0.mapUsers(from: 100_000)
            $0.unmount("/sys/fs/cgroup")
            $0.mount("/sys/fs/cgroup", from: "cgroup", type: "cgroup", options)
            change(&$0)
        }
        chown(trial.root, 100_000, 100_000)
        return trial
    }

    @Test func aUserNamespaceOwnsItsCgroup() throws {
        let trial = try mapped(["nosuid", "noexec", "nodev"]) { $0["process", "user", "uid"] = 3 }
        try trial.launch()
        let directory = trial.cgroupFile("unified", "")
        for file in ["", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"] {
            #expect(owner(directory + file) == 100_003, "\(file)")
        }
        #expect(owner(directory + "cgroup.type") == 0)
    }

    @Test func oneThatMayNotWriteThereOwnsNothing() throws {
        let trial = try mapped(["nosuid", "noexec", "nodev", "ro"])
        try trial.launch()
        #expect(owner(trial.cgroupFile("unified", "cgroup.procs")) == 0)
    }

    /// The device goes in under its other name with its addresses, from a namespace made for this.
    @Test func aNetworkDeviceGoesIn() throws {
        let trial = try Trial("cat /proc/net/dev > /dev/null; ip addr show dev inner") {
            $0["linux", "netDevices"] = ["dltouter": ["name": "inner"]]
        }
        let script = """
            ip link add dltouter type veth peer name dltpeer && ip addr add 192.0.2.7/24 dev dltouter &&
            ip link set dltouter up && exec "$0" "$@"
            """
        let run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        var call = Command("/usr/bin/unshare", ["--net", "sh", "-c", script, run.path] + run.arguments)
        call.flags = run.flags
        let outcome = try call.run(in: trial.folder)
        #expect(outcome.out.contains("192.0.2.7/24") && outcome.out.contains("UP"), "\(outcome)")
    }

    @Test func aNetworkDeviceThatIsNotThereIsNamed() throws {
        let trial = try Trial("echo ran") { $0["linux", "netDevices"] = ["dltnone": [:]] }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && outcome.err.contains("dltnone"), "\(outcome)")
        #expect(!outcome.out.contains("ran"))
    }

    @Test(.enabled(if: !Host.exists("/sys/fs/resctrl/schemata")))
    func aClassOfRDTNeedsResctrl() throws {
        let trial = try Trial("echo ran") {
            $0["linux", "intelRdt"] = ["closID": "dlt", "l3CacheSchema": "L3:0=1"]
        }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && outcome.err.lowercased().contains("rdt"), "\(outcome)")
        #expect(!outcome.out.contains("ran"))
        #expect(trial.leftovers() == [])
    }
}
