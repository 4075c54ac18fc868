/// Puts values into bytes, little-endian, each at its alignment from the start.
struct BusWriter {
    private(set) var bytes: [UInt8] = []

    mutating func align(_ size: Int) {
        while bytes.count % size != 0 { bytes.append(0) }
    }

    mutating func append(_ more: [UInt8]) { bytes += more }

    private mutating func put<T: FixedWidthInteger>(_ value: T) {
        align(MemoryLayout<T>.size)
        for shift in stride(from: 0, to: T.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }

    private mutating func put(text: String) {
        let utf8 = Array(text.utf8)
        put(UInt32(utf8.count))
        bytes += utf8
        bytes.append(0)
    }

    private mutating func put(signature: String) {
        bytes.append(UInt8(truncatingIfNeeded: signature.utf8.count))
        bytes += Array(signature.utf8)
        bytes.append(0)
    }

    mutating func write(_ value: BusValue) {
        switch value {
        case .byte(let value): bytes.append(value)
        case .boolean(let value): put(value ? UInt32(1) : 0)
        case .int16(let value): put(value)
        case .uint16(let value): put(value)
        case .int32(let value): put(value)
        case .uint32(let value), .descriptor(let value): put(value)
        case .int64(let value): put(value)
        case .uint64(let value): put(value)
        case .double(let value): put(value.bitPattern)
        case .string(let text), .path(let text): put(text: text)
        case .signature(let text): put(signature: text)
        case .array(let element, let values):
            put(UInt32(0))
            let length = bytes.count - 4
            // The padding before the first element is not part of the length, and is there without one.
            align(BusType.alignment(element.utf8.first ?? 0))
            let start = bytes.count
            for value in values { write(value) }
            let count = UInt32(truncatingIfNeeded: bytes.count - start)
            for index in 0..<4 { bytes[length + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
        case .structure(let members):
            align(8)
            for member in members { write(member) }
        case .entry(let key, let value):
            align(8)
            write(key)
            write(value)
        case .variant(let value):
            put(signature: value.signature)
            write(value)
        }
    }
}
