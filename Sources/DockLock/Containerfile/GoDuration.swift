/// Times as Go writes them: `1h30m`, `1.5s`, `100ms`.
enum GoDuration {
    /// Nanoseconds; nil where the text is no such time, or one of more than a year.
    static func nanos(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var total: Int64 = 0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            var decimals = Substring()
            if rest.first == "." {
                decimals = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                rest = rest.dropFirst(1 + decimals.count)
            }
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let size = sizes[String(unit)], !digits.isEmpty || !decimals.isEmpty,
                digits.utf8.count <= 9,
                decimals.utf8.count <= 9
            else { return nil }
            let whole = Int64(digits) ?? 0
            guard whole <= limit / size else { return nil }
            var part = whole * size
            var step = size
            for digit in decimals.utf8 {
                step /= 10
                part += step * Int64(digit - 0x30)
            }
            guard part <= limit, total + part <= limit else { return nil }
            total += part
        }
        return total
    }

    private static let limit: Int64 = 366 * 86_400 * 1_000_000_000
    private static let sizes: [String: Int64] = [
        "ns": 1, "us": 1000, "µs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]
}
