import OCI
import Testing

@testable import Plan

/// A plan of the tests: a configuration, its surroundings, and what comes of them.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let plan: @Sendable () throws -> Plan

    var testDescription: String { name }

    init(_ name: String, _ plan: @escaping @Sendable () throws -> Plan) {
        self.name = name
        self.plan = plan
    }

    /// The plan of `create`.
    static func create(
        _ name: String, _ spec: @escaping @Sendable () throws -> Spec, filter: PlannedFilter? = nil,
        _ change: @escaping @Sendable (inout Surroundings) -> Void = { _ in }
    ) -> Case {
        Case(name) {
            let spec = try spec()
            var around = Surroundings.usual
            change(&around)
            return try Plan.create(spec, process: try spec.first(), around: around, filter: filter)
        }
    }

    /// The plan of `exec` of the container's own process.
    static func exec(
        _ name: String, _ spec: @escaping @Sendable () throws -> Spec, filter: PlannedFilter? = nil,
        _ change: @escaping @Sendable (inout Surroundings) -> Void = { _ in }
    ) -> Case {
        Case(name) {
            let spec = try spec()
            var around = Surroundings.usual
            around.initPid = 77
            change(&around)
            return Plan.exec(spec, process: try spec.first(), around: around, filter: filter)
        }
    }

    static let all: [Case] = [
        create("podman", podman, filter: .plain) { $0.keyring = "_ses.box" },
        create("podman-unified", podman) { $0.cgroupTrees = [.unified] },
        create("user-namespace", { try mapped() }),
        create("user-namespace-systemd", { try mapped() }) {
            $0.asksForCgroups = true
            $0.cgroupFiles = []
            $0.cgroupTrees = [.unified]
        },
        create("rootless", { try mapped() }, filter: .plain) {
            $0.isPrivileged = false
            $0.uid = 1000
            $0.cgroupFiles = []
        },
        create("joined", joined),
        create("no-mount-namespace", { try configuration(linux: namespaces("pid", "network")) }),
        create("demanding", demanding, filter: .plain) { $0.waits = false },
        create("hooks", hooked) {
            $0.noPivot = true
            $0.hasKcore = false
        },
        create("terminal", terminal) {
            $0.hasConsoleSocket = true
            $0.preserved = 2
        },
        create("notify", podman, filter: .notifying),
        create("mounts", mounted),
        create("layers", layered),
        exec("exec", podman, filter: .plain),
        exec("exec-demanding", demanding, filter: .notifying),
        exec("exec-terminal", terminal) { $0.hasConsoleSocket = true },
        exec("exec-user-namespace", { try mapped() }),
        exec("exec-no-mount-namespace", { try configuration(linux: namespaces("network")) }),
    ]
}

/// Ways to mount, each in its own folder.
@Sendable private func mounted() throws -> Spec {
    let rows = [
        ("/a", "tmpfs", "[\"ro\", \"tmpcopyup\", \"size=1k\", \"rshared\"]"),
        ("/b", "bind", "[\"bind\", \"ro\", \"nosuid\", \"noatime\", \"slave\"]"),
        ("/c", "bind", "[\"rbind\", \"rro\", \"rrelatime\", \"rexec\", \"unbindable\"]"),
        ("/d", "none", "[\"bind\", \"src-nofollow\", \"dest-nofollow\"]"),
        ("/e", "overlay", "[\"lowerdir=/x\", \"dirsync\", \"nosymfollow\"]"),
        ("/a", "", "[\"remount\", \"nodev\", \"size=2k\"]"),
        ("/b", "", "[\"remount\", \"bind\", \"rw\", \"strictatime\"]"),
        ("f", "bind", "[\"bind\", \"relatime\"]"),
        ("/dev", "tmpfs", "[\"ro\", \"nosuid\"]"),
    ]
    let mounts = rows.map { destination, type, options in
        "{\"destination\": \"\(destination)\", \"type\": \"\(type)\", \"source\": \"/srv/x\","
            + " \"options\": \(options)}"
    }
    let relative = "{\"destination\": \"/g\", \"type\": \"bind\", \"source\": \"data\"}"
    return try configuration(
        mounts: (mounts + [relative]).joined(separator: ","), linux: namespaces("mount"))
}

/// The root laid over the layers of an image, as `docklock run IMAGE` has it.
@Sendable private func layered() throws -> Spec {
    let root = """
        {"destination": "/", "type": "overlay", "source": "/srv/layers",
         "options": ["lowerdir=aa:bb", "upperdir=/srv/box/upper", "workdir=/srv/box/work"]},
        """
    return try configuration(mounts: root + usualMounts, linux: usual)
}

@Sendable private func terminal() throws -> Spec {
    try configuration(
        process: "\"terminal\": true, \"consoleSize\": {\"height\": 24, \"width\": 80}", mounts: usualMounts,
        linux: usual)
}

extension Spec {
    func first() throws -> ProcessSpec {
        guard let process else { throw SpecError(path: "process", problem: "is missing") }
        return process
    }
}

extension Surroundings {
    /// A host of hybrid cgroups, and a `create` on it.
    static var usual: Surroundings {
        var around = Surroundings()
        around.rootfs = "/srv/box/rootfs"
        around.bundle = "/srv/box"
        around.cgroupFiles = ["/sys/fs/cgroup/memory/box/tasks", "/sys/fs/cgroup/cpu,cpuacct/box/tasks"]
        around.cgroupTrees = [
            .init(name: "memory", options: "memory", directory: "/sys/fs/cgroup/memory/box"),
            .init(
                name: "cpu,cpuacct", options: "cpu,cpuacct", directory: "/sys/fs/cgroup/cpu,cpuacct/box",
                links: ["cpu", "cpuacct"]),
            .init(name: "unified", options: nil, directory: "/sys/fs/cgroup/unified/box"),
        ]
        return around
    }
}

extension Surroundings.CgroupTree {
    /// Of a host that has nothing but version 2.
    static let unified = Self(name: "", options: nil, directory: "/sys/fs/cgroup/box")
}

extension PlannedFilter {
    static let plain = PlannedFilter(program: [UInt8](repeating: 6, count: 16), flags: 2, notifies: false)
    static let notifying = PlannedFilter(program: [UInt8](repeating: 6, count: 8), flags: 0, notifies: true)
}
