import Glibc

/// An open file descriptor, closed when its owner goes. Every one is close-on-exec.
public struct Descriptor: ~Copyable, Sendable {
    public let number: Int32

    /// Takes ownership of `number`.
    public init(_ number: Int32) { self.number = number }

    deinit { _ = Glibc.close(number) }

    /// Gives ownership away: the caller closes it.
    public consuming func take() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    public static func open(
        _ path: String, _ flags: Int32, mode: mode_t = 0, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) -> Descriptor {
        while true {
            let number = Glibc.openat(directory, path, flags | O_CLOEXEC, mode)
            if number >= 0 { return Descriptor(number) }
            if errno != EINTR { throw SystemError("open", errno, path) }
        }
    }

    /// Reads to the end of the file; refuses more than `limit` bytes with EFBIG.
    public func readAll(limit: Int = 64 << 20, name: String = "") throws(SystemError) -> [UInt8] {
        var status = stat()
        var bytes: [UInt8] = []
        var used = 0
        var guess = 4096
        if fstat(number, &status) == 0, status.st_size > 0 { guess = min(Int(status.st_size), limit) + 1 }
        bytes = [UInt8](repeating: 0, count: guess)
        while true {
            if used == bytes.count {
                guard used <= limit else { throw SystemError("read", EFBIG, name) }
                bytes.append(contentsOf: repeatElement(0, count: bytes.count))
            }
            let room = bytes.count - used
            let got = bytes.withUnsafeMutableBytes { buffer in
                // Sound: `used < buffer.count` and `room` is what is left after it.
                Glibc.read(number, buffer.baseAddress.map { $0 + used }, room)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw SystemError("read", errno, name)
            }
            if got == 0 { break }
            used += got
        }
        bytes.removeLast(bytes.count - used)
        return bytes
    }

    public func write(_ bytes: [UInt8], name: String = "") throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let wrote = bytes.withUnsafeBytes { buffer in
                // Sound: `done < buffer.count`, the length is what is left after it.
                Glibc.write(number, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if wrote < 0 {
                if errno == EINTR { continue }
                throw SystemError("write", errno, name)
            }
            done += wrote
        }
    }

    public func write(_ text: String, name: String = "") throws(SystemError) {
        try write(Array(text.utf8), name: name)
    }
}
