import Cgroups
import Criu
import Glibc
import JSON
import Kernel
import OCI
import Report
import Verbs

extension Dock {
    /// `checkpoint`: writes a running container to disk, by criu. Unless it stays running it is deleted.
    public func checkpoint(_ options: CheckpointOptions) throws {
        let (folder, record, status) = try living(options.id)
        guard status != .created else {
            throw ContainerError("cannot checkpoint container \(options.id): it is created, not running")
        }
        var spec = try folder.spec()
        if let place = record.notify { spec.mounts.append(try Notify.mount(folder, at: place)) }
        let criu = try CheckpointCriu(self, options.criu, log: "dump.log", makesImages: true)
        try refuseParent(options)
        var request = criu.request(options.preDump ? .preDump : .dump, options.criu)
        request.pid = record.pid
        request.root = record.rootfs
        request.leavesRunning = options.leaveRunning
        request.linkRemap = options.criu.linkRemap
        request.parentImages = options.parentPath
        request.tracksMemory = options.parentPath != nil || options.preDump
        request.configFile = CheckpointCriu.configFile(spec)
        if let server = options.pageServer {
            request.pageServer = .init(address: server.address, port: server.port)
        }
        try describe(record, spec, &request)
        if !options.preDump {
            request.mounts = try CheckpointMounts.dumped(spec, record)
            let stdio = CheckpointStdio(of: record.pid)
            request.external += stdio.external
            try Files.replace(
                CheckpointStdio.file, with: stdio.node.encoded(), at: criu.images)
            if let place = record.notify {
                try Files.replace(Notify.imageFile, with: Array(place.utf8), at: criu.images)
            }
        }
        try criu.run(request) { stage, _, _ in
            if stage == "status-ready", let number = options.statusFD { try CheckpointCriu.report(number) }
        }
        guard !options.leaveRunning, !options.preDump else { return }
        try end(record)
        try delete(folder, record, spec)
    }

    /// Criu names neither the flag nor the folder that is missing, and takes an absolute path for a relative.
    private func refuseParent(_ options: CheckpointOptions) throws {
        guard let parent = options.parentPath else { return }
        guard parent.utf8.first != UInt8(ascii: "/") else {
            throw ContainerError("--parent-path: \(parent) is not relative to --image-path")
        }
        guard Files.isDirectory(options.criu.imagePath + "/" + parent) else {
            throw ContainerError("--parent-path: there is no folder \(parent) in --image-path")
        }
    }

    /// The namespaces that are not the container's own, and the freezer.
    private func describe(_ record: Record, _ spec: Spec, _ request: inout CriuRequest) throws {
        for namespace in spec.linux.namespaces {
            guard let path = namespace.path, let key = CheckpointCriu.key(namespace.kind) else { continue }
            var status = stat()
            try SystemError.check(stat(path, &status), "stat", path)
            request.external.append("\(namespace.kind.file)[\(status.st_ino)]:\(key)")
        }
        guard record.cgroup.driver != .disabled else { return }
        let host = try CgroupHost.detect()
        if let mount = host.mount(of: "freezer") {
            request.freezer = mount + record.cgroup.path
        } else {
            request.freezer = try cgroup(of: record).unifiedDirectory
        }
    }
}

/// The standard descriptors of a container as its images know them: runc's descriptors.json, a list of
/// three names.
struct CheckpointStdio {
    static let file = "descriptors.json"

    var names: [String]

    /// Reads them of a process. A pipe is known by its own name; a file that lies outside of the container,
    /// by its mount and number.
    init(of pid: Int32) {
        let mounts = (try? Files.text("/proc/\(pid)/mountinfo")) ?? ""
        let own = mounts.split(separator: "\n").compactMap { $0.split(separator: " ").first }
        names = (0...2).map { number in
            let path = "/proc/\(pid)/fd/\(number)"
            guard let name = try? Files.link(path) else { return "" }
            var status = stat()
            guard name.utf8.first == UInt8(ascii: "/"), stat(path, &status) == 0,
                let mount = CheckpointStdio.mount(pid, number), !own.contains(where: { UInt64($0) == mount })
            else { return name }
            return "file[\(String(mount, radix: 16)):\(String(status.st_ino, radix: 16))]"
        }
    }

    /// Reads them from a checkpoint.
    init(decoding bytes: [UInt8]) throws {
        let json = try JSON.parse(bytes)
        names = json.elements.compactMap { $0.string }
        guard names.count == 3 else {
            throw ContainerError("\(CheckpointStdio.file): not a list of three names")
        }
    }

    var node: JSONNode { .strings(names) }

    /// What criu must be told to leave to the restore.
    var external: [String] {
        var seen: [String] = []
        for name in names where name.hasPrefix("file[") && !seen.contains(name) { seen.append(name) }
        return seen
    }

    /// What stands for them when restoring: those that are not the container's own.
    func inherited(_ numbers: [Int32]) -> [CriuRequest.Inherited] {
        var found: [CriuRequest.Inherited] = []
        for (name, number) in zip(names, numbers) {
            guard name.hasPrefix("file[") || name.hasPrefix("pipe:"),
                !found.contains(where: { $0.key == name })
            else { continue }
            found.append(.init(name, number))
        }
        return found
    }

    private static func mount(_ pid: Int32, _ number: Int) -> UInt64? {
        guard let text = try? Files.text("/proc/\(pid)/fdinfo/\(number)") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("mnt_id:") {
            return line.split(whereSeparator: { $0 == "\t" || $0 == " " }).last.flatMap { UInt64($0) }
        }
        return nil
    }
}
