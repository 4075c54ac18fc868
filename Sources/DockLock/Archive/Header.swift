/// A header block's fields, before extended headers change them (POSIX pax, "ustar Interchange Format"; GNU
/// tar's manual, "Basic Tar Format").
struct Header {
    static let size = 512

    var type: UInt8 = 0
    var entry = Entry()
    /// Bytes that follow in the archive.
    var stored: Int64 = 0
    /// GNU's old sparse header: whether the map goes on in the next block.
    var isMapContinued = false

    static func isZero(_ block: UnsafeRawBufferPointer) -> Bool {
        block.allSatisfy { $0 == 0 }
    }

    init(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
        let magic = block[257..<265]
        let isPOSIX = magic.elementsEqual(Array("ustar\0".utf8) + magic.suffix(2))
        let isGNU = magic.elementsEqual(Array("ustar  \0".utf8))
        type = block[156]
        entry.path = Header.text(block[0..<100])
        if isPOSIX {
            // star keeps times behind a shorter prefix, and says so at the end.
            let isStar = block[508..<512].elementsEqual([0x74, 0x61, 0x72, 0])
            let prefix = Header.text(block[345..<(isStar ? 476 : 500)])
            if !prefix.isEmpty { entry.path = prefix + [UInt8(ascii: "/")] + entry.path }
        }
        try checkSum(block)
        entry.link = Header.text(block[157..<257])
        entry.mode = UInt32(truncatingIfNeeded: try number(block[100..<108], "mode") & 0o7777)
        entry.uid = try id(try number(block[108..<116], "uid"), "uid")
        entry.gid = try id(try number(block[116..<124], "gid"), "gid")
        stored = try number(block[124..<136], "size")
        guard stored >= 0 else { throw ArchiveError(entry: entry.path, "its size is negative") }
        entry.seconds = try number(block[136..<148], "mtime")
        if type == UInt8(ascii: "3") || type == UInt8(ascii: "4") {
            guard isPOSIX || isGNU else { throw ArchiveError(entry: entry.path, "a device without a number") }
            entry.major = try device(block[329..<337], 0xfff, "devmajor")
            entry.minor = try device(block[337..<345], 0xfffff, "devminor")
        }
        if type == UInt8(ascii: "S") { try readOldMap(block) }
    }

    private func checkSum(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
        // The field itself counts as spaces. Old programs added up signed characters: 256 less for each
        // that is not ASCII.
        var unsigned: Int64 = 8 * 0x20
        var high: Int64 = 0
        var index = 0
        while index < Header.size {
            if index == 148 { index = 156 }
            unsigned += Int64(block[index])
            high += Int64(block[index] >> 7)
            index += 1
        }
        let signed = unsigned - 256 * high
        let stated = try number(block[148..<156], "checksum")
        guard stated == unsigned || stated == signed else {
            throw ArchiveError(entry: entry.path, "the checksum of its header is wrong")
        }
    }

    private func number(_ field: Slice<UnsafeRawBufferPointer>, _ name: String) throws(ArchiveError) -> Int64
    {
        guard let value = Numbers.field(field) else {
            throw ArchiveError(entry: entry.path, "its \(name) is no number")
        }
        return value
    }

    private func id(_ value: Int64, _ name: String) throws(ArchiveError) -> UInt32 {
        guard let id = Numbers.id(value) else {
            throw ArchiveError(entry: entry.path, "its \(name) \(value) is out of range")
        }
        return id
    }

    private func device(
        _ field: Slice<UnsafeRawBufferPointer>, _ maximum: Int64, _ name: String
    ) throws(ArchiveError) -> UInt32 {
        let value = try number(field, name)
        guard 0...maximum ~= value else {
            throw ArchiveError(entry: entry.path, "its \(name) \(value) is out of range")
        }
        return UInt32(value)
    }

    private mutating func readOldMap(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
        entry.size = try number(block[483..<495], "real size")
        var map = SparseMap()
        try map.append(block, at: 386, count: 4, entry.path)
        entry.segments = map.segments
        isMapContinued = block[482] != 0
    }

    /// Up to the first NUL, or the whole field.
    private static func text(_ field: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }
}

/// Numbers as tar writes them.
enum Numbers {
    /// Octal digits between spaces and NULs; or, where the first bit is set, 256-ary in two's complement.
    /// An empty field is 0; nil for anything else.
    static func field(_ field: Slice<UnsafeRawBufferPointer>) -> Int64? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 { return binary(field) }
        var rest = field.drop { $0 == 0x20 }
        var value: Int64 = 0
        while let digit = rest.first, 0x30...0x37 ~= digit {
            let (product, overflow) = value.multipliedReportingOverflow(by: 8)
            guard !overflow else { return nil }
            value = product + Int64(digit - 0x30)
            rest = rest.dropFirst()
        }
        return rest.allSatisfy { $0 == 0x20 || $0 == 0 } ? value : nil
    }

    private static func binary(_ field: Slice<UnsafeRawBufferPointer>) -> Int64? {
        // The first bit is the mark, the second the sign.
        var value: Int64 = 0
        for (index, byte) in field.enumerated() {
            if index == 0 {
                value = Int64(byte & 0x7f)
                if byte & 0x40 != 0 { value -= 128 }
                continue
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 256)
            guard !overflow else { return nil }
            value = product + Int64(byte)
        }
        return value
    }

    /// A user's or group's number; 2^32 - 1 means none to the kernel, and is none.
    static func id(_ value: Int64) -> UInt32? {
        0..<0xffff_ffff ~= value ? UInt32(value) : nil
    }

    /// Decimal digits and nothing else.
    static func decimal(_ text: some Collection<UInt8>) -> Int64? {
        guard !text.isEmpty, text.count <= 20 else { return nil }
        var value: Int64 = 0
        for digit in text {
            guard 0x30...0x39 ~= digit else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.addingReportingOverflow(Int64(digit - 0x30))
            guard !overflow, !overflowToo else { return nil }
            value = sum
        }
        return value
    }

    /// `[-]seconds[.fraction]` as seconds and the nanoseconds after them; what is finer is cut off, towards
    /// the past.
    static func time(_ text: ArraySlice<UInt8>) -> (seconds: Int64, nanoseconds: Int32)? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text
        let whole = digits.prefix { $0 != UInt8(ascii: ".") }
        guard let seconds = decimal(whole) else { return nil }
        let fraction = digits.dropFirst(whole.count + 1)
        guard fraction.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        var nanoseconds: Int32 = 0
        for digit in fraction.prefix(9) { nanoseconds = nanoseconds * 10 + Int32(digit - 0x30) }
        for _ in 0..<max(0, 9 - fraction.count) { nanoseconds *= 10 }
        guard isNegative else { return (seconds, nanoseconds) }
        let isCut = fraction.dropFirst(9).contains { $0 != 0x30 }
        if isCut { nanoseconds += 1 }
        return nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds)
    }
}
