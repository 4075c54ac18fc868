/// Writes tar archives that depend on nothing but the entries: ustar where it can say all there is, PAX
/// records, sorted, where it can't. The caller puts the file's bytes after an entry's header.
public enum TarWriter {
    /// The end of an archive: two blocks of zeros.
    public static let end = [UInt8](repeating: 0, count: 1024)

    /// How many zeros follow `count` bytes of a file.
    public static func padding(after count: Int64) -> Int { Int(-count & 511) }

    /// The header of an entry, and before its file's bytes the map of a sparse one. Of a file follow `size`
    /// bytes, or those of its segments one after the other, and then `padding(after:)` zeros.
    /// Refuses a name with NUL in it, which tar can't hold.
    public static func header(_ entry: Entry) throws(ArchiveError) -> [UInt8] {
        guard !entry.path.isEmpty, !entry.path.contains(0), !entry.link.contains(0) else {
            throw ArchiveError(entry: entry.path, "its name can't be written")
        }
        var block = Block()
        var records: [(key: [UInt8], value: [UInt8])] = []
        func record(_ key: String, _ value: [UInt8]) { records.append((Array(key.utf8), value)) }
        func record(_ key: String, _ value: String) { record(key, Array(value.utf8)) }

        var path = entry.path
        if entry.kind == .directory, path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        var stored = entry.kind == .file ? entry.size : 0
        var map: [UInt8] = []
        if entry.kind == .file, let segments = entry.segments {
            map = sparseMap(segments)
            stored = segments.reduce(Int64(map.count)) { $0 + $1.count }
            record("GNU.sparse.major", "1")
            record("GNU.sparse.minor", "0")
            record("GNU.sparse.name", path)
            record("GNU.sparse.realsize", String(entry.size))
            path = beside(path, "GNUSparseFile.0")
        }
        if !block.setPath(path) { record("path", path) }
        if !block.setText(entry.link, 157..<257) { record("linkpath", entry.link) }
        block.setOctal(Int64(entry.mode & 0o7777), 100..<108)
        if !block.setOctal(Int64(entry.uid), 108..<116) { record("uid", String(entry.uid)) }
        if !block.setOctal(Int64(entry.gid), 116..<124) { record("gid", String(entry.gid)) }
        if !block.setOctal(stored, 124..<136) { record("size", String(stored)) }
        if !block.setOctal(entry.seconds, 136..<148) || entry.nanoseconds != 0 {
            record("mtime", time(entry.seconds, entry.nanoseconds))
        }
        block.setOctal(Int64(entry.major), 329..<337)
        block.setOctal(Int64(entry.minor), 337..<345)
        for attribute in entry.attributes {
            guard !attribute.name.isEmpty, !attribute.name.contains(0),
                !attribute.name.contains(UInt8(ascii: "="))
            else { throw ArchiveError(entry: entry.path, "the name of an attribute can't be written") }
            records.append((Array("SCHILY.xattr.".utf8) + attribute.name, attribute.value))
        }
        block.seal(type: type(entry.kind))
        return extended(records, for: path) + block.bytes + map
    }

    private static func type(_ kind: Entry.Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }

    /// A header of type x with its records in whole blocks; nothing where there are none.
    private static func extended(_ records: [(key: [UInt8], value: [UInt8])], for path: [UInt8]) -> [UInt8] {
        if records.isEmpty { return [] }
        var text: [UInt8] = []
        for record in records.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            // The length counts its own digits.
            let rest = 1 + record.key.count + 1 + record.value.count + 1
            var length = rest + 1
            while length != rest + String(length).utf8.count { length = rest + String(length).utf8.count }
            text += Array(String(length).utf8) + [0x20] + record.key + [UInt8(ascii: "=")] + record.value
            text.append(UInt8(ascii: "\n"))
        }
        var block = Block()
        // Only programs that don't know PAX see this name: what it keeps of the path is a courtesy.
        let name = path.last == UInt8(ascii: "/") ? path.dropLast() : path[...]
        let printable = beside(Array(name.suffix(60)), "PaxHeaders.0").filter { 0x20..<0x7f ~= $0 }
        _ = block.setText(printable, 0..<100)
        block.setOctal(0o644, 100..<108)
        block.setOctal(0, 108..<116)
        block.setOctal(0, 116..<124)
        block.setOctal(Int64(text.count), 124..<136)
        block.setOctal(0, 136..<148)
        block.seal(type: UInt8(ascii: "x"))
        return block.bytes + text + [UInt8](repeating: 0, count: padding(after: Int64(text.count)))
    }

    /// A path with a folder put before its last name.
    private static func beside(_ path: [UInt8], _ folder: String) -> [UInt8] {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return path[..<start] + Array(folder.utf8) + [UInt8(ascii: "/")] + path[start...]
    }

    private static func sparseMap(_ segments: [Entry.Segment]) -> [UInt8] {
        var text = "\(segments.count)\n"
        for segment in segments { text += "\(segment.offset)\n\(segment.count)\n" }
        let bytes = Array(text.utf8)
        return bytes + [UInt8](repeating: 0, count: padding(after: Int64(bytes.count)))
    }

    /// Seconds with as many decimals as there are; before 1970 they count downwards.
    private static func time(_ seconds: Int64, _ nanoseconds: Int32) -> String {
        if nanoseconds == 0 { return String(seconds) }
        let isBefore = seconds < 0
        let whole = isBefore ? -(seconds + 1) : seconds
        let part = isBefore ? 1_000_000_000 - nanoseconds : nanoseconds
        var decimals = String(part + 1_000_000_000).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        return (isBefore ? "-" : "") + "\(whole).\(decimals)"
    }
}

/// A header block while it is filled.
private struct Block {
    private(set) var bytes = [UInt8](repeating: 0, count: Header.size)

    /// False where the text is too long or not plain ASCII, and nothing but a start of it is written.
    mutating func setText(_ text: [UInt8], _ field: Range<Int>) -> Bool {
        for (at, byte) in zip(field, text) { bytes[at] = byte < 0x80 ? byte : UInt8(ascii: "_") }
        return text.count <= field.count && text.allSatisfy { $0 < 0x80 }
    }

    /// A path of more than 100 bytes is cut in two at a slash.
    mutating func setPath(_ path: [UInt8]) -> Bool {
        guard path.count > 100, path.allSatisfy({ $0 < 0x80 }) else { return setText(path, 0..<100) }
        let slash = UInt8(ascii: "/")
        // The slash itself is not stored, and something must be left after it.
        let latest = min(155, path.count - 2)
        if let cut = path[...latest].lastIndex(of: slash), cut > 0, path.count - cut - 1 <= 100 {
            _ = setText(Array(path[(cut + 1)...]), 0..<100)
            return setText(Array(path[..<cut]), 345..<500)
        }
        return setText(path, 0..<100)
    }

    /// False where the number is negative or too large; then the field says 0.
    @discardableResult
    mutating func setOctal(_ value: Int64, _ field: Range<Int>) -> Bool {
        let digits = field.count - 1
        let fits = value >= 0 && value < 1 << Int64(3 * digits)
        var rest = fits ? value : 0
        for at in field.dropLast().reversed() {
            bytes[at] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
        return fits
    }

    /// Sets the type and the magic, and the checksum over all of it.
    mutating func seal(type: UInt8) {
        bytes[156] = type
        bytes.replaceSubrange(257..<265, with: Array("ustar\u{0}00".utf8))
        bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = bytes.reduce(Int64(0)) { $0 + Int64($1) }
        // Six digits, NUL, space: as it has been since 1979.
        setOctal(sum, 148..<155)
        bytes[154] = 0
    }
}
