import Glibc
import Kernel

/// Files and pipes, read and written in large pieces.
public enum Stream {
    static let pieceSize = 1 << 20

    /// Gives `take` every piece up to the end; `name` is for errors.
    public static func read(
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

    /// Writes all of it.
    public static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, _ name: String) throws {
        var done = 0
        while done < bytes.count {
            // Sound: `done < bytes.count`, and the length is what is left after it.
            let count = Glibc.write(file, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0, errno != EINTR { throw SystemError("write", errno, name) }
            done += max(count, 0)
        }
    }
}
