/// A point in time as documents write it (RFC 3339).
public struct Moment: Sendable, Equatable {
    /// Since 1970, UTC.
    public var seconds: Int64
    public var nanoseconds: Int64

    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads `2024-01-02T03:04:05[.fraction](Z|+hh:mm)`; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func mark(_ place: Int, _ words: String) -> Bool {
            place < bytes.count && words.utf8.contains(bytes[place])
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            mark(4, "-"), mark(7, "-"), mark(10, "Tt "), mark(13, ":"), mark(16, ":"),
            1...12 ~= month, 1...31 ~= day, hour < 24, minute < 60, second <= 60
        else { return nil }
        var at = 19
        nanoseconds = 0
        if mark(at, ".") {
            at += 1
            var unit: Int64 = 100_000_000
            let start = at
            while let digit = number(at, 1) {
                nanoseconds += digit * unit
                unit /= 10
                at += 1
            }
            guard at > start else { return nil }
        }
        var offset: Int64 = 0
        if mark(at, "Zz") {
            at += 1
        } else {
            guard mark(at, "+-"), let hours = number(at + 1, 2), let minutes = number(at + 4, 2),
                mark(at + 3, ":"), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (mark(at, "-") ? -1 : 1)
            at += 6
        }
        guard at == bytes.count else { return nil }
        seconds = Calendar.day(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    /// `2024-01-02T03:04:05.000000006Z`, the fraction without needless zeros.
    public var description: String {
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 { (days, rest) = (days - 1, rest + 86_400) }
        let (year, month, day) = Calendar.date(days)
        var text = Moment.padded(year, 4) + "-" + Moment.padded(month, 2) + "-" + Moment.padded(day, 2)
        text += "T" + Moment.padded(rest / 3600, 2) + ":" + Moment.padded(rest / 60 % 60, 2)
        text += ":" + Moment.padded(rest % 60, 2)
        if nanoseconds > 0 {
            var fraction = Moment.padded(nanoseconds, 9)
            while fraction.utf8.last == UInt8(ascii: "0") { fraction.removeLast() }
            text += "." + fraction
        }
        return text + "Z"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }
}
