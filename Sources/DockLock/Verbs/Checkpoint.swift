import OCI

/// What checkpoint and restore both tell criu.
public struct CriuOptions: Sendable, Equatable {
    public var imagePath = "checkpoint"
    public var workPath: String?
    public var tcpEstablished = false
    public var externalUnixSockets = false
    public var shellJob = false
    public var fileLocks = false
    public var lazyPages = false
    public var autoDedup = false
    public var linkRemap = false
    public var manageCgroups: ManageCgroups?
    /// Namespaces that are made anew, without their properties.
    public var emptyNamespaces: [NamespaceKind] = []

    public init() {}
}

/// `--manage-cgroups-mode`, in criu's words.
public enum ManageCgroups: String, Sendable, Equatable { case soft, full, strict, ignore }

public struct CheckpointOptions: Sendable, Equatable {
    public var id = ""
    public var criu = CriuOptions()
    /// Images of an earlier `--pre-dump`, relative to the image path.
    public var parentPath: String?
    public var leaveRunning = false
    public var preDump = false
    /// A descriptor that criu writes a NUL byte to when lazy pages can be asked for.
    public var statusFD: Int32?
    public var pageServer: PageServer?

    public init() {}
}

/// `--page-server ADDRESS:PORT`.
public struct PageServer: Sendable, Equatable {
    public var address: String
    public var port: UInt16

    public init(address: String, port: UInt16) {
        self.address = address
        self.port = port
    }
}

public struct RestoreOptions: Sendable, Equatable {
    /// Id, bundle, sockets and files, as of `create`; `detach` as of `run`.
    public var create = CreateOptions()
    public var criu = CriuOptions()
    /// `TYPE:NAME`.
    public var lsmProfile: String?
    public var lsmMountContext: String?

    public init() {}
}
