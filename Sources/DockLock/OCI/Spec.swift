import JSON

/// A container's configuration: config.json of the OCI runtime specification 1.3, its Linux part.
/// Absent members of the file are nil or empty here; nothing is defaulted before the plan is made.
public struct Spec: Sendable {
    public var ociVersion = ""
    public var process: ProcessSpec?
    public var root: Root?
    public var hostname: String?
    public var domainname: String?
    public var mounts: [Mount] = []
    public var hooks = Hooks()
    public var annotations: [Annotation] = []
    public var linux = Linux()

    public init() {}
}

/// One annotation, in the order of the file.
public struct Annotation: Sendable, Equatable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// `root`: the container's root filesystem.
public struct Root: Sendable, Equatable {
    /// Absolute, or relative to the bundle.
    public var path = ""
    public var readonly = false

    public init() {}
}

/// One entry of `mounts`.
public struct Mount: Sendable, Equatable {
    public var destination = ""
    public var type: String?
    public var source: String?
    public var options: [String] = []
    public var uidMappings: [IDMapping] = []
    public var gidMappings: [IDMapping] = []

    public init() {}
}

/// A range of ids of a user namespace: `size` ids from `containerID` are `hostID` and on outside.
public struct IDMapping: Sendable, Equatable {
    public var containerID: UInt32
    public var hostID: UInt32
    public var size: UInt32

    public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
        self.containerID = containerID
        self.hostID = hostID
        self.size = size
    }
}

/// The six kinds of hooks, each run in the order of the file.
public struct Hooks: Sendable, Equatable {
    public var prestart: [Hook] = []
    public var createRuntime: [Hook] = []
    public var createContainer: [Hook] = []
    public var startContainer: [Hook] = []
    public var poststart: [Hook] = []
    public var poststop: [Hook] = []

    public init() {}
}

/// A program that the runtime runs at a point of the lifecycle, the container's state on its stdin.
public struct Hook: Sendable, Equatable {
    public var path = ""
    public var args: [String] = []
    public var env: [String] = []
    /// Seconds after which the hook is killed and counts as failed; always above zero.
    public var timeout: Int?

    public init() {}
}
