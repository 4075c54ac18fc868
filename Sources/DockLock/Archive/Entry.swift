/// One thing in a tar archive: what it is called, what it is, and whose.
public struct Entry: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case file
        case hardLink
        case symbolicLink
        case characterDevice
        case blockDevice
        case directory
        case fifo
    }

    /// An extended attribute, its name with the namespace before it (`security.capability`).
    public struct Attribute: Equatable, Sendable {
        public var name: [UInt8]
        public var value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// Bytes that are there, between the holes of a sparse file.
    public struct Segment: Equatable, Sendable {
        public var offset: Int64
        public var count: Int64

        public init(offset: Int64, count: Int64) {
            self.offset = offset
            self.count = count
        }
    }

    /// As it stands in the archive, never empty and without NUL; a slash at the end of a directory's is gone.
    public var path: [UInt8] = []
    public var kind = Kind.file
    /// What a symbolic link holds, or the path of a hard link's other name.
    public var link: [UInt8] = []
    /// Permissions with set-user-id, set-group-id and sticky: twelve bits.
    public var mode: UInt32 = 0
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    /// Bytes of a file as its reader sees it, holes among them; 0 for all else.
    public var size: Int64 = 0
    /// Time of change: seconds since 1970, and nanoseconds within that second.
    public var seconds: Int64 = 0
    public var nanoseconds: Int32 = 0
    /// A device's number.
    public var major: UInt32 = 0
    public var minor: UInt32 = 0
    /// No two of one name.
    public var attributes: [Attribute] = []
    /// Where a sparse file has its bytes, in order; nil where it has them everywhere.
    public var segments: [Segment]?

    public init() {}
}

/// What is wrong with an archive, and in which of its entries.
public struct ArchiveError: Error, Equatable, CustomStringConvertible {
    /// The entry's path as far as it is known; empty where none is.
    public var entry: String
    public var reason: String

    public init(entry: some Sequence<UInt8>, _ reason: String) {
        // Hostile names are repeated in part, and without what a terminal would obey.
        let start = entry.prefix(200).map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }
        self.entry = String(decoding: start, as: UTF8.self)
        self.reason = reason
    }

    public var description: String { entry.isEmpty ? reason : "entry \(entry): \(reason)" }
}
