import CKernel
import Glibc
import Kernel
import Request

extension Vessels {
    /// `cp`: files between a container and the host.
    ///
    /// The host's side is opened first. Then this process goes into the container's root, where no link and
    /// no mount leads out, and never comes back: it must end afterwards. Below the two open directories
    /// every step is one name, and no link is followed.
    public func copy(_ request: CopyRequest) throws {
        switch (request.source, request.destination) {
        case (.container(let name, let path), .host(let target)):
            let place = try Target(target)
            let vessel = try find(name)
            try enter(vessel)
            var copy = TreeCopy(request, uid: Host.uid, gid: Host.gid)
            copy.isForHost = true
            let source = try Source(path.hasPrefix("/") ? path : "/" + path, follows: request.followsLinks)
            try copy.run(source, to: place)
        case (.host(let path), .container(let name, let target)):
            let source = try Source(path, follows: request.followsLinks)
            let vessel = try find(name)
            let owner = try Vessels.root(of: vessel)
            try enter(vessel)
            try TreeCopy(request, uid: owner.uid, gid: owner.gid).run(
                source, to: Target(target.hasPrefix("/") ? target : "/" + target))
        case (.container(let name, let path), .stream):
            guard isatty(1) == 0 else { throw VesselError("cp: an archive is not written to a terminal") }
            try enter(try find(name))
            let source = try Source(path.hasPrefix("/") ? path : "/" + path, follows: request.followsLinks)
            try TarCopy().pack(source, to: 1)
        case (.stream, .container(let name, let target)):
            let vessel = try find(name)
            let owner = try Vessels.root(of: vessel)
            try enter(vessel)
            let path = target.hasPrefix("/") ? target : "/" + target
            let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            umask(0)
            var copy = TarCopy(owner: request.isArchive ? nil : owner, overwrites: request.overwrites)
            try copy.unpack(from: 0, into: folder)
        case (.container, .container):
            throw VesselError("cp: one side must be the host's")
        default: throw VesselError("cp: one side must be a container's")
        }
    }

    /// The container's root user, as the host numbers it.
    private static func root(of vessel: Vessel) throws -> (uid: UInt32, gid: UInt32) {
        guard vessel.isRunning, Host.uid == 0, let pid = vessel.state?.pid else { return (0, 0) }
        func first(_ file: String) throws -> UInt32 {
            let lines = try Files.text("/proc/\(pid)/\(file)").split(separator: "\n")
            for words in lines.map({ $0.split(separator: " ") }) where words.count == 3 && words[0] == "0" {
                return UInt32(words[1]) ?? 0
            }
            return 0
        }
        return (try first("uid_map"), try first("gid_map"))
    }

    /// Makes the container's root this process's root.
    private func enter(_ vessel: Vessel) throws {
        guard vessel.isRunning, let pid = vessel.state?.pid, pid > 0 else { return try mount(vessel) }
        let root = try Descriptor.open("/proc/\(pid)/root", O_PATH | O_DIRECTORY)
        let mounts = try Descriptor.open("/proc/\(pid)/ns/mnt", O_RDONLY)
        if Host.uid != 0 {
            let users = try Descriptor.open("/proc/\(pid)/ns/user", O_RDONLY)
            try join(users, Vessels.userNamespace)
        }
        try join(mounts, Vessels.mountNamespace)
        // Still the container's where it has pivoted since.
        try SystemError.check(fchdir(root.number), "chdir")
        try SystemError.check(chroot("."), "chroot")
        try SystemError.check(chdir("/"), "chdir")
    }

    private static let userNamespace = 0x1000_0000
    private static let mountNamespace = 0x0002_0000

    private func join(_ namespace: borrowing Descriptor, _ kind: Int) throws {
        let joined = dl_syscall(Int(SYS_setns), Int(namespace.number), kind, 0, 0, 0, 0)
        try SystemError.checkReturned(joined, "setns")
    }

    /// The root filesystem of a container that does not run, for this process alone; without its volumes.
    private func mount(_ vessel: Vessel) throws {
        guard !vessel.isAlive, Host.uid == 0 else {
            throw VesselError("container \(vessel.record.name) is not running: start it first", status: 1)
        }
        let root = vessel.folder + "/rootfs"
        let made = dl_syscall(Int(SYS_unshare), Vessels.mountNamespace, 0, 0, 0, 0, 0)
        try SystemError.checkReturned(made, "unshare")
        try SystemError.check(Glibc.mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil), "mount", "/")
        // Names of layers alone: all of them must fit into a page.
        try SystemError.check(chdir(images.layers), "chdir", images.layers)
        let lower = vessel.record.layers.isEmpty ? [root] : vessel.record.layers
        let options =
            "lowerdir=\(lower.joined(separator: ":")),upperdir=\(vessel.folder)/upper,"
            + "workdir=\(vessel.folder)/work"
        try SystemError.check(Glibc.mount("overlay", root, "overlay", 0, options), "mount overlay on", root)
        try SystemError.check(chroot(root), "chroot", root)
        try SystemError.check(chdir("/"), "chdir")
    }
}

/// What is copied: a name in an open directory, or what is in that directory.
struct Source: ~Copyable {
    let folder: Descriptor
    /// nil for what is in the directory.
    let name: String?
    let path: String

    init(_ path: String, follows: Bool) throws {
        self.path = path
        var status = stat()
        let found = follows ? stat(path, &status) : lstat(path, &status)
        try SystemError.check(found, "stat", path)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isContent = parts.last == "." || parts.last == ".." || path.split(separator: "/").isEmpty
        if isContent {
            folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            name = nil
            return
        }
        let real = follows ? try Files.realPath(path) : path
        let (parent, last) = Source.split(real)
        folder = try Descriptor.open(parent, O_RDONLY | O_DIRECTORY)
        name = last
    }

    /// The directory that a path's last name stands in, and that name.
    static func split(_ path: String) -> (folder: String, name: String) {
        let parts = path.split(separator: "/")
        let before = parts.dropLast().joined(separator: "/")
        let folder = path.hasPrefix("/") ? "/" + before : before.isEmpty ? "." : before
        return (folder, String(parts.last ?? "."))
    }
}

/// Where it goes: into a directory that is there, or to a name that may be new.
struct Target: ~Copyable {
    let folder: Descriptor
    /// nil where the path is a directory.
    let name: String?
    let path: String

    init(_ path: String) throws {
        self.path = path
        if Files.isDirectory(path) {
            folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            name = nil
            return
        }
        let (parent, last) = Source.split(path)
        folder = try Descriptor.open(parent, O_RDONLY | O_DIRECTORY)
        name = last
    }
}
