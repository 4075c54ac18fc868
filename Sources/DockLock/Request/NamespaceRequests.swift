import Verbs

/// Where a container's namespaces come from.
public struct NamespaceRequests: Sendable, Equatable {
    public var pid = NamespaceChoice.own
    public var ipc = NamespaceChoice.own
    public var uts = NamespaceChoice.own
    public var cgroup = NamespaceChoice.own
    /// `own` where none was asked for: the user namespace of who asks.
    public var user = UserNamespaceChoice.inherited

    public init() {}
}

public enum NamespaceChoice: Sendable, Equatable {
    /// A new one.
    case own
    /// A new one that other containers may join; of ipc alone.
    case shareable
    /// ipc alone: a new one without /dev/shm.
    case none
    case host
    case container(String)
    /// A file such as /proc/PID/ns/NAME.
    case path(String)
}

public enum UserNamespaceChoice: Sendable, Equatable {
    /// That of the runtime: for root the host's; a user who is not root always gets a new one, and is root
    /// in it.
    case inherited
    case host
    /// A new one; `--uidmap`, `--gidmap` or the caller's share of ids says which.
    case mapped
    /// A new one with a share of ids that no other container has.
    case auto
    /// A new one in which the user keeps the ids.
    case keepID
    /// As keepID, but the user's own ids are not mapped.
    case noMap
    case container(String)
    case path(String)
}

/// `private`, `host`, `container:NAME` and `ns:PATH`.
func namespaceChoice(_ value: String) throws(Wrong) -> NamespaceChoice {
    switch value {
    case "", "private": return .own
    case "host": return .host
    default: break
    }
    if let name = tail(of: value, after: "container:") { return .container(try full(name, value)) }
    if let path = tail(of: value, after: "ns:") { return .path(try full(path, value)) }
    throw Wrong("\"\(value)\" is none of private, host, container:NAME, ns:PATH")
}

func ipcChoice(_ value: String) throws(Wrong) -> NamespaceChoice {
    switch value {
    case "shareable": return .shareable
    case "none": return .none
    default: return try namespaceChoice(value)
    }
}

func userNamespaceChoice(_ value: String) throws(Wrong) -> UserNamespaceChoice {
    switch value {
    case "": return .inherited
    case "host": return .host
    case "private": return .mapped
    case "auto": return .auto
    case "keep-id": return .keepID
    case "nomap": return .noMap
    default: break
    }
    if let name = tail(of: value, after: "container:") { return .container(try full(name, value)) }
    if let path = tail(of: value, after: "ns:") { return .path(try full(path, value)) }
    throw Wrong("\"\(value)\" is none of host, private, auto, keep-id, nomap, container:NAME, ns:PATH")
}

private func full(_ rest: String, _ value: String) throws(Wrong) -> String {
    if rest.isEmpty { throw Wrong("\"\(value)\" names nothing after its colon") }
    return rest
}

/// What follows a prefix; nil where the text does not begin so.
func tail(of text: String, after prefix: String) -> String? {
    text.hasPrefix(prefix) ? String(text.dropFirst(prefix.utf8.count)) : nil
}
