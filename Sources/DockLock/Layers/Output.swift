import Archive
import Glibc
import Kernel

/// Gathers an archive's bytes and hands them on in large pieces.
final class Output {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 4096)
    private var used = 0
    private let sink: (UnsafeRawBufferPointer) throws -> Void

    init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.sink = sink }

    deinit { buffer.deallocate() }

    func put(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if used == buffer.count { try flush() }
            let taken = min(rest.count, buffer.count - used)
            buffer[used..<(used + taken)].copyBytes(from: rest.prefix(taken))
            used += taken
            rest = rest.dropFirst(taken)
        }
    }

    /// Part of a file; false where it ends too early.
    func copy(_ file: Int32, _ segment: Entry.Segment) throws -> Bool {
        var done: Int64 = 0
        while done < segment.count {
            if used == buffer.count { try flush() }
            let room = min(buffer.count - used, Int(clamping: segment.count - done))
            let got = pread(file, buffer.baseAddress.map { $0 + used }, room, off_t(segment.offset + done))
            if got < 0, errno == EINTR { continue }
            try SystemError.check(got, "read")
            if got == 0 { return false }
            used += got
            done += Int64(got)
        }
        return true
    }

    func flush() throws {
        try sink(UnsafeRawBufferPointer(rebasing: buffer[..<used]))
        used = 0
    }
}
