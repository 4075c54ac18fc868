import CKernel
import Cgroups
import Criu
import Glibc
import Kernel
import OCI

/// The mounts of a container that show the host's files: criu neither dumps them nor knows, when restoring,
/// where they come from.
enum CheckpointMounts {
    /// For a checkpoint: each such mount, under its own name.
    static func dumped(_ spec: Spec, _ record: Record) throws -> [CriuRequest.Mount] {
        var mounts = try outside(spec, record).map { CriuRequest.Mount($0.key, $0.key) }
        for path in spec.linux.maskedPaths where isMaskedFile(path, record.pid) {
            mounts.append(.init(path, "/dev/null"))
        }
        return mounts
    }

    /// For a restore: the name of each, and what it shows.
    static func restored(_ spec: Spec, _ record: Record) throws -> [CriuRequest.Mount] {
        var mounts = try outside(spec, record)
        if !spec.linux.maskedPaths.isEmpty { mounts.append(.init("/dev/null", "/dev/null")) }
        return mounts
    }

    /// Place in the container and source on the host.
    private static func outside(_ spec: Spec, _ record: Record) throws -> [CriuRequest.Mount] {
        var found: [CriuRequest.Mount] = []
        for mount in spec.mounts {
            let target = place(mount.destination, record.rootfs)
            if mount.type == "cgroup" || mount.type == "cgroup2" {
                found += try cgroups(spec, record, target)
            } else if let source = mount.bindSource(record) {
                found.append(.init(target, source))
            }
        }
        let namespaces = spec.linux.namespaces
        if namespaces.contains(where: { $0.kind == .user }) {
            // A user namespace may make no node: the host's are bound.
            let standard = ["null", "zero", "full", "random", "urandom", "tty"].map { "/dev/" + $0 }
            for path in standard where !spec.linux.devices.contains(where: { $0.path == path }) {
                found.append(.init(path, path))
            }
            for device in spec.linux.devices where device.path != "/dev/ptmx" {
                found.append(.init(device.path, device.path))
            }
        }
        return found
    }

    /// Without a cgroup namespace of its own a container is shown its part of the host's trees.
    private static func cgroups(
        _ spec: Spec, _ record: Record, _ target: String
    ) throws -> [CriuRequest.Mount] {
        let namespaces = spec.linux.namespaces
        let isOwn = namespaces.contains { $0.kind == .cgroup && $0.path == nil }
        let hasUser = namespaces.contains { $0.kind == .user }
        let trees = CgroupMounts.trees(try CgroupHost.detect(), record.cgroup)
        return trees.compactMap { tree in
            if isOwn, !hasUser || tree.options == nil { return nil }
            return .init(tree.name.isEmpty ? target : target + "/" + tree.name, tree.directory)
        }
    }

    private static func isMaskedFile(_ path: String, _ pid: Int32) -> Bool {
        let seen = "/proc/\(pid)/root" + path
        return Files.exists(seen) && !Files.isDirectory(seen)
    }

    /// A destination as the container's mount table spells it: links followed, within the root.
    private static func place(_ destination: String, _ rootfs: String) -> String {
        let plain = "/" + destination.split(separator: "/").joined(separator: "/")
        guard let root = try? Descriptor.open(rootfs, O_PATH | O_DIRECTORY),
            let found = try? Rooted.open(plain, root.number), let top = try? Files.link(name(root.number)),
            let path = try? Files.link(name(found.number)), path.hasPrefix(top)
        else { return plain }
        let inner = String(path.dropFirst(top == "/" ? 0 : top.count))
        return inner.isEmpty ? "/" : inner
    }

    private static func name(_ descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }
}

extension Mount {
    /// What a bind mount shows, as a path of the host; nil for other mounts.
    func bindSource(_ record: Record) -> String? {
        guard type == "bind" || options.contains("bind") || options.contains("rbind") else { return nil }
        let source = source ?? ""
        return source.utf8.first == UInt8(ascii: "/") ? source : record.bundle + "/" + source
    }
}

/// Paths below a directory that symbolic links cannot lead out of.
enum Rooted {
    private static let inRoot: UInt64 = 0x10

    /// Opens a path of what is below `root`, as if that were the root directory.
    static func open(_ path: String, _ root: Int32) throws(SystemError) -> Descriptor {
        // open_how: flags, mode, resolve.
        var how = (UInt64(O_PATH | O_CLOEXEC), UInt64(0), inRoot)
        let number = path.withCString { path in
            withUnsafeMutablePointer(to: &how) { how in
                // Sound: both pointers live through the call; the size is open_how's.
                dl_syscall(
                    Int(SYS_openat2), Int(root), Int(bitPattern: path), Int(bitPattern: how),
                    MemoryLayout<(UInt64, UInt64, UInt64)>.size, 0, 0)
            }
        }
        return Descriptor(Int32(try SystemError.checkReturned(number, "open", path)))
    }

    /// Makes what is missing of a path below `root`: directories, and at its end a file where asked.
    static func make(_ path: String, _ root: Int32, isFile: Bool) throws {
        let names = path.split(separator: "/")
        var done = ""
        for (index, name) in names.enumerated() {
            let above = try open(done.isEmpty ? "/" : done, root)
            done += "/" + name
            if let _ = try? open(done, root) { continue }
            if isFile, index == names.count - 1 {
                _ = try Descriptor.open(
                    String(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o755, at: above.number)
            } else {
                try Files.makeDirectory(String(name), at: above.number)
            }
        }
    }
}
