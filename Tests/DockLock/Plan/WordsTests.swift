import OCI
import Testing

@testable import Plan

/// The words for a step that failed, and for a configuration that can't be planned.
@Suite struct WordsTests {
    static let words: [(String, Operation, String)] = [
        ("podman", .mount, "mount proc on /proc"), ("podman", .bind, "bind /run/box/hosts on /etc/hosts"),
        ("podman", .mask, "mask /proc/kcore"), ("podman", .readonly, "make /proc/sys read-only"),
        ("podman", .sysctl, "write 0 0 to /proc/sys/net/ipv4/ping_group_range"),
        ("podman", .put, "write 100 to /proc/self/oom_score_adj"), ("podman", .hostname, "set hostname box"),
        ("podman", .user, "become user 1000:1000"), ("podman", .resolve, "find sh"),
        ("podman", .exec, "exec sh"), ("podman", .cwd, "change to the working directory /srv"),
        ("podman", .enter, "enter the cgroup of /sys/fs/cgroup/memory/box/tasks"),
        ("podman", .unshare, "unshare the mount, network, ipc, uts namespaces"),
        ("podman", .filter, "install the seccomp filter"), ("podman", .rlimit, "set resource limit 7"),
        ("podman", .symlink, "link /sys/fs/cgroup/cpu to cpu,cpuacct"),
        ("hooks", .hook, "run the hook /usr/bin/c"), ("joined", .join, "join the pid namespace"),
        ("demanding", .device, "make the device /dev/zero"), ("mounts", .super, "remount /a"),
        ("terminal", .console, "open a terminal"),
        ("exec", .join, "join the mount, pid, network, ipc, uts, cgroup namespaces"),
    ]

    @Test(arguments: words)
    func stepSaysWhatItDoes(_ name: String, _ operation: Operation, _ words: String) throws {
        let chosen = try #require(Case.all.first { $0.name == name })
        let plan = try chosen.plan()
        let index = try #require(plan.place(operation))
        #expect(plan.describe(step: index) == "step \(index + 1), \(words)")
    }

    @Test func hostMustNotBeMountedOver() throws {
        let changes: [(String, (inout Spec) -> Void)] = [
            ("mounts", { $0.mounts = [Mount()] }), ("linux.maskedPaths", { $0.linux.maskedPaths = ["/a"] }),
            ("linux.readonlyPaths", { $0.linux.readonlyPaths = ["/a"] }),
        ]
        for (path, change) in changes {
            var spec = try configuration(linux: namespaces("pid"))
            change(&spec)
            #expect(throws: SpecError(path: path, problem: "needs a mount namespace")) { try plan(spec) }
        }
    }

    private func plan(_ spec: Spec) throws {
        _ = try Plan.create(spec, process: try spec.first(), around: .usual, filter: nil)
    }
}
