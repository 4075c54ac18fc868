/// What PAX records say of an entry, over what its header block says (POSIX pax, "pax Extended Header").
struct Extended {
    var path: [UInt8]?
    var link: [UInt8]?
    var uid: UInt32?
    var gid: UInt32?
    var size: Int64?
    var time: (seconds: Int64, nanoseconds: Int32)?
    var attributes: [Entry.Attribute] = []
    var sparse = Sparse()

    /// GNU's three formats of sparse files: 0.0 (pairs of records), 0.1 (one map), 1.0 (a map before the
    /// data).
    struct Sparse {
        var major: Int64?
        var minor: Int64?
        var name: [UInt8]?
        var size: Int64?
        var offset: Int64?
        var map: SparseMap?

        var isBeforeData: Bool { major == 1 }
    }

    /// Takes the records of a header: `LENGTH KEY=VALUE` and a newline, LENGTH counting all of it.
    mutating func read(_ records: [UInt8]) throws(ArchiveError) {
        var rest = records[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count < rest.count, let length = Numbers.decimal(digits), length <= rest.count,
                length > digits.count + 1,
                rest[rest.startIndex + Int(length) - 1] == UInt8(ascii: "\n")
            else { throw ArchiveError(entry: path ?? [], "an extended header has a record of wrong length") }
            let record = rest.prefix(Int(length) - 1).dropFirst(digits.count + 1)
            rest = rest.dropFirst(Int(length))
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")), equals > record.startIndex,
                !record[..<equals].contains(0)
            else { throw ArchiveError(entry: path ?? [], "an extended header has a record without a key") }
            try set(record[..<equals], record[(equals + 1)...])
        }
        if sparse.offset != nil { throw ArchiveError(entry: path ?? [], "GNU.sparse.numbytes is missing") }
    }

    /// An empty value takes back what a global header said.
    private mutating func set(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(ArchiveError) {
        let isUnset = value.isEmpty
        switch String(decoding: key, as: UTF8.self) {
        case "path": path = isUnset ? nil : try text(key, value)
        case "linkpath": link = isUnset ? nil : try text(key, value)
        case "uid": uid = isUnset ? nil : try id(key, value)
        case "gid": gid = isUnset ? nil : try id(key, value)
        case "size": size = isUnset ? nil : try number(key, value)
        case "mtime":
            guard let read = isUnset ? (0, 0) : Numbers.time(value) else { throw refusal(key, value) }
            time = isUnset ? nil : read
        case let name where name.hasPrefix("SCHILY.xattr."):
            try attribute(Array(key.dropFirst("SCHILY.xattr.".utf8.count)), Array(value))
        case let name where name.hasPrefix("LIBARCHIVE.xattr."):
            let encoded = key.dropFirst("LIBARCHIVE.xattr.".utf8.count)
            guard let name = Escapes.percent(encoded), !name.contains(0), let bytes = Escapes.base64(value)
            else { throw refusal(key, value) }
            try attribute(name, bytes)
        case let name where name.hasPrefix("GNU.sparse."): try setSparse(name.dropFirst(11), key, value)
        default: break
        }
    }

    private mutating func setSparse(
        _ name: Substring, _ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>
    ) throws(ArchiveError) {
        switch name {
        case "major": sparse.major = try number(key, value)
        case "minor": sparse.minor = try number(key, value)
        case "name": sparse.name = try text(key, value)
        case "size", "realsize": sparse.size = try number(key, value)
        case "numblocks": sparse.map = sparse.map ?? SparseMap()
        case "offset":
            guard sparse.offset == nil else { throw refusal(key, value) }
            sparse.offset = try number(key, value)
        case "numbytes":
            guard let offset = sparse.offset else { throw refusal(key, value) }
            var map = sparse.map ?? SparseMap()
            sparse.map = nil
            try map.append(offset, try number(key, value), path ?? [])
            sparse.map = map
            sparse.offset = nil
        case "map":
            var map = SparseMap()
            let numbers = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard numbers.count % 2 == 0 || value.isEmpty else { throw refusal(key, value) }
            for index in stride(from: 0, to: numbers.count - 1, by: 2) {
                try map.append(
                    try number(key, numbers[index]), try number(key, numbers[index + 1]), path ?? [])
            }
            sparse.map = map
        default: break
        }
    }

    private mutating func attribute(_ name: [UInt8], _ value: [UInt8]) throws(ArchiveError) {
        guard !name.isEmpty else { throw ArchiveError(entry: path ?? [], "an attribute without a name") }
        // A header may repeat an attribute, in both spellings or over a global one: the last counts.
        if let index = attributes.firstIndex(where: { $0.name == name }) {
            attributes[index].value = value
        } else {
            guard attributes.count < 1024 else {
                throw ArchiveError(entry: path ?? [], "more than 1024 attributes")
            }
            attributes.append(Entry.Attribute(name: name, value: value))
        }
    }

    private func text(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(ArchiveError) -> [UInt8] {
        guard !value.isEmpty, !value.contains(0) else { throw refusal(key, value) }
        return Array(value)
    }

    private func number(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(ArchiveError) -> Int64 {
        guard let number = Numbers.decimal(value) else { throw refusal(key, value) }
        return number
    }

    private func id(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(ArchiveError) -> UInt32 {
        guard let id = Numbers.id(try number(key, value)) else { throw refusal(key, value) }
        return id
    }

    private func refusal(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> ArchiveError {
        let shown = ArchiveError(entry: key, "").entry + "=" + ArchiveError(entry: value.prefix(60), "").entry
        return ArchiveError(entry: path ?? [], "the record \(shown) of its extended header is not valid")
    }
}

/// How libarchive writes an attribute's name and value.
enum Escapes {
    static func percent(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var plain: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                plain.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else {
                return nil
            }
            plain.append(high << 4 | low)
        }
        return plain
    }

    /// With or without the padding at the end.
    static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var plain: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var digits = text
        while digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
        guard text.count - digits.count <= 2 else { return nil }
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x41...0x5a: value = digit - 0x41
            case 0x61...0x7a: value = digit - 0x61 + 26
            case 0x30...0x39: value = digit - 0x30 + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                plain.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        // One digit alone makes no byte.
        return count == 6 ? nil : plain
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
