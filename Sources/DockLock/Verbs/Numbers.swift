/// The decimal number of a flag, within a type's range; a sign only where the type has one.
func number<Number: FixedWidthInteger>(_ text: String, _ type: Number.Type) throws(Wrong) -> Number {
    guard text.utf8.first != UInt8(ascii: "+"), let value = Number(text) else {
        throw Wrong("\"\(text)\" is not a whole number from \(Number.min) to \(Number.max)")
    }
    return value
}

/// A count of descriptors, for `--preserve-fds`. A process of Linux has at most 2^20 by default.
func descriptorCount(_ text: String) throws(Wrong) -> Int {
    let count = try number(text, UInt32.self)
    guard count <= 1 << 20 else { throw Wrong("\(count) descriptors are more than a process can have") }
    return Int(count)
}

/// Sizes and durations: numbers with units.
public enum Quantity {
    /// A size in bytes: a number with or without a fraction, and k, m, g, t or p for powers of 1024,
    /// with or without `b` or `ib` after it (`512M`, `1.5GiB`); -1 for no limit. nil for all else.
    public static func size(_ text: String) -> Int64? {
        if text == "-1" { return -1 }
        let bytes = Array(text.utf8)
        let digits = bytes.prefix(while: isNumeral)
        var suffix = bytes[digits.count...]
        if suffix.first == UInt8(ascii: " ") { suffix.removeFirst() }
        guard let unit = sizeUnit(suffix), let size = scaled(digits, by: unit) else { return nil }
        return Int64(exactly: size)
    }

    /// A duration in Go's form, in nanoseconds: numbers with units, added up (`1h30m`, `1.5s`,
    /// `300ms`). nil for all else.
    public static func duration(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        if rest.isEmpty { return nil }
        var total: UInt64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix(while: isNumeral)
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !isNumeral($0) }
            rest = rest.dropFirst(letters.count)
            guard let unit = durationUnit(letters), let part = scaled(digits, by: unit) else { return nil }
            let (sum, isTooLarge) = total.addingReportingOverflow(part)
            if isTooLarge { return nil }
            total = sum
        }
        return Int64(exactly: total)
    }

    private static func isNumeral(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: ".")
    }

    /// `digits`, which may have a fraction, times `unit`, rounded down.
    private static func scaled(_ digits: ArraySlice<UInt8>, by unit: UInt64) -> UInt64? {
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, digits.count >= parts.count else { return nil }
        var whole: UInt64 = 0
        for byte in parts[0] {
            let (tens, isTooLarge) = whole.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeNow) = tens.addingReportingOverflow(UInt64(byte - 48))
            if isTooLarge || isTooLargeNow { return nil }
            whole = sum
        }
        var fraction: UInt64 = 0
        var scale: UInt64 = 1
        // No unit is above 10^18, so that later digits weigh less than one.
        for byte in parts.count == 2 ? parts[1].prefix(18) : [] {
            fraction = fraction * 10 + UInt64(byte - 48)
            scale *= 10
        }
        let part = scale.dividingFullWidth(unit.multipliedFullWidth(by: fraction)).quotient
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
        let (sum, isTooLargeNow) = product.addingReportingOverflow(part)
        return isTooLarge || isTooLargeNow ? nil : sum
    }

    /// Bytes of a suffix: none, b, k, kb, kib and so on, in capitals or not.
    private static func sizeUnit(_ suffix: ArraySlice<UInt8>) -> UInt64? {
        var letters = suffix.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
        if letters.last == UInt8(ascii: "b") { letters.removeLast() }
        if letters.isEmpty { return 1 }
        if letters.count == 2, letters[1] == UInt8(ascii: "i") { letters.removeLast() }
        guard letters.count == 1 else { return nil }
        switch letters[0] {
        case UInt8(ascii: "k"): return 1 << 10
        case UInt8(ascii: "m"): return 1 << 20
        case UInt8(ascii: "g"): return 1 << 30
        case UInt8(ascii: "t"): return 1 << 40
        case UInt8(ascii: "p"): return 1 << 50
        default: return nil
        }
    }

    private static func durationUnit(_ letters: ArraySlice<UInt8>) -> UInt64? {
        switch String(decoding: letters, as: UTF8.self) {
        case "ns": 1
        case "us", "\u{b5}s", "\u{3bc}s": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }
}
