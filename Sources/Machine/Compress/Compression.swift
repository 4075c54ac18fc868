/// How a stream is compressed, of those that layers may be (OCI image-spec 1.1, layer.md).
public enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd

    /// How many of the first bytes tell.
    public static let magicSize = 4

    /// Tells by the first bytes of a stream (RFC 1952, 2.3.1; RFC 8878, 3.1). A skippable frame of zstd,
    /// which parallel compressors put first, is one too.
    public static func detect(_ start: some Sequence<UInt8>) -> Compression {
        let magic = Array(start.prefix(magicSize))
        if magic.starts(with: [0x1f, 0x8b]) { return .gzip }
        if magic == [0x28, 0xb5, 0x2f, 0xfd] { return .zstd }
        if magic.count == 4, magic[0] & 0xf0 == 0x50, magic[1...] == [0x2a, 0x4d, 0x18] { return .zstd }
        return .none
    }
}

/// Why a stream can't be decompressed.
public struct CompressError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
