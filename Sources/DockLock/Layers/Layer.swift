import Archive
import Compress
import Digest
import Kernel

/// What is known of a layer before its bytes come.
public struct Layer: Sendable {
    /// The digest and the size in bytes of the blob, as the manifest's descriptor states them.
    public var digest: Digest
    public var size: Int64?
    /// The digest of the archive when it is decompressed, as the image's configuration states it.
    public var diffID: Digest

    public init(digest: Digest, size: Int64? = nil, diffID: Digest) {
        self.digest = digest
        self.size = size
        self.diffID = diffID
    }
}

/// What a layer may cost. Beyond any of these it is refused.
public struct LayerLimits: Sendable {
    /// Bytes of the archive when it is decompressed, and of any file in it, holes among them.
    public var bytesMax: Int64 = 64 << 30
    public var entriesMax = 4_000_000
    /// Bytes of a path, and folders in it.
    public var pathBytesMax = 4095
    public var depthMax = 256

    public init() {}
}

/// Whose overlay the directory is for.
public enum Privilege: Sendable {
    /// The host's root: overlayfs keeps its marks in `trusted.overlay.*`.
    case root
    /// Root of a user namespace, with overlayfs' option `userxattr`: marks are in `user.overlay.*`, and
    /// devices, which only the host's root can make, are left out.
    case rootless

    var opaque: String { self == .root ? "trusted.overlay.opaque" : "user.overlay.opaque" }
}

/// What became of a layer.
public struct LayerFacts: Equatable, Sendable {
    /// Bytes of the blob.
    public var size: Int64 = 0
    /// Bytes of the archive when it is decompressed.
    public var archiveSize: Int64 = 0
    /// Bytes of all files, hard links and holes counted once and not at all.
    public var fileBytes: Int64 = 0
    public var entries = 0
    /// Devices that a rootless unpacking left out.
    public var devicesLeftOut = 0
}

/// Why a layer can't be unpacked or made.
public enum LayerError: Error, Equatable, CustomStringConvertible {
    /// The blob's bytes are not those that its digest names; so many of them came.
    case digest(expected: Digest, found: Digest, size: Int64)
    /// The blob has another size than its descriptor states.
    case size(expected: Int64, found: Int64)
    /// The archive in the blob is not the one that the image's configuration names.
    case diffID(expected: Digest, found: Digest)
    case archive(ArchiveError)
    case stream(CompressError)
    /// A system call failed, at this entry; the entry is empty where none is concerned.
    case system(SystemError, entry: String)

    public var description: String {
        switch self {
        case .digest(let expected, let found, let size):
            "the layer should be \(expected), but its \(size) bytes are \(found)"
        case .size(let expected, let found):
            "the layer should have \(expected) bytes, but has \(found)"
        case .diffID(let expected, let found):
            "the layer's archive should be \(expected), but is \(found)"
        case .archive(let error): error.description
        case .stream(let error): error.description
        case .system(let error, let entry): entry.isEmpty ? "\(error)" : "entry \(entry): \(error)"
        }
    }

    static func refused(_ path: [UInt8], _ reason: String) -> LayerError {
        .archive(ArchiveError(entry: path, reason))
    }
}
