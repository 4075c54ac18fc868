import Glibc
import Kernel

/// Reads a file or pipe in large pieces.
struct Stream {
    static let pieceSize = 1 << 20

    /// Gives `take` every piece up to the end; `name` is for errors.
    static func read(
        _ file: Int32, _ name: String, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read", errno, name)
            }
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
