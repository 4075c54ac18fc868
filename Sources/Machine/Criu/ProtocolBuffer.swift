/// Protocol Buffers as criu speaks them: fields of variable-length numbers and of bytes.
struct ProtocolWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ field: UInt64, _ number: Int64) {
        varint(field << 3)
        varint(UInt64(bitPattern: number))
    }

    /// Absent stands for false.
    mutating func put(_ field: UInt64, _ flag: Bool) {
        if flag { put(field, 1) }
    }

    mutating func put(_ field: UInt64, _ text: String) { put(field, Array(text.utf8)) }

    mutating func put(_ field: UInt64, _ text: String?) {
        if let text { put(field, text) }
    }

    mutating func put(_ field: UInt64, message fill: (inout ProtocolWriter) -> Void) {
        var inner = ProtocolWriter()
        fill(&inner)
        put(field, inner.bytes)
    }

    private mutating func put(_ field: UInt64, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    private mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads the fields of one message, in their order.
struct ProtocolReader {
    enum Content: Equatable {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    struct Field: Equatable {
        var number: UInt64
        var content: Content
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field; nil at the end. Throws where the bytes are no message.
    mutating func next() throws(CriuError) -> Field? {
        guard !rest.isEmpty else { return nil }
        let key = try varint()
        switch key & 7 {
        case 0: return Field(number: key >> 3, content: .number(try varint()))
        case 1: return Field(number: key >> 3, content: .bytes(try take(8)))
        case 2: return Field(number: key >> 3, content: .bytes(try take(try varint())))
        case 5: return Field(number: key >> 3, content: .bytes(try take(4)))
        default: throw CriuError("criu sent a field of an unknown kind")
        }
    }

    private mutating func varint() throws(CriuError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw CriuError("criu sent half a number") }
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw CriuError("criu sent a number that is too long") }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
        }
        throw CriuError("criu sent a number that is too long")
    }

    private mutating func take(_ count: UInt64) throws(CriuError) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw CriuError("criu sent half a message") }
        let taken = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return taken
    }
}

extension ProtocolReader.Content {
    var number: UInt64? {
        if case .number(let number) = self { number } else { nil }
    }

    /// A negative int32 comes as ten bytes: its low half is what counts.
    var int32: Int32? { number.map { Int32(truncatingIfNeeded: $0) } }

    var bytes: ArraySlice<UInt8>? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}
