// rooms: Archive
import Archive

/// The input is an archive. In pieces it must read as it does whole; and what was read, written and read
/// again, must be the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTar(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let whole = read(input, piece: count)
    precondition(read(input, piece: 37) == whole)
    for entry in whole.entries {
        guard let header = try? TarWriter.header(entry) else { continue }
        var again = header.withUnsafeBytes { read($0, piece: $0.count) }
        guard again.entries.count == 1 else { preconditionFailure("what was written cannot be read") }
        // Attributes are written in order, and a name that ends with a slash is a folder's.
        again.entries[0].attributes.sort { $0.name.lexicographicallyPrecedes($1.name) }
        var expected = entry
        expected.attributes.sort { $0.name.lexicographicallyPrecedes($1.name) }
        if entry.path.last != UInt8(ascii: "/") { precondition(again.entries[0] == expected) }
    }
    return 0
}

private struct Result: Equatable {
    var entries: [Entry] = []
    var data: Int64 = 0
    var error: String?
}

private func read(_ input: UnsafeRawBufferPointer, piece: Int) -> Result {
    var reader = TarReader(extendedMax: 1 << 16)
    var result = Result()
    var start = 0
    do {
        while start < input.count {
            let end = min(start + piece, input.count)
            var part = UnsafeRawBufferPointer(rebasing: input[start..<end])
            start = end
            while let event = try reader.next(&part) {
                switch event {
                case .entry:
                    result.entries.append(reader.entry)
                    precondition(!reader.entry.path.isEmpty && !reader.entry.path.contains(0))
                case .data(let offset, let bytes):
                    precondition(offset >= 0 && offset + Int64(bytes.count) <= reader.entry.size)
                    result.data += Int64(bytes.count)
                case .end: break
                }
            }
            precondition(part.isEmpty)
        }
        try reader.finish()
    } catch {
        result.error = "\(error)"
    }
    return result
}
