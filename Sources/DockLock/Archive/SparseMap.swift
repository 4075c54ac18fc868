/// Where a sparse file has its bytes, while the map is being read (GNU tar's manual, "Storing Sparse Files").
struct SparseMap {
    /// A map of more pieces is refused: it would cost more memory than any real file's.
    static let limit = 1 << 18

    var segments: [Entry.Segment] = []

    /// Adds what a block of GNU's old format holds: `count` pairs of fields from `start` on.
    mutating func append(
        _ block: UnsafeRawBufferPointer, at start: Int, count: Int, _ path: [UInt8]
    ) throws(ArchiveError) {
        for index in 0..<count {
            let at = start + 24 * index
            // An unused pair is empty, and so are those after it.
            if block[at] == 0 { return }
            guard let offset = Numbers.field(block[at..<(at + 12)]),
                let size = Numbers.field(block[(at + 12)..<(at + 24)])
            else { throw ArchiveError(entry: path, "its sparse map holds what is no number") }
            try append(offset, size, path)
        }
    }

    mutating func append(_ offset: Int64, _ count: Int64, _ path: [UInt8]) throws(ArchiveError) {
        guard segments.count < SparseMap.limit else {
            throw ArchiveError(entry: path, "its sparse map has more than \(SparseMap.limit) pieces")
        }
        segments.append(Entry.Segment(offset: offset, count: count))
    }

    /// Refuses a map whose pieces overlap, leave the file, or add up to other than what is stored.
    static func check(_ entry: Entry, stored: Int64) throws(ArchiveError) {
        guard let segments = entry.segments else { return }
        guard entry.size >= 0 else { throw ArchiveError(entry: entry.path, "its real size is negative") }
        var end: Int64 = 0
        var sum: Int64 = 0
        for segment in segments {
            let (next, overflow) = segment.offset.addingReportingOverflow(segment.count)
            guard segment.count >= 0, segment.offset >= end, !overflow, next <= entry.size else {
                throw ArchiveError(entry: entry.path, "its sparse map is out of order or leaves the file")
            }
            end = next
            sum += segment.count
        }
        guard sum == stored else {
            throw ArchiveError(
                entry: entry.path, "its sparse map speaks of \(sum) bytes, and \(stored) are stored")
        }
    }
}

/// A map of format 1.0, which stands before the data: decimal numbers, one a line, in whole blocks.
struct SparseText {
    private(set) var map = SparseMap()
    private var digits: [UInt8] = []
    private var count: Int64?
    private var offset: Int64?

    /// Takes a block; true where the map ends in it.
    mutating func append(_ block: UnsafeRawBufferPointer, _ path: [UInt8]) throws(ArchiveError) -> Bool {
        for byte in block {
            if byte != UInt8(ascii: "\n") {
                guard digits.count < 20 else { throw ArchiveError(entry: path, "its sparse map is damaged") }
                digits.append(byte)
                continue
            }
            guard let value = Numbers.decimal(digits) else {
                throw ArchiveError(entry: path, "its sparse map holds what is no number")
            }
            digits.removeAll(keepingCapacity: true)
            if count == nil {
                count = value
            } else if let start = offset {
                try map.append(start, value, path)
                offset = nil
            } else {
                offset = value
            }
            if let count, map.segments.count == count { return true }
        }
        return false
    }
}
