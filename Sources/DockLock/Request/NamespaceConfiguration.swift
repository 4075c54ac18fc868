import JSON
import OCI
import Verbs

extension Configuration {
    /// The namespaces of the container's, in a fixed order; those of the host are not named.
    func namespaces() throws(UsageError) -> [JSONNode] {
        let chosen = request.namespaces
        var found: [Namespace] = []
        if ownsUsers {
            found.append(Namespace(kind: .user))
        } else if let namespace = try joined(chosen.user) {
            found.append(namespace)
        }
        if let namespace = try namespace(.pid, chosen.pid) { found.append(namespace) }
        if let network { found.append(network) }
        if let namespace = try namespace(.ipc, chosen.ipc) { found.append(namespace) }
        if let namespace = try namespace(.uts, chosen.uts) { found.append(namespace) }
        found.append(Namespace(kind: .mount))
        if let namespace = try namespace(.cgroup, chosen.cgroup) { found.append(namespace) }
        return found.map { namespace in
            var members: [JSONNode.Member] = [.init("type", .string(namespace.kind.rawValue))]
            if let path = namespace.path { members.append(.init("path", .string(path))) }
            return .object(members)
        }
    }

    private func namespace(_ kind: NamespaceKind, _ choice: NamespaceChoice) throws(UsageError) -> Namespace?
    {
        switch choice {
        case .host: return nil
        case .own, .shareable, .none: return Namespace(kind: kind, path: premises.namespaces[kind])
        case .path(let path): return Namespace(kind: kind, path: path)
        case .container(let name):
            guard let path = premises.namespaces[kind] else {
                throw Configuration.impossible("--\(kind.rawValue): there is no container \(name) that runs")
            }
            return Namespace(kind: kind, path: path)
        }
    }

    private func joined(_ choice: UserNamespaceChoice) throws(UsageError) -> Namespace? {
        switch choice {
        case .path(let path): return Namespace(kind: .user, path: path)
        case .container(let name):
            guard let path = premises.namespaces[.user] else {
                throw Configuration.impossible("--userns: there is no container \(name) that runs")
            }
            return Namespace(kind: .user, path: path)
        default: return nil
        }
    }

    /// The network namespace: one that was made before, a new one, or nil for the host's.
    var network: Namespace? {
        if request.networks.contains(NetworkRequest(.host)) { return nil }
        if case .path(let path)? = request.networks.first?.kind {
            return Namespace(kind: .network, path: path)
        }
        return Namespace(kind: .network, path: premises.namespaces[.network])
    }
}
