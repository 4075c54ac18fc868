import Digest
import Glibc
import Kernel
import Manifest

/// The images of a host or of a user: an OCI image layout, and beside it the unpacked trees of its layers.
///
///     DATA/images/          oci-layout, index.json, blobs/sha256/HEX (image-spec, image-layout.md)
///     DATA/layers/<24 hex>  the tree of a chain id; <24 hex>.json beside it is written when it is whole
///     DATA/ingest/          blobs that are being written
///     DATA/images.lock      held while index.json is replaced
///     DATA/images.lease     held shared by whoever adds or uses what no name keeps yet, alone by the sweep
///
/// Any number of processes may use a store at once, and each may die at any point.
public struct ImageStore: Sendable {
    /// DATA, as an absolute path.
    public let data: String

    public init(_ data: String) { self.data = data }

    public var layout: String { data + "/images" }
    public var layers: String { data + "/layers" }
    public var containers: String { data + "/containers" }
    var ingest: String { data + "/ingest" }
    var index: String { layout + "/index.json" }

    /// DATA where nothing else is said: root's, or the user's own (XDG base directories).
    public static func standardData() -> String {
        if Host.uid == 0 { return "/var/lib/docklock" }
        if let home = Host.environment("XDG_DATA_HOME"), home.hasPrefix("/") { return home + "/docklock" }
        return (Host.environment("HOME") ?? "") + "/.local/share/docklock"
    }

    /// Makes the folders and files of an empty store; what is there already stays.
    public func prepare() throws {
        try Files.makeDirectories(data, mode: 0o711)
        // Images hold set-user-id programs and secrets: nobody else may walk in, though he knows a name.
        for folder in [layout, layout + "/blobs", layout + "/blobs/sha256", layers, ingest] {
            try Files.makeDirectory(folder, mode: 0o700)
        }
        let marker = layout + "/oci-layout"
        if !Files.exists(marker) {
            try Durable.replace(marker, with: Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        }
        if !Files.exists(index) {
            try change { _ in }
        }
    }

    func blob(_ digest: Digest) -> String {
        layout + "/blobs/" + digest.algorithm.rawValue + "/" + digest.hex
    }

    // MARK: Locks

    /// Keeps the sweep away until the last reference goes, or the process. Whoever resolves an image and
    /// uses it before a name or a container's record keeps it must hold one meanwhile.
    public func lease() throws -> Lease {
        try Lease(data + "/images.lease", LOCK_SH)
    }

    /// The lease that excludes every other, or nil while there are others. One that is just going, or that a
    /// program which is being started still has a copy of, is waited for.
    public func exclusiveLease() throws -> Lease? {
        for _ in 0..<100 {
            do throws(SystemError) {
                return try Lease(data + "/images.lease", LOCK_EX | LOCK_NB)
            } catch {
                guard error.code == EWOULDBLOCK else { throw error }
            }
            _ = poll(nil, 0, 2)
        }
        return nil
    }

    /// Replaces index.json by what `edit` makes of it, in one step.
    func change(_ edit: (inout ImageIndex) throws -> Void) throws {
        let lock = try Lease(data + "/images.lock", LOCK_EX)
        var index = try readIndex()
        try edit(&index)
        index.dropOrphans()
        try Durable.replace(self.index, with: index.encoded())
        withExtendedLifetime(lock) {}
    }

    func readIndex() throws -> ImageIndex {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(index, limit: ImageIndex.limitBytes)
        } catch {
            guard error.code == ENOENT else { throw error }
            return ImageIndex(manifests: [])
        }
        do throws(ManifestError) {
            return try ImageIndex.decode(bytes)
        } catch {
            throw ImageError(.damaged, "\(index): \(error)")
        }
    }
}

/// A lock on a file (flock(2)), held until the last reference goes: by death at the latest.
public final class Lease: Sendable {
    private let file: Descriptor

    init(_ path: String, _ operation: Int32) throws(SystemError) {
        file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        while flock(file.number, operation) < 0 {
            if errno != EINTR { throw SystemError("lock", errno, path) }
        }
    }
}

/// Files that outlast a crash of the machine.
enum Durable {
    /// Replaces a file in one step, so that after a crash the old one or the new one is there, whole.
    /// Callers hold a lock: the draft has one name.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(SystemError) {
        let draft = path + ".new"
        do throws(SystemError) {
            let file = try Descriptor.open(
                draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
            try file.write(bytes, name: draft)
            try SystemError.check(fsync(file.number), "fsync", draft)
            try SystemError.check(rename(draft, path), "rename", path)
        } catch {
            _ = unlink(draft)
            throw error
        }
        try sync(folder(of: path))
    }

    /// Makes what was renamed in a folder last.
    static func sync(_ path: String) throws(SystemError) {
        let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        try SystemError.check(fsync(folder.number), "fsync", path)
    }

    /// The folder of an absolute path.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
    }
}
