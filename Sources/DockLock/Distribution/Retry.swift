import Format

/// When something that failed is tried again, and after how long.
public enum Retry {
    /// Tries in a row that get no further.
    public static let triesMax = 5
    /// A connection that brought so many bytes got further.
    public static let progressBytes: Int64 = 256 << 10
    /// What a server may ask for at most.
    public static let secondsMax: Int64 = 60

    /// Whether the next try may have a better answer than this status.
    public static func isWorth(status: Int) -> Bool { [408, 425, 429, 500, 502, 503, 504].contains(status) }

    /// How long to wait after the try of that number, the first being 1: what the server asks for, but a
    /// minute at most; else a quarter of a second, doubled each time, and up to as much again by `chance`
    /// (0 up to 1), so that many clients do not come back at once.
    public static func delayMillis(after attempt: Int, asked seconds: Int64?, chance: Double) -> Int64 {
        if let seconds { return min(max(seconds, 0), secondsMax) * 1000 }
        let step = Int64(250) << Int64(min(max(attempt, 1), 7) - 1)
        return step + Int64(Double(step) * min(max(chance, 0), 1))
    }

    /// The seconds of `Retry-After` (RFC 9110, 10.2.3): a number, or a date, which counts from `now`, seconds
    /// since 1970. nil for anything else.
    public static func after(_ field: String, now: Int64) -> Int64? {
        let text = trimmed(field)
        if !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            return Int64(text) ?? Int64.max
        }
        return date(text).map { max($0 - now, 0) }
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), in seconds since 1970.
    static func date(_ text: String) -> Int64? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].utf8.count == 4, words[0].hasSuffix(","), words[5] == "GMT",
            let day = number(words[1], 2), let month = months.firstIndex(of: String(words[2])),
            let year = number(words[3], 4), year >= 1970
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], 2), let minute = number(clock[1], 2),
            let second = number(clock[2], 2), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        let days = Calendar.day(year, Int64(month) + 1, day)
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: Substring, _ count: Int) -> Int64? {
        guard text.utf8.count == count, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int64(text)
    }
}
