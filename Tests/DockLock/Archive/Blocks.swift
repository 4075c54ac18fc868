import Archive

/// Archives made block by block, also such as no program writes.
enum Blocks {
    /// A header; fields that are given are put in as they are, then the checksum is set.
    static func header(
        _ path: String, type: Character = "0", size: String = "00000000000", link: String = "",
        magic: String = "ustar\u{0}00", patches: [(Int, [UInt8])] = [], sum: String? = nil
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ at: Int, _ text: String) {
            block.replaceSubrange(at..<(at + text.utf8.count), with: text.utf8)
        }
        put(0, path)
        put(100, "0000644\u{0}0000012\u{0}0000034\u{0}")
        put(124, size + "\u{0}")
        put(136, "00000000144\u{0}")
        block[156] = type.asciiValue ?? 0
        put(157, link)
        put(257, magic)
        for (at, bytes) in patches { block.replaceSubrange(at..<(at + bytes.count), with: bytes) }
        block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let number = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(148, sum ?? String(repeating: "0", count: 6 - number.count) + number + "\u{0} ")
        return block
    }

    /// Bytes in whole blocks.
    static func data(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: -bytes.count & 511)
    }

    static func octal(_ count: Int) -> String {
        let digits = String(count, radix: 8)
        return String(repeating: "0", count: 11 - digits.count) + digits
    }

    /// An extended header of these records, or of bytes that should be records.
    static func extended(_ records: [(String, String)] = [], raw: String? = nil, type: Character = "x")
        -> [UInt8]
    {
        let text = raw ?? records.map { record($0.0, $0.1) }.joined()
        return header("PaxHeaders/x", type: type, size: octal(text.utf8.count)) + data(Array(text.utf8))
    }

    static func record(_ key: String, _ value: String) -> String {
        let rest = 3 + key.utf8.count + value.utf8.count
        var length = rest + 1
        while length != rest + String(length).count { length = rest + String(length).count }
        return "\(length) \(key)=\(value)\n"
    }

    static func long(_ name: String, type: Character) -> [UInt8] {
        let bytes = Array(name.utf8) + [0]
        return header("././@LongLink", type: type, size: octal(bytes.count), magic: "ustar  \u{0}")
            + data(bytes)
    }

    static let end = [UInt8](repeating: 0, count: 1024)
}

/// An entry with its bytes, holes filled with zeros.
struct Member: Equatable {
    var entry: Entry
    var bytes: [UInt8] = []
}

/// Reads a whole archive that comes in pieces of one size.
func read(_ archive: [UInt8], piece: Int = .max, extendedMax: Int = 1 << 20) throws -> [Member] {
    var reader = TarReader(extendedMax: extendedMax)
    var members: [Member] = []
    var start = 0
    while start < archive.count {
        let end = start + min(piece, archive.count - start)
        try archive[start..<end].withUnsafeBytes { buffer in
            var input = buffer
            while let event = try reader.next(&input) {
                switch event {
                case .entry: members.append(Member(entry: reader.entry))
                case .data(let offset, let bytes):
                    let at = members.count - 1
                    let missing = Int(offset) - members[at].bytes.count
                    members[at].bytes += [UInt8](repeating: 0, count: missing) + bytes
                case .end:
                    let at = members.count - 1
                    let missing = Int(reader.entry.size) - members[at].bytes.count
                    members[at].bytes += [UInt8](repeating: 0, count: missing)
                }
            }
        }
        start = end
    }
    try reader.finish()
    return members
}

/// A text's bytes.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
