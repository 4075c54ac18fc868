import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Makes the directories. Refuses a cgroup that holds processes or is frozen already.
    ///
    /// With the driver `systemd` a scope is asked for, which needs `pid`, its first process, and takes
    /// `properties` (the annotations `org.systemd.property.*`); the process has moved when this returns.
    /// A rootless caller who may not write there gets a cgroup without directories, unless the
    /// configuration named a path or a limit.
    public static func make(
        _ place: CgroupPlace, host: CgroupHost, resources: Resources?, pid: Int32? = nil,
        properties: [Annotation] = []
    ) throws -> Cgroup {
        let cgroup = Cgroup(place, host: host)
        for branch in cgroup.branches { try Files.makeDirectories(branch.directory) }
        return cgroup
    }

    /// Moves a process with its threads into every part. For slow paths; a new process joins by itself.
    public func add(pid: Int32) throws {
        let text = String(pid)
        for branch in branches where Files.exists(branch.directory) {
            try Files.put(text, to: branch.directory + "/cgroup.procs")
        }
    }
}
