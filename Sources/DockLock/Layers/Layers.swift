import Glibc
import Kernel

/// Layers of images: from bytes to directories of overlayfs, and back.
public enum Layers {
    /// Unpacks the layer whose blob `blob` reads, from where it stands to its end, as `Unpacking` does.
    public static func apply(
        _ layer: Layer, from blob: borrowing Descriptor, to directory: String, privilege: Privilege,
        limits: LayerLimits = LayerLimits()
    ) throws(LayerError) -> LayerFacts {
        let unpacking = try Unpacking(layer, to: directory, privilege: privilege, limits: limits)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = read(blob.number, buffer.baseAddress, buffer.count)
            if count == 0 { return try unpacking.finish() }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(SystemError("read the layer", errno), entry: "")
            }
            try unpacking.push(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Removes from a folder what unpackings that were killed left half-made in it; those of living processes
    /// stay.
    public static func sweep(_ folder: String) throws(LayerError) {
        do throws(SystemError) { try Staging.sweep(folder) } catch { throw .system(error, entry: "") }
    }
}
