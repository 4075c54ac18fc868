import Glibc
import Kernel
import OCI

/// A container's cgroup: one directory in every tree that the host mounts.
///
/// A value: it holds paths, no descriptors, and may be made anew from the place that the state keeps.
public struct Cgroup: Sendable {
    /// One tree's part of it.
    struct Branch: Sendable {
        /// The controllers of a v1 tree; empty for the v2 tree.
        var controllers: [String]
        var mount: String
        /// Mount and place joined.
        var directory: String
    }

    public private(set) var place: CgroupPlace
    let host: CgroupHost
    /// The parts in v1 trees.
    let legacy: [Branch]
    /// The part in the v2 tree.
    let unified: Branch?
    /// Made by this very value, all parts of it: then nobody need look whether they are there.
    var isWhole = false

    /// The cgroup of a container whose place is known; makes nothing and looks at nothing.
    public init(_ place: CgroupPlace, host: CgroupHost) {
        self.place = place
        self.host = host
        guard place.driver != .disabled else {
            legacy = []
            unified = nil
            return
        }
        legacy = host.hierarchies.map {
            Branch(controllers: $0.controllers, mount: $0.mount, directory: $0.mount + place.path)
        }
        unified = host.unifiedMount.map { Branch(controllers: [], mount: $0, directory: $0 + place.path) }
    }

    /// Chooses the place from `linux.cgroupsPath`. For cgroupfs an absolute path is taken as it is, a
    /// relative one lies below `/docklock`, and none means `/docklock/ID`; on v2 a rootless caller's
    /// `/docklock` lies beside the caller's own cgroup, in what was delegated to the user. For systemd it is
    /// `slice:prefix:name`, and none means `docklock-ID.scope` in system.slice.
    public static func place(
        cgroupsPath: String?, id: String, driver: CgroupDriver, rootless: Bool, host: CgroupHost
    ) throws -> CgroupPlace {
        var base = "/docklock"
        if rootless, driver == .cgroupfs, host.mode == .unified {
            let memberships = try Files.text("/proc/self/cgroup")
            base = CgroupPlace.besideOwn(memberships) + base
        }
        return try CgroupPlace.choose(
            cgroupsPath: cgroupsPath, id: id, driver: driver, rootless: rootless, base: base)
    }

    /// The directory in the v2 tree, where there is one: what CLONE_INTO_CGROUP opens.
    public var unifiedDirectory: String? {
        guard let unified, isWhole || Files.exists(unified.directory) else { return nil }
        return unified.directory
    }

    /// Where in the v2 tree a process of this cgroup is: in it, or in a cgroup below that the container has
    /// made. nil where it is elsewhere.
    public func unifiedDirectory(of pid: Int32) -> String? {
        guard let unified, let path = try? Files.text("/proc/\(pid)/cgroup"),
            let line = path.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return nil }
        let directory = unified.mount + line.dropFirst("0::".count)
        guard directory == unified.directory || directory.hasPrefix(unified.directory + "/") else {
            return nil
        }
        return directory
    }

    /// The files of v1 into which a new process writes `0` to move itself: `tasks`, since moving a single
    /// thread, oneself, needs no grace period, and moving a group by `cgroup.procs` does.
    public var joinFiles: [String] {
        legacy.filter { isWhole || Files.exists($0.directory) }.map { $0.directory + "/tasks" }
    }

    /// True while any of its directories is there.
    public var exists: Bool {
        branches.contains { Files.exists($0.directory) }
    }

    /// Every tree's part, v1 first.
    var branches: [Branch] { unified.map { legacy + [$0] } ?? legacy }
}
