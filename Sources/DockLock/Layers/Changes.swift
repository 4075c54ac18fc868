import Glibc
import Kernel

/// How a container's tree differs from its image's, in one path.
public struct Change: Equatable, Sendable {
    /// The letters are docker's.
    public enum Kind: String, Sendable {
        case modified = "C"
        case added = "A"
        case deleted = "D"
    }

    public var kind: Kind
    /// Absolute, in bytes as the file system has them.
    public var path: [UInt8]

    public init(_ kind: Kind, _ path: [UInt8]) {
        self.kind = kind
        self.path = path
    }
}

/// Compares an upper directory of overlayfs with the lower ones, as overlayfs merges them.
struct Comparison {
    private let privilege: Privilege
    private(set) var changes: [Change] = []

    init(_ privilege: Privilege) { self.privilege = privilege }

    /// Compares one folder. `lowers` are the folders of this path that are merged below it, topmost first.
    mutating func compare(_ upper: Int32, _ lowers: [Int32], _ path: [UInt8]) throws(SystemError) {
        var names = try Files.names(in: upper)
        if try Listing.isOpaque(upper, privilege), !lowers.isEmpty {
            // The lower folders' names are gone, but for those that came again.
            let own = Set(names)
            names += try hidden(lowers).filter { !own.contains($0) }
            names.sort { strcmp($0, $1) < 0 }
        }
        for name in names {
            let inner = path + [UInt8(ascii: "/")] + name.dropLast().map { UInt8(bitPattern: $0) }
            let below = try find(name, lowers)
            guard let status = try Listing.status(upper, name), !Folders.isWhiteout(status) else {
                if below != nil { changes.append(Change(.deleted, inner)) }
                continue
            }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                changes.append(Change(below == nil ? .added : .modified, inner))
                continue
            }
            try compareFolder(upper, lowers, name, status, below, inner)
        }
    }

    private mutating func compareFolder(
        _ upper: Int32, _ lowers: [Int32], _ name: [CChar], _ status: stat, _ below: stat?, _ path: [UInt8]
    ) throws(SystemError) {
        guard let number = try Listing.open(upper, name) else { return }
        let folder = Descriptor(number)
        var inner: [Int32] = []
        defer { for lower in inner { close(lower) } }
        try merge(name, lowers, &inner)
        let index = changes.count
        changes.append(Change(below == nil ? .added : .modified, path))
        try compare(folder.number, inner, path)
        // Copied up and left alone: it is no change.
        if let below, changes.count == index + 1, Comparison.isSame(status, below) { changes.removeLast() }
    }

    private static func isSame(_ one: stat, _ other: stat) -> Bool {
        one.st_mode == other.st_mode && one.st_uid == other.st_uid && one.st_gid == other.st_gid
            && one.st_mtim.tv_sec == other.st_mtim.tv_sec && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec
    }

    /// What the lower folders show of a name.
    private func find(_ name: [CChar], _ lowers: [Int32]) throws(SystemError) -> stat? {
        for lower in lowers {
            if let status = try Listing.status(lower, name) {
                return Folders.isWhiteout(status) ? nil : status
            }
        }
        return nil
    }

    /// The folders of a name that are merged: down to the first that is opaque, or that is no folder.
    private func merge(
        _ name: [CChar], _ lowers: [Int32], _ merged: inout [Int32]
    ) throws(SystemError) {
        for lower in lowers {
            guard let status = try Listing.status(lower, name) else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR, let inner = try Listing.open(lower, name) else {
                return
            }
            merged.append(inner)
            if try Listing.isOpaque(inner, privilege) { return }
        }
    }

    /// All names that the lower folders show.
    private func hidden(_ lowers: [Int32]) throws(SystemError) -> Set<[CChar]> {
        var shown: Set<[CChar]> = []
        for lower in lowers { shown.formUnion(try Files.names(in: lower)) }
        for name in shown where try find(name, lowers) == nil { shown.remove(name) }
        return shown
    }
}
