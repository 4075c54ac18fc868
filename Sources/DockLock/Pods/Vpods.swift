import Glibc
import Images
import Kernel
import Pod
import Upkeep
import Verbs

/// Why something asked of a vPod could not be done, and the exit status that says so.
public struct VpodError: Error, Equatable, CustomStringConvertible {
    public var description: String
    public var status: Int32

    public init(_ description: String, status: Int32 = 125) {
        self.description = description
        self.status = status
    }

    public static func absent(_ name: String) -> VpodError { VpodError("no such vPod: \(name)", status: 1) }
}

/// The vPods of a place: each verb of theirs is a method. A vPod is a folder in `DATA/vpods`, containers that
/// share namespaces with one that holds them, and a cgroup in which they all are. Containers are made and
/// handled by the static program, which is run for that.
public struct Vpods: Sendable {
    /// DATA: images, containers, vPods.
    public let data: String
    /// `--root` of the OCI verbs.
    public let stateRoot: String
    let engine: Engine

    /// - Parameter program: the static program's path.
    public init(data: String?, stateRoot: String?, program: String) throws {
        guard Host.uid == 0 else {
            throw VpodError("vPods are root's: their cgroups and mounts are the host's")
        }
        self.data = data ?? ImageStore.standardData()
        let run = Host.environment("XDG_RUNTIME_DIR")
        self.stateRoot = stateRoot ?? Globals().stateRoot(isRoot: true, runtimeDirectory: run)
        engine = Engine(program: program, data: self.data, stateRoot: self.stateRoot)
    }

    var folders: String { data + "/vpods" }
    var names: String { folders + "/names" }

    func folder(of id: String) -> String { folders + "/" + id }
    /// Where a vPod's mounts are while it runs: nothing of it outlives a reboot.
    func place(of id: String) -> String { stateRoot + "-vpods/" + id }

    func prepare() throws {
        try ImageStore(data).prepare()
        try Files.makeDirectory(folders, mode: 0o700)
        try Files.makeDirectory(names, mode: 0o700)
    }

    /// The vPod of a name, an id, or the unique beginning of one.
    public func find(_ name: String) throws -> PodRecord {
        let absent = VpodError.absent(name)
        guard !name.isEmpty, !name.utf8.contains(0x2F), name != ".", name != ".." else { throw absent }
        if let id = try? Files.link(names + "/" + name), let record = try load(id) { return record }
        let found = try identifiers().filter { $0.hasPrefix(name) }
        guard found.count < 2 else { throw VpodError("several vPods have ids that begin with \(name)") }
        guard let id = found.first, let record = try load(id) else { throw absent }
        return record
    }

    /// nil where there is none, or one that nobody finished.
    func load(_ id: String) throws -> PodRecord? {
        do {
            let bytes = try Files.read(folder(of: id) + "/vpod.json", limit: 4 << 20)
            return try PodRecord(decoding: bytes)
        } catch let error as SystemError {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }

    func save(_ record: PodRecord) throws {
        try Files.replace(folder(of: record.id) + "/vpod.json", with: record.node.encoded(pretty: true))
    }

    /// Every vPod, the newest first.
    public func all() throws -> [PodRecord] {
        try identifiers().compactMap { try load($0) }.sorted {
            ($0.created, $0.id) > ($1.created, $1.id)
        }
    }

    func identifiers() throws -> [String] {
        do {
            return try Files.list(folders).filter { $0.utf8.count == 64 }
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
    }

    /// The lock of a vPod, which whoever changes it holds as long as the descriptor is open.
    func hold(_ id: String, waits: Bool = true) throws(SystemError) -> Descriptor {
        let directory = try Descriptor.open(folder(of: id), O_RDONLY | O_DIRECTORY)
        while flock(directory.number, LOCK_EX | (waits ? 0 : LOCK_NB)) != 0 {
            guard errno == EINTR else { throw SystemError("lock", errno, folder(of: id)) }
        }
        return directory
    }

    static var now: String {
        let now = Host.now()
        return Moment(now.seconds * 1_000_000_000 + now.nanoseconds).text
    }

    /// 32 bytes of chance as lower-case digits.
    static func freshID() throws -> String {
        let source = try Descriptor.open("/dev/urandom", O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 32)
        guard read(source.number, &bytes, bytes.count) == bytes.count else {
            throw SystemError("read", errno, "/dev/urandom")
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
