import Glibc
import Kernel
import OCI
import Request
import Upkeep

/// Joined namespaces: a container's configuration names a link in its folder, which leads to the namespace
/// of a process, and is made anew at each of its starts. So it never joins that of another process which got
/// the same number later.
extension Vessels {
    /// Where the configuration of a container looks for a namespace that it joins.
    static func link(_ folder: String, _ kind: NamespaceKind) -> String { folder + "/join-" + kind.rawValue }

    /// The ids of the containers that a request joins.
    func joined(_ request: ContainerRequest) throws -> [NamespaceKind: String] {
        var found: [NamespaceKind: String] = [:]
        func join(_ kind: NamespaceKind, _ name: String) throws { found[kind] = try find(name).record.id }
        if case .container(let name) = request.namespaces.pid { try join(.pid, name) }
        if case .container(let name) = request.namespaces.ipc { try join(.ipc, name) }
        if case .container(let name) = request.namespaces.uts { try join(.uts, name) }
        if case .container(let name) = request.namespaces.cgroup { try join(.cgroup, name) }
        if case .container(let name)? = request.networks.first?.kind { try join(.network, name) }
        return found
    }

    /// Leads the links of a container that is about to start to the containers that it joins.
    /// - Throws: `VesselError` where one of these does not run.
    func join(_ keeping: Keeping) throws {
        // A bundle that somebody has kept without an image joins what its configuration says. And no look at
        // our own keeper's lock: it is ours, and closing the file would give it back.
        guard let bytes = try? Files.read(keeping.folder + "/container.json", limit: 1 << 20) else { return }
        let joins = try VesselRecord(decoding: bytes).joins
        for kind in NamespaceKind.allCases {
            guard let other = joins[kind] else { continue }
            let target = try load(other)
            guard let target, target.isRunning, let pid = target.state?.pid, pid > 0 else {
                let name = target?.record.name ?? String(other.prefix(12))
                throw VesselError("cannot join the \(kind.rawValue) namespace of \(name): it is not running")
            }
            let link = Vessels.link(keeping.folder, kind)
            try Files.remove(link)
            let file = "/proc/\(pid)/ns/" + Vessels.file(of: kind)
            guard symlink(file, link) == 0 else { throw SystemError("symlink", errno, link) }
        }
    }

    /// The name of a namespace below /proc/PID/ns.
    private static func file(of kind: NamespaceKind) -> String {
        switch kind {
        case .network: "net"
        case .mount: "mnt"
        default: kind.rawValue
        }
    }
}
