import CKernel
import Glibc
import Kernel
import OCI

/// Where criu finds the root filesystem. It wants a mount whose parent nothing hides: the root lies below
/// a filesystem that covers the container's folder, in a mount namespace that only criu keeps, so that
/// nothing of it outlives criu.
struct RestoreRoot {
    private let folder: String
    /// What the filesystem covers.
    private let cover: String
    private static let recursive = 0x4000
    private static let slave = 0x8_0000
    private static let newNamespace = 0x2_0000
    /// move_mount(2) from one descriptor to a path.
    private static let moveMount = 429
    private static let fromDescriptor = 4

    /// The root of a user namespace can't pass a directory that is closed to others, as states are: for
    /// such a container the first of these is covered, with all that leads on.
    init(of folder: Folder, hasUser: Bool) throws {
        self.folder = try Files.realPath(folder.path)
        cover = (hasUser ? Self.firstClosed(to: self.folder) : nil) ?? self.folder
    }

    private static func firstClosed(to path: String) -> String? {
        var prefix = ""
        for name in path.split(separator: "/") {
            prefix += "/" + name
            var status = stat()
            if stat(prefix, &status) == 0, status.st_mode & 0o001 == 0 { return prefix }
        }
        return nil
    }

    var root: String { folder + "/root" }

    /// Runs `body` in a namespace where `rootfs` is mounted at `root`, and comes back.
    func inside<T>(_ rootfs: String, _ body: () throws -> T) throws -> T {
        let home = try Descriptor.open("/proc/self/ns/mnt", O_RDONLY)
        let directory = try Descriptor.open(".", O_PATH | O_DIRECTORY)
        try SystemError.checkReturned(
            dl_syscall(Int(SYS_unshare), Self.newNamespace, 0, 0, 0, 0, 0), "unshare")
        let result = Result { () throws -> T in
            try Self.mount(nil, "/", nil, Self.slave | Self.recursive)
            var trees = [(root, try Mounts.tree(rootfs, recursive: true, nofollow: false))]
            defer { for (_, tree) in trees { close(tree) } }
            let notify = folder + "/" + Notify.folder
            if Files.isDirectory(notify) {
                trees.append((notify, try Mounts.tree(notify, recursive: false, nofollow: true)))
            }
            try Self.mount("criu", cover, "tmpfs", 0)
            let mask = umask(0o022)
            defer { umask(mask) }
            for (place, tree) in trees {
                try Files.makeDirectories(place)
                try place.withCString { place in
                    let moved = "".withCString { empty in
                        // Sound: both strings live through the call.
                        dl_syscall(
                            Self.moveMount, Int(tree), Int(bitPattern: empty), Int(AT_FDCWD),
                            Int(bitPattern: place), Self.fromDescriptor, 0)
                    }
                    try SystemError.checkReturned(moved, "move_mount", root)
                }
            }
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
