import JSON

/// Kubernetes' quantities: a decimal number with a suffix (n u m k M G T P E, Ki Mi Gi Ti Pi Ei) or an
/// exponent of ten.
struct Amount: Equatable {
    /// Billionths, rounded up.
    let billionths: UInt128

    /// nil for what is none, or does not fit.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        if rest.first == 0x2B { rest.removeFirst() }
        let whole = rest.prefix(while: Amount.isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == 0x2E {
            rest.removeFirst()
            fraction = rest.prefix(while: Amount.isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty), whole.count + fraction.count <= 30,
            let scale = Amount.scale(String(decoding: rest, as: UTF8.self))
        else { return nil }
        var value: UInt128 = 0
        for digit in whole + fraction { value = value * 10 + UInt128(digit - 0x30) }
        // In billionths: 10^9, the suffix, and less what stands after the point.
        var powerOfTen = 9 + scale.tens - fraction.count
        let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: scale.factor)
        if isTooLarge { return nil }
        value = shifted
        while powerOfTen > 0 {
            let (next, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            if isTooLarge { return nil }
            value = next
            powerOfTen -= 1
        }
        while powerOfTen < 0 {
            value = value / 10 + (value % 10 > 0 ? 1 : 0)
            powerOfTen += 1
        }
        billionths = value
    }

    /// Whole units, rounded up; nil where it does not fit.
    var units: Int64? {
        Int64(exactly: billionths / 1_000_000_000 + (billionths % 1_000_000_000 > 0 ? 1 : 0))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func scale(_ suffix: String) -> (factor: UInt128, tens: Int)? {
        switch suffix {
        case "": return (1, 0)
        case "n": return (1, -9)
        case "u": return (1, -6)
        case "m": return (1, -3)
        case "k": return (1, 3)
        case "M": return (1, 6)
        case "G": return (1, 9)
        case "T": return (1, 12)
        case "P": return (1, 15)
        case "E": return (1, 18)
        case "Ki": return (1 << 10, 0)
        case "Mi": return (1 << 20, 0)
        case "Gi": return (1 << 30, 0)
        case "Ti": return (1 << 40, 0)
        case "Pi": return (1 << 50, 0)
        case "Ei": return (1 << 60, 0)
        default:
            guard suffix.first == "e" || suffix.first == "E", let tens = Int(suffix.dropFirst()),
                abs(tens) <= 30
            else { return nil }
            return (1, tens)
        }
    }
}

extension Fields {
    /// A quantity, written as a string or as a number.
    func amount(_ key: String) throws(KubeError) -> Amount? {
        let text: String
        switch node(key) {
        case nil: return nil
        case .string(let written): text = written
        case .int(let number): text = String(number)
        case .uint(let number): text = String(number)
        case .raw(let bytes): text = String(decoding: bytes, as: UTF8.self)
        default: throw wrong(key, "is not a quantity")
        }
        guard let amount = Amount(text) else {
            throw wrong(key, "\"\(text)\" is not a quantity, such as 500m or 64Mi")
        }
        return amount
    }

    /// Bytes.
    func bytes(_ key: String) throws(KubeError) -> Int64? {
        guard let amount = try amount(key) else { return nil }
        guard let bytes = amount.units, bytes > 0 else { throw wrong(key, "is no size") }
        return bytes
    }
}

/// Base64 (RFC 4648), as the data of secrets is written.
enum Base64 {
    /// nil for what is none; spaces and line ends are passed over.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for byte in text.utf8 where byte > 0x20 {
            if byte == 0x3D {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count % 4 == 0 {
                bytes += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
                bits = 0
            }
        }
        switch (count % 4, padding) {
        case (0, 0): break
        case (2, 2): bytes.append(UInt8(bits >> 4 & 0xFF))
        case (3, 1): bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
        default: return nil
        }
        return bytes
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
