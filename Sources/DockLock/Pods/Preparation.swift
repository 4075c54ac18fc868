import Cgroups
import Glibc
import Kernel
import OCI
import Pod

/// What a vPod has on the host while it runs: its mounts, and the cgroup around its containers.
extension Vpods {
    // Of sys/mount.h, which the importer shows as something else than numbers.
    private static let quiet: UInt = 2 | 4 | 8
    private static let bind: UInt = 4096
    private static let detach: Int32 = 2

    /// Makes what is missing. The vPod's lock is held.
    func prepare(_ record: PodRecord) throws {
        let place = place(of: record.id)
        for folder in ["", "/volumes", "/parts"] {
            try Files.makeDirectories(place + folder, mode: 0o711)
        }
        if !record.request.usesHostIPC {
            try mount(record.sharedMemory, size: record.request.sharedMemorySize)
        }
        for volume in record.volumes where volume.kind == .memory {
            try mount(directory(of: volume, record.id), size: volume.size, group: volume.group)
        }
        for part in record.parts { try bind(part, to: place + "/parts/" + part.name) }
        let cgroup = try envelope(record)
        if !cgroup.exists {
            _ = try Cgroup.make(cgroup.place, host: try CgroupHost.detect(), resources: nil)
        }
        let limits = try Resources.decode(record.request.resources.node.encoded())
        try cgroup.apply(limits, update: true, devices: false)
    }

    /// Takes back what `prepare` made; what is not there is no error. No container of the vPod runs any more.
    func clear(_ record: PodRecord) throws {
        let place = place(of: record.id)
        for path in try mounted(below: place).reversed() {
            guard umount2(path, Vpods.detach) == 0 || errno == EINVAL else {
                throw SystemError("umount", errno, path)
            }
        }
        try Trees.remove(place)
        try envelope(record).remove()
    }

    func envelope(_ record: PodRecord) throws -> Cgroup {
        let host = try CgroupHost.detect()
        let place = try Cgroup.place(
            cgroupsPath: record.envelope, id: record.id, driver: .cgroupfs, rootless: false, host: host)
        return Cgroup(place, host: host)
    }

    /// The directory of a volume.
    func directory(of volume: PodVolume, _ id: String) -> String {
        switch volume.kind {
        case .directory: folder(of: id) + "/volumes/" + volume.name
        case .memory: place(of: id) + "/volumes/" + volume.name
        }
    }

    private func mount(_ path: String, size: Int64?, group: UInt32? = nil) throws {
        try Files.makeDirectory(path, mode: 0o755)
        if isMounted(path) { return }
        var options = "mode=1777"
        if let size { options += ",size=\(size)" }
        if let group { options = "mode=2777,gid=\(group)" + (size.map { ",size=\($0)" } ?? "") }
        guard Glibc.mount("docklock-vpod", path, "tmpfs", Vpods.quiet, options) == 0 else {
            throw SystemError("mount", errno, path)
        }
    }

    /// Whether something is mounted there: then it is on another device than the folder above.
    private func isMounted(_ path: String) -> Bool {
        var (own, above) = (stat(), stat())
        guard lstat(path, &own) == 0, lstat(path + "/..", &above) == 0 else { return false }
        return own.st_dev != above.st_dev
    }

    /// Mount points below a folder, in the order of their mounting.
    private func mounted(below folder: String) throws -> [String] {
        // Spaces and the like stand there as octal numbers.
        let escaped = folder.utf8.reduce(into: "") { text, byte in
            let isPlain = byte > 0x20 && byte != 0x5C && byte < 0x7F
            let octal = String(byte, radix: 8)
            text +=
                isPlain
                ? String(decoding: [byte], as: UTF8.self)
                : "\\" + String(repeating: "0", count: 3 - octal.count) + octal
        }
        return try Files.text("/proc/self/mountinfo").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 4, words[4].hasPrefix(escaped + "/") else { return nil }
            return folder + words[4].dropFirst(escaped.count)
        }
    }

    /// Finds a path below a volume without following a symbolic link, makes what is missing of it, and binds
    /// it to a place that no container can change.
    func bind(_ part: PodPart, to target: String) throws {
        if Files.exists(target) { return }
        var reached = try Descriptor.open(part.root, O_RDONLY | O_DIRECTORY)
        var isFolder = true
        for name in part.path.split(separator: "/") {
            guard name != "..", isFolder else { throw VpodError("subPath: \(part.path) leaves its volume") }
            if mkdirat(reached.number, String(name), 0o755) != 0, errno != EEXIST {
                throw SystemError("mkdir", errno, part.path)
            }
            let next = openat(reached.number, String(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard next >= 0 else { throw SystemError("open", errno, "subPath \(part.path)") }
            reached = Descriptor(next)
            var status = stat()
            guard fstat(next, &status) == 0 else { throw SystemError("stat", errno, part.path) }
            isFolder = status.st_mode & S_IFMT == S_IFDIR
        }
        if isFolder {
            try Files.makeDirectory(target, mode: 0o755)
        } else {
            _ = try Descriptor.open(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        }
        guard Glibc.mount("/proc/self/fd/\(reached.number)", target, nil, Vpods.bind, nil) == 0 else {
            let code = errno
            _ = isFolder ? rmdir(target) : unlink(target)
            throw SystemError("mount", code, target)
        }
    }
}
