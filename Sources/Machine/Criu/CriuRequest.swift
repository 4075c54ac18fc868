/// What criu is asked to do: its `criu_req` with `criu_opts` (images/rpc.proto of criu 3.17). Descriptors
/// are the caller's own numbers, which criu opens through /proc, but for those of `inherited`.
public struct CriuRequest: Sendable, Equatable {
    public enum Kind: Int64, Sendable { case dump = 1, restore = 2, preDump = 4 }

    /// What criu does with cgroups.
    public enum CgroupMode: Int64, Sendable { case ignore = 0, soft = 3, full = 4, strict = 5, standard = 6 }

    /// A mount that is not the container's own. When dumping, `key` is its place in the container and
    /// `value` the name that it gets in the images; when restoring, that name and its source on the host.
    public struct Mount: Sendable, Equatable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// A descriptor, by its number in criu, that stands for what the images call `key`.
    public struct Inherited: Sendable, Equatable {
        public var key: String
        public var descriptor: Int32

        public init(_ key: String, _ descriptor: Int32) {
            self.key = key
            self.descriptor = descriptor
        }
    }

    /// Where the memory goes instead of into the images.
    public struct PageServer: Sendable, Equatable {
        public var address: String
        public var port: UInt16

        public init(address: String, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    public var kind: Kind
    public var images: Int32
    public var work: Int32?
    public var logFile: String
    /// Of the first process.
    public var pid: Int32?
    public var root = ""
    public var parentImages: String?
    public var leavesRunning = false
    public var externalUnixSockets = false
    public var tcpEstablished = false
    public var shellJob = false
    public var fileLocks = false
    public var linkRemap = false
    public var autoDedup = false
    public var lazyPages = false
    public var tracksMemory = false
    public var pageServer: PageServer?
    public var mounts: [Mount] = []
    /// `TYPE[ID]:NAME`.
    public var external: [String] = []
    public var inherited: [Inherited] = []
    /// Kind and path of namespaces to join.
    public var joined: [Mount] = []
    /// CLONE_NEW* bits.
    public var emptyNamespaces: UInt32 = 0
    public var cgroupMode = CgroupMode.standard
    /// The container's path in each hierarchy; the v2 tree's controller is empty.
    public var cgroupRoots: [Mount] = []
    public var freezer: String?
    public var lsmProfile: String?
    public var lsmMountContext: String?
    public var configFile: String?

    public init(_ kind: Kind, images: Int32, logFile: String) {
        self.kind = kind
        self.images = images
        self.logFile = logFile
    }

    func encoded() -> [UInt8] {
        var request = ProtocolWriter()
        request.put(1, kind.rawValue)
        request.put(2) { fill(&$0) }
        return request.bytes
    }

    /// The answer to a notification.
    static func answer(_ success: Bool) -> [UInt8] {
        var request = ProtocolWriter()
        request.put(1, CriuReply.Kind.notify.rawValue)
        request.put(3, success ? 1 : 0)
        return request.bytes
    }

    private func fill(_ options: inout ProtocolWriter) {
        options.put(1, Int64(images))
        if let pid { options.put(2, Int64(pid)) }
        options.put(3, leavesRunning)
        options.put(4, externalUnixSockets)
        options.put(5, tcpEstablished)
        // Devices whose node has gone may be opened by another path.
        options.put(6, true)
        options.put(7, shellJob)
        options.put(8, fileLocks)
        options.put(9, 4)
        options.put(10, logFile)
        if let pageServer {
            options.put(11) {
                $0.put(1, pageServer.address)
                $0.put(2, Int64(pageServer.port))
            }
        }
        // Tells of its stages, so that hooks and the state can follow.
        options.put(12, true)
        options.put(13, root)
        options.put(14, parentImages)
        options.put(15, tracksMemory)
        options.put(16, autoDedup)
        if let work { options.put(17, Int64(work)) }
        options.put(18, linkRemap)
        for mount in mounts { options.put(23) { mount.fill(&$0) } }
        options.put(24, true)
        for root in cgroupRoots { options.put(25) { root.fill(&$0) } }
        // The restored process becomes our child, not criu's.
        options.put(26, kind == .restore)
        for one in inherited {
            options.put(27) {
                $0.put(1, one.key)
                $0.put(2, Int64(one.descriptor))
            }
        }
        options.put(34, cgroupMode.rawValue)
        for one in external { options.put(37, one) }
        if emptyNamespaces != 0 { options.put(38, Int64(emptyNamespaces)) }
        for one in joined { options.put(39) { one.fill(&$0) } }
        options.put(44, freezer)
        options.put(48, lazyPages)
        options.put(50, true)
        options.put(51, configFile)
        options.put(53, lsmProfile)
        options.put(63, lsmMountContext)
    }
}

extension CriuRequest.Mount {
    fileprivate func fill(_ pair: inout ProtocolWriter) {
        pair.put(1, key)
        pair.put(2, value)
    }
}
