/// What may stand in a string beyond plain ASCII.
extension Parser {
    /// Steps over one escape; true where it is that of U+0000.
    mutating func escape() throws(JSONError) -> Bool {
        guard at + 1 < source.count else { throw error("an escape does not end") }
        switch source[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
            return false
        case UInt8(ascii: "u"):
            let start = at
            let first = try unit()
            switch first {
            case 0xD800..<0xDC00:
                guard at < source.count, source[at] == UInt8(ascii: "\\"), at + 1 < source.count,
                    source[at + 1] == UInt8(ascii: "u"), 0xDC00..<0xE000 ~= (try unit())
                else { throw error("a surrogate stands alone", at: start) }
            case 0xDC00..<0xE000:
                throw error("a surrogate stands alone", at: start)
            default: break
            }
            return first == 0
        default:
            throw error("an escape is unknown")
        }
    }

    /// Steps over `\uXXXX`.
    private mutating func unit() throws(JSONError) -> UInt32 {
        guard source.count - at >= 6 else { throw error("an escape does not end") }
        for offset in 2..<6 where Escapes.digit(source[at + offset]) == nil {
            throw error("an escape lacks hex digits")
        }
        at += 6
        return Escapes.unit(source, at - 4)
    }

    /// Steps over one character of two to four bytes, as Unicode's table 3-7 allows them.
    mutating func character() throws(JSONError) {
        let first = source[at]
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw error("a byte is not UTF-8")
        }
        guard source.count - at >= length, second.contains(source[at + 1]) else {
            throw error("a byte is not UTF-8")
        }
        for offset in 2..<max(length, 2) where source[at + offset] & 0xC0 != 0x80 {
            throw error("a byte is not UTF-8")
        }
        at += length
    }
}
