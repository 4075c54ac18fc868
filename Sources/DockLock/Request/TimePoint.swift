import Format
import Verbs

/// A time as a person writes it.
public enum TimePoint: Sendable, Equatable {
    /// Nanoseconds before now.
    case ago(Int64)
    /// Nanoseconds since 1970, UTC.
    case at(Int64)

    /// Nanoseconds since 1970, given the time now as such.
    public func nanoseconds(now: Int64) -> Int64 {
        switch self {
        case .ago(let span): now - span
        case .at(let point): point
        }
    }
}

/// A duration before now (`10m`), seconds since 1970 (`1700000000.5`) or a time of RFC 3339, shortened at
/// its end if need be; without a zone it is UTC.
func timePoint(_ text: String) throws(Wrong) -> TimePoint {
    if let ago = Quantity.duration(text.hasPrefix("-") ? String(text.dropFirst()) : text) { return .ago(ago) }
    if let point = unixTime(text) ?? calendarTime(Array(text.utf8)) { return .at(point) }
    throw Wrong("\"\(text)\" is not a time, such as 10m, 2024-01-31T10:30:00Z or seconds since 1970")
}

private let billion: Int64 = 1_000_000_000

private func unixTime(_ text: String) -> Int64? {
    let (whole, fraction) = split(text, at: UInt8(ascii: "."))
    guard let first = whole.utf8.first, first >= 48, first <= 57, let seconds = Int64(whole),
        seconds < billion * 9,
        let rest = nanoseconds(Array((fraction ?? "").utf8)[...])
    else { return nil }
    return seconds * billion + rest
}

/// The digits after a point, as nanoseconds.
private func nanoseconds(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard digits.count <= 9, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    var value: Int64 = 0
    for index in 0..<9 {
        let position = digits.startIndex + index
        value = value * 10 + (position < digits.endIndex ? Int64(digits[position] - 48) : 0)
    }
    return value
}

/// `YYYY-MM-DD[Thh:mm[:ss[.fraction]]][Z|+hh:mm|-hh:mm]`.
private func calendarTime(_ bytes: [UInt8]) -> Int64? {
    var rest = bytes[...]
    guard let year = digits(&rest, 4), mark(&rest, "-"), let month = digits(&rest, 2), mark(&rest, "-"),
        let day = digits(&rest, 2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var seconds = Calendar.day(year, month, day) * 86_400
    var fraction: Int64 = 0
    if mark(&rest, "T") || mark(&rest, " ") {
        guard let hour = digits(&rest, 2), mark(&rest, ":"), let minute = digits(&rest, 2), hour < 24,
            minute < 60
        else { return nil }
        seconds += hour * 3600 + minute * 60
        if mark(&rest, ":") {
            guard let second = digits(&rest, 2), second <= 60 else { return nil }
            seconds += second
            if mark(&rest, ".") {
                let run = rest.prefix { $0 >= 48 && $0 <= 57 }
                guard !run.isEmpty, let part = nanoseconds(run) else { return nil }
                fraction = part
                rest = rest.dropFirst(run.count)
            }
        }
    }
    if !rest.isEmpty, !mark(&rest, "Z") {
        let sign: Int64 = rest.first == UInt8(ascii: "-") ? 1 : -1
        guard mark(&rest, "+") || mark(&rest, "-"), let hour = digits(&rest, 2), mark(&rest, ":"),
            let minute = digits(&rest, 2), hour < 24, minute < 60
        else { return nil }
        seconds += sign * (hour * 3600 + minute * 60)
    }
    guard rest.isEmpty, abs(seconds) < billion * 9 else { return nil }
    return seconds * billion + fraction
}

private func digits(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> Int64? {
    let run = rest.prefix(count)
    guard run.count == count, run.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    rest = rest.dropFirst(count)
    return run.reduce(0) { $0 * 10 + Int64($1 - 48) }
}

private func mark(_ rest: inout ArraySlice<UInt8>, _ character: Character) -> Bool {
    guard let byte = rest.first, byte == character.asciiValue else { return false }
    rest = rest.dropFirst()
    return true
}
