import Archive
import Glibc
import Kernel

/// Where a file has nothing but zeros. Told by content, not by how its file system stores it: the same bytes
/// make the same archive everywhere.
enum Holes {
    /// Fewer zeros than this are stored.
    static let sizeMin: Int64 = 1 << 20
    private static let blockSize: Int64 = 64 << 10

    /// What lies between the holes of a file; nil where it has none.
    static func segments(_ file: Int32, size: Int64) throws(SystemError) -> [Entry.Segment]? {
        guard size >= sizeMin else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(blockSize), alignment: 4096)
        defer { buffer.deallocate() }
        var segments: [Entry.Segment] = []
        var dataStart: Int64 = 0
        var zeroStart: Int64?
        var position: Int64 = 0
        // The file system need not read what it does not store.
        var stored: Int64 = 0
        while position < size {
            if stored <= position {
                let next = lseek(file, off_t(position), SEEK_DATA)
                stored = next < 0 ? (errno == ENXIO ? size : position) : Int64(next)
            }
            let count = min(blockSize, size - position)
            var isHole = position + count <= stored
            if !isHole { isHole = try isZero(file, position, Int(count), buffer) }
            if isHole {
                zeroStart = zeroStart ?? position
            } else {
                close(&zeroStart, at: position, &dataStart, &segments)
            }
            position += count
        }
        close(&zeroStart, at: size, &dataStart, &segments)
        guard dataStart > 0 || !segments.isEmpty else { return nil }
        // A last piece, empty where the file ends with a hole, says how far it goes.
        segments.append(Entry.Segment(offset: dataStart, count: size - dataStart))
        return segments
    }

    /// A run of zeros ends: if it was long enough, the bytes before it are a segment.
    private static func close(
        _ zeroStart: inout Int64?, at end: Int64, _ dataStart: inout Int64, _ segments: inout [Entry.Segment]
    ) {
        if let start = zeroStart, end - start >= sizeMin {
            if start > dataStart {
                segments.append(Entry.Segment(offset: dataStart, count: start - dataStart))
            }
            dataStart = end
        }
        zeroStart = nil
    }

    private static func isZero(
        _ file: Int32, _ position: Int64, _ count: Int, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Bool {
        var done = 0
        while done < count {
            let got = pread(
                file, buffer.baseAddress.map { $0 + done }, count - done, off_t(position) + off_t(done))
            if got < 0, errno == EINTR { continue }
            try SystemError.check(got, "read")
            // Shorter than it was: what reads it next says so.
            if got == 0 { return false }
            done += got
        }
        guard let start = buffer.baseAddress, buffer[0] == 0 else { return false }
        return memcmp(start, start + 1, count - 1) == 0
    }
}
