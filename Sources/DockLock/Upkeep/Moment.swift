import Format

/// A moment: nanoseconds since 1970, UTC.
public struct Moment: Sendable, Equatable, Comparable {
    public var nanoseconds: Int64

    public init(_ nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    /// RFC 3339 with nine digits of the second: `2026-01-31T08:05:09.000000123Z`.
    public var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text`: 30 bytes, without a String on the way, for a log of many lines.
    public func append(to bytes: inout [UInt8]) {
        let seconds = nanoseconds.quotient(1_000_000_000)
        let day = seconds.quotient(86_400)
        let second = seconds - day * 86_400
        let date = Calendar.date(day)
        Moment.put(date.year, 4, UInt8(ascii: "-"), &bytes)
        Moment.put(date.month, 2, UInt8(ascii: "-"), &bytes)
        Moment.put(date.day, 2, UInt8(ascii: "T"), &bytes)
        Moment.put(second / 3600, 2, UInt8(ascii: ":"), &bytes)
        Moment.put(second / 60 % 60, 2, UInt8(ascii: ":"), &bytes)
        Moment.put(second % 60, 2, UInt8(ascii: "."), &bytes)
        Moment.put(nanoseconds - seconds * 1_000_000_000, 9, UInt8(ascii: "Z"), &bytes)
    }

    private static func put(_ number: Int64, _ width: Int, _ end: UInt8, _ bytes: inout [UInt8]) {
        var unit: Int64 = 1
        for _ in 1..<width { unit *= 10 }
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / unit % 10))
            unit /= 10
        }
        bytes.append(end)
    }

    /// Reads RFC 3339 (`2026-01-31T08:05:09Z`, with a fraction of up to nine digits and an offset such as
    /// `+02:00`); nil for anything else.
    public init?<Text: Collection<UInt8>>(_ text: Text) {
        var reader = Digits(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T"), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60,
            (1678...2261).contains(year), let fraction = reader.fraction(), let offset = reader.offset(),
            reader.isAtEnd
        else { return nil }
        let days = Calendar.day(year, month, day)
        self.init((days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000_000 + fraction)
    }
}

extension Int64 {
    /// Divided and rounded down, also below zero.
    fileprivate func quotient(_ divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}

/// Reads the parts of a time.
private struct Digits<Text: Collection<UInt8>> {
    let text: Text
    var at: Text.Index

    init(_ text: Text) {
        self.text = text
        at = text.startIndex
    }

    var isAtEnd: Bool { at == text.endIndex }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard at < text.endIndex, text[at] == UInt8(ascii: wanted) else { return false }
        at = text.index(after: at)
        return true
    }

    private mutating func digit() -> Int64? {
        guard at < text.endIndex, text[at] >= 48, text[at] <= 57 else { return nil }
        defer { at = text.index(after: at) }
        return Int64(text[at] - 48)
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while count < 9, let digit = digit() {
            value = value * 10 + digit
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { value *= 10 }
        return value
    }

    /// Seconds east of Greenwich.
    mutating func offset() -> Int64? {
        if take("Z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}
