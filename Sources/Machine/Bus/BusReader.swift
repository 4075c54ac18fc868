/// Takes values out of bytes that someone else wrote: every length, offset and padding is checked, and
/// nothing is made that the bytes do not hold.
struct BusReader {
    private let bytes: [UInt8]
    private let isBigEndian: Bool
    private(set) var at: Int

    init(_ bytes: [UInt8], isBigEndian: Bool, at: Int = 0) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
        self.at = at
    }

    var isAtEnd: Bool { at == bytes.count }

    mutating func align(_ size: Int) throws(BusError) {
        let rest = at % size
        guard rest != 0 else { return }
        let padding = size - rest
        guard padding <= bytes.count - at else { throw .malformed("it ends within padding") }
        for index in at..<(at + padding) where bytes[index] != 0 { throw .malformed("padding is not zero") }
        at += padding
    }

    private mutating func number<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) throws(BusError) -> T {
        let size = MemoryLayout<T>.size
        try align(size)
        guard size <= bytes.count - at else { throw .malformed("it ends within a number") }
        var value: T = 0
        for index in 0..<size {
            let byte = T(bytes[at + (isBigEndian ? index : size - 1 - index)])
            value = size == 1 ? byte : value << 8 | byte
        }
        at += size
        return value
    }

    mutating func uint32() throws(BusError) -> UInt32 { try number(UInt32.self) }

    /// Text of `length` bytes and the NUL behind it.
    private mutating func text(_ length: Int) throws(BusError) -> String {
        guard length < bytes.count - at else { throw .malformed("it ends within a text") }
        let slice = bytes[at..<(at + length)]
        guard bytes[at + length] == 0, !slice.contains(0) else {
            throw .malformed("a text holds NUL or does not end with it")
        }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw .malformed("a text is not UTF-8")
        }
        at += length + 1
        return text
    }

    private mutating func signatureText() throws(BusError) -> String {
        let length = Int(try number(UInt8.self))
        return try text(length)
    }

    /// All values of a body's signature; the body must end with them.
    mutating func values(_ signature: String) throws(BusError) -> [BusValue] {
        let letters = Array(signature.utf8)
        var values: [BusValue] = []
        var start = 0
        while start < letters.count {
            let end = try BusType.end(letters, from: start)
            values.append(try value(letters, from: start, depth: 0))
            start = end
        }
        guard isAtEnd else { throw .malformed("it is longer than its signature says") }
        return values
    }

    /// One value of the complete type that starts at `start`.
    mutating func value(_ letters: [UInt8], from start: Int, depth: Int) throws(BusError) -> BusValue {
        guard depth <= 64 else { throw .malformed("values are nested too deep") }
        switch letters[start] {
        case 0x61: return try array(letters, from: start, depth: depth)
        case 0x28:
            try align(8)
            var members: [BusValue] = []
            var at = start + 1
            while letters[at] != 0x29 {
                members.append(try value(letters, from: at, depth: depth + 1))
                at = try BusType.end(letters, from: at)
            }
            return .structure(members)
        case 0x7B:
            try align(8)
            let key = try value(letters, from: start + 1, depth: depth + 1)
            return .entry(key, try value(letters, from: start + 2, depth: depth + 1))
        case 0x76:
            let signature = Array(try signatureText().utf8)
            guard try BusType.end(signature, from: 0) == signature.count else {
                throw .malformed("a variant has more than one type")
            }
            return .variant(try value(signature, from: 0, depth: depth + 1))
        default: return try basic(letters[start])
        }
    }

    private mutating func array(
        _ letters: [UInt8], from start: Int, depth: Int
    ) throws(BusError) -> BusValue {
        let length = Int(try uint32())
        let elementEnd = try BusType.end(letters, from: start)
        try align(BusType.alignment(letters[start + 1]))
        guard length <= bytes.count - at else { throw .malformed("an array is longer than the message") }
        let end = at + length
        var values: [BusValue] = []
        while at < end {
            let element = try value(letters, from: start + 1, depth: depth + 1)
            guard at <= end else { throw .malformed("an element is longer than its array") }
            values.append(element)
        }
        let element = String(decoding: letters[(start + 1)..<elementEnd], as: UTF8.self)
        return .array(of: element, values)
    }

    private mutating func basic(_ letter: UInt8) throws(BusError) -> BusValue {
        switch letter {
        case 0x79: return .byte(try number(UInt8.self))
        case 0x62:
            let value = try uint32()
            guard value <= 1 else { throw .malformed("a boolean is neither 0 nor 1") }
            return .boolean(value == 1)
        case 0x6E: return .int16(Int16(bitPattern: try number(UInt16.self)))
        case 0x71: return .uint16(try number(UInt16.self))
        case 0x69: return .int32(Int32(bitPattern: try uint32()))
        case 0x75: return .uint32(try uint32())
        case 0x78: return .int64(Int64(bitPattern: try number(UInt64.self)))
        case 0x74: return .uint64(try number(UInt64.self))
        case 0x64: return .double(Double(bitPattern: try number(UInt64.self)))
        case 0x73: return .string(try text(Int(try uint32())))
        case 0x6F: return .path(try text(Int(try uint32())))
        case 0x67: return .signature(try signatureText())
        case 0x68: return .descriptor(try uint32())
        default: throw .malformed("an unknown type")
        }
    }
}
