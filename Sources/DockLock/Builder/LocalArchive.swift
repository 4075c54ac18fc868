import Archive
import Compress
import Digest
import Glibc
import Hash
import Kernel
import Layers
import Transfer

/// Archives of a context, which `ADD` unpacks: tar, alone or in gzip or zstd.
enum LocalArchive {
    /// Unpacks a file that is an archive to a new folder below `folder`, whose path is returned; nil where
    /// it is none. Archives in bzip2 and xz, which docker unpacks, are refused.
    static func unpack(
        _ file: borrowing Descriptor, _ name: String, below folder: String
    ) throws -> String? {
        var start = [UInt8](repeating: 0, count: 6)
        let count = try SystemError.check(pread(file.number, &start, start.count, 0), "read", name)
        start.removeLast(start.count - count)
        if start.starts(with: Array("BZh".utf8)) || start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) {
            throw BuildError("\(name): archives in bzip2 and xz are not unpacked here; use gzip or zstd")
        }
        guard try isArchive(file, Compression.detect(start), name) else { return nil }
        let layer = try measure(file, Compression.detect(start), name)
        var path = folder + "/archive"
        var number = 0
        while Files.exists(path) {
            number += 1
            path = folder + "/archive-\(number)"
        }
        try SystemError.check(lseek(file.number, 0, SEEK_SET), "seek", name)
        _ = try Layers.apply(layer, from: file, to: path, privilege: privilege)
        return path
    }

    /// Whose files can be made here.
    static var privilege: Privilege { Host.isInitialUserNamespace ? .root : .rootless }

    /// Whether the first bytes, decompressed, begin an archive.
    private static func isArchive(
        _ file: borrowing Descriptor, _ compression: Compression, _ name: String
    ) throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = try SystemError.check(pread(file.number, &bytes, bytes.count, 0), "read", name)
        var decoder = try Decoder(compression)
        var reader = TarReader()
        return bytes.withUnsafeBytes { buffer in
            var input = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            do {
                while var piece = try decoder.next(&input) {
                    if let event = try reader.next(&piece), case .entry = event { return true }
                }
            } catch {
                // Not an archive: a file like any other.
                return false
            }
            return false
        }
    }

    /// What unpacking checks while it goes.
    private static func measure(
        _ file: borrowing Descriptor, _ compression: Compression, _ name: String
    ) throws -> Layer {
        try SystemError.check(lseek(file.number, 0, SEEK_SET), "seek", name)
        var decoder = try Decoder(compression)
        var (blob, archive) = (Hash(), Hash())
        var size: Int64 = 0
        try Stream.read(file.number, name) { bytes in
            blob.update(bytes)
            size += Int64(bytes.count)
            var input = bytes
            while let piece = try decoder.next(&input) { archive.update(piece) }
        }
        try decoder.finish()
        return Layer(digest: blob.digest(), size: size, diffID: archive.digest())
    }
}
