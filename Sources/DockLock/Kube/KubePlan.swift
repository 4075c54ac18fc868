import Pod

/// What documents of Kubernetes' ask for.
public struct KubePlan: Sendable, Equatable {
    public var pods: [PlannedPod] = []
    /// Names of the volumes that claims ask for; they outlive the vPods.
    public var claims: [String] = []
    /// What was passed over.
    public var notes: [String] = []

    public init() {}
}

/// One vPod, with its containers in the order of their starts.
public struct PlannedPod: Sendable, Equatable {
    public var name: String
    public var request = PodRequest()
    public var volumes: [PodVolume] = []
    /// Files of volumes that hold configurations and secrets.
    public var files: [PlannedFile] = []
    public var hostPaths: [PlannedHostPath] = []
    public var containers: [PlannedContainer] = []

    public init(name: String) { self.name = name }
}

/// One file of a volume.
public struct PlannedFile: Sendable, Equatable {
    public var volume: String
    /// Relative, without `..`.
    public var path: String
    public var mode: UInt32
    public var content: [UInt8]
}

/// A path of the host's that a vPod mounts, and what has to be there: a `hostPath` of Kubernetes'.
public struct PlannedHostPath: Sendable, Equatable {
    public var volume: String
    public var path: String
    /// Empty for whatever there is.
    public var type: String
}

/// One container. `flags` and `command` are words of `docklock create`, before and after the image.
public struct PlannedContainer: Sendable, Equatable {
    /// Within its vPod.
    public var name: String
    public var role: PodRole
    public var image: String
    public var flags: [String] = []
    public var command: [String] = []
    public var mounts: [PlannedMount] = []
    /// Whether it may not be made where its process would be root.
    public var mustNotBeRoot = false
    public var liveness: PlannedProbe?
    public var readiness: PlannedProbe?
    public var startup: PlannedProbe?
}

/// Where a container has a volume.
public struct PlannedMount: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        /// A volume of the vPod's own.
        case own(String)
        /// A path of the host's, by the name of its volume.
        case host(String)
        /// A volume that outlives the vPod.
        case claim(String)
    }

    public var source: Source
    /// Empty for all of it; relative, without `..`.
    public var subPath: String
    public var destination: String
    public var isReadOnly: Bool
    /// private, rslave or rshared.
    public var propagation: String
}

/// A check of a container. Times are seconds.
public struct PlannedProbe: Sendable, Equatable {
    public enum Look: Sendable, Equatable {
        case command([String])
        case tcp(host: String, port: UInt16)
        /// `lines` are those of the head, without the first.
        case http(host: String, port: UInt16, path: String, lines: [String])
    }

    public var look: Look
    public var delay: Int64
    public var period: Int64
    public var timeout: Int64
    public var successes: Int64
    public var failures: Int64
}

/// What of the host's a document can ask for.
public struct KubeHost: Sendable {
    public var name: String
    public var processors: Int64
    /// Bytes.
    public var memory: Int64

    public init(name: String, processors: Int64, memory: Int64) {
        self.name = name
        self.processors = processors
        self.memory = memory
    }
}
