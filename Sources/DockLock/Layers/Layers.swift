import Compress
import Digest
import Glibc
import Hash
import Kernel

/// Layers of images: from bytes to directories of overlayfs, and back.
public enum Layers {
    /// Unpacks the layer whose blob `blob` reads, from where it stands to its end, as `Unpacking` does.
    public static func apply(
        _ layer: Layer, from blob: borrowing Descriptor, to directory: String, privilege: Privilege,
        limits: LayerLimits = LayerLimits()
    ) throws(LayerError) -> LayerFacts {
        guard !Files.exists(directory) else {
            throw .system(SystemError("make", EEXIST, directory), entry: "")
        }
        let unpacking = try Unpacking(layer, to: directory, privilege: privilege, limits: limits)
        try unpacking.push(from: blob)
        return try unpacking.finish()
    }

    /// Removes from a folder what unpackings that were killed left half-made in it; those of living processes
    /// stay.
    public static func sweep(_ folder: String) throws(LayerError) {
        do throws(SystemError) { try Staging.sweep(folder) } catch { throw .system(error, entry: "") }
    }

    /// Writes a directory as a tar archive, piece by piece, to `sink`: an upper directory of overlayfs as a
    /// layer, or any tree flat. The same content makes the same bytes. Times after `timeMax` (seconds since
    /// 1970) are written as it. Throws `LayerError`, and what `sink` throws.
    public static func pack(
        _ directory: String, as content: Content, timeMax: Int64? = nil,
        to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try withoutActuallyEscaping(sink) { sink in
            try Packing(content, timeMax: timeMax, output: Output(sink)).pack(directory)
        }
    }

    /// Writes a directory as `pack` does to a file, compressed, and tells how a manifest describes it.
    public static func pack(
        _ directory: String, as content: Content, timeMax: Int64? = nil, compression: Compression,
        level: Int? = nil, into file: borrowing Descriptor
    ) throws -> Layer {
        let blob = try Blob(file.number, compression, level: level)
        try pack(directory, as: content, timeMax: timeMax) { try blob.put($0) }
        return try blob.finish()
    }

    /// What changed in an upper directory of overlayfs against the lower ones, topmost first: sorted, folders
    /// before what is in them, as `docker diff` shows it.
    public static func changes(
        in upper: String, lowers: [String], privilege: Privilege
    ) throws(LayerError) -> [Change] {
        var folders: [Int32] = []
        defer { for folder in folders { close(folder) } }
        do throws(SystemError) {
            let root = try Descriptor.open(upper, O_PATH | O_DIRECTORY)
            for lower in lowers { folders.append(try Descriptor.open(lower, O_PATH | O_DIRECTORY).take()) }
            var comparison = Comparison(privilege)
            try comparison.compare(root.number, folders, [])
            return comparison.changes
        } catch {
            throw .system(error, entry: "")
        }
    }
}

/// A blob while it is written: its archive's digest, and its own.
private final class Blob {
    private let file: Int32
    private var encoder: Encoder
    private var archiveHash = Hash()
    private var blobHash = Hash()
    private var size: Int64 = 0

    init(_ file: Int32, _ compression: Compression, level: Int?) throws(CompressError) {
        self.file = file
        encoder = try Encoder(compression, level: level)
    }

    func put(_ bytes: UnsafeRawBufferPointer) throws {
        archiveHash.update(bytes)
        var input = bytes
        while let output = try encoder.next(&input) { try write(output) }
    }

    func finish() throws -> Layer {
        while let output = try encoder.finish() { try write(output) }
        return Layer(digest: blobHash.digest(), size: size, diffID: archiveHash.digest())
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        blobHash.update(bytes)
        size += Int64(bytes.count)
        var rest = bytes
        while !rest.isEmpty {
            let wrote = Glibc.write(file, rest.baseAddress, rest.count)
            if wrote < 0, errno == EINTR { continue }
            try SystemError.check(wrote, "write the layer")
            rest = UnsafeRawBufferPointer(rebasing: rest[wrote...])
        }
    }
}
