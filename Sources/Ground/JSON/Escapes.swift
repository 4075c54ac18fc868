/// The escapes of a string that the parser has found well formed.
enum Escapes {
    /// `source[range]` with its escapes resolved, as UTF-8.
    static func resolve(_ source: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = source[at]
            at += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            let letter = source[at]
            at += 1
            switch letter {
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "u"):
                var scalar = unit(source, at)
                at += 4
                if scalar >= 0xD800, scalar < 0xDC00 {
                    scalar = 0x1_0000 + (scalar - 0xD800) << 10 + (unit(source, at + 2) - 0xDC00)
                    at += 6
                }
                append(scalar, to: &text)
            default: text.append(letter)
            }
        }
        return text
    }

    /// The four hex digits at `at`, which the parser has seen.
    static func unit(_ source: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | UInt32(digit(source[at + offset]) ?? 0) }
        return unit
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case 0..<0x80:
            text.append(UInt8(scalar))
        case 0x80..<0x800:
            text.append(UInt8(0xC0 | scalar >> 6))
            text.append(tail(0))
        case 0x800..<0x1_0000:
            text.append(UInt8(0xE0 | scalar >> 12))
            text.append(tail(6))
            text.append(tail(0))
        default:
            text.append(UInt8(0xF0 | scalar >> 18))
            text.append(tail(12))
            text.append(tail(6))
            text.append(tail(0))
        }
    }
}
