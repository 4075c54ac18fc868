import CKernel
import Glibc
import Kernel
import OCI

/// Where criu finds the root filesystem. It wants a mount whose parent nothing hides: the root is bound below
/// a filesystem that covers the container's folder, in a mount namespace that only criu keeps, so that
/// nothing of it outlives criu.
struct RestoreRoot {
    private let folder: String
    private static let bind = 0x1000
    private static let recursive = 0x4000
    private static let slave = 0x8_0000
    private static let newNamespace = 0x2_0000

    init(of folder: Folder) { self.folder = folder.path }

    var root: String { folder + "/root" }

    /// Runs `body` in a namespace where `rootfs` is mounted at `root`, and comes back.
    func inside<T>(_ rootfs: String, _ body: () throws -> T) throws -> T {
        let home = try Descriptor.open("/proc/self/ns/mnt", O_RDONLY)
        let directory = try Descriptor.open(".", O_PATH | O_DIRECTORY)
        try SystemError.checkReturned(
            dl_syscall(Int(SYS_unshare), Self.newNamespace, 0, 0, 0, 0, 0), "unshare")
        let result = Result { () throws -> T in
            try Self.mount(nil, "/", nil, Self.slave | Self.recursive)
            try Self.mount("criu", folder, "tmpfs", 0)
            try Files.makeDirectory(root)
            try Self.mount(rootfs, root, nil, Self.bind | Self.recursive)
            return try body()
        }
        let back = dl_syscall(Int(SYS_setns), Int(home.number), Self.newNamespace, 0, 0, 0, 0)
        try SystemError.checkReturned(back, "setns", "/proc/self/ns/mnt")
        try SystemError.check(fchdir(directory.number), "fchdir")
        return try result.get()
    }

    private static func mount(_ source: String?, _ target: String, _ type: String?, _ flags: Int) throws {
        func pointer(_ text: String?) -> UnsafeMutablePointer<CChar>? { text.flatMap { strdup($0) } }
        let texts = [pointer(source), pointer(target), pointer(type)]
        defer { for text in texts { free(text) } }
        // Sound: the strings live until the call has returned; absent ones are null, as mount(2) wants.
        let result = dl_syscall(
            Int(SYS_mount), Int(bitPattern: texts[0]), Int(bitPattern: texts[1]), Int(bitPattern: texts[2]),
            flags, 0, 0)
        try SystemError.checkReturned(result, "mount", target)
    }

    /// Makes the places that mounts will cover, as `create` does: criu makes none. What lies on a filesystem
    /// of the container's own comes back with that.
    static func makeMountPoints(_ spec: Spec, _ record: Record) throws {
        // Of what is mounted so far: its place, and where that is on the host, or nil.
        var shown: [(place: String, source: String?)] = [("", record.rootfs)]
        for mount in spec.mounts {
            let target = "/" + mount.destination.split(separator: "/").joined(separator: "/")
            let source = mount.bindSource(record)
            if let below = shown.last(where: { target.hasPrefix($0.place + "/") }), target != "/",
                let host = below.source
            {
                let root = try Descriptor.open(host, O_PATH | O_DIRECTORY)
                let isFile = source.map { !Files.isDirectory($0) } ?? false
                let path = String(target.dropFirst(below.place.utf8.count))
                try Rooted.make(path, root.number, isFile: isFile)
            }
            shown.append((target, source))
        }
    }
}
