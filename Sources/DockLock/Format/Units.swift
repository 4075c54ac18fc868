/// Sizes and times as docker writes them.
public enum Units {
    /// Bytes in powers of a thousand with `digits` significant digits: `4.26MB`.
    public static func size(_ bytes: Int64, digits: Int = 3) -> String {
        let names = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(bytes)
        var name = 0
        while value >= 1000, name < names.count - 1 {
            value /= 1000
            name += 1
        }
        return significant(value, digits) + names[name]
    }

    /// C's `%.{digits}g` for values from 0 to 1000: no trailing zeros.
    static func significant(_ value: Double, _ digits: Int) -> String {
        var whole = 1
        var bound = 10.0
        while value >= bound, whole < digits {
            whole += 1
            bound *= 10
        }
        let places = max(digits - whole, 0)
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((value * Double(scale)).rounded(.toNearestOrEven))
        var fraction = String(scaled % scale)
        while fraction.utf8.count < places { fraction = "0" + fraction }
        if places == 0 { fraction = "" }
        while fraction.utf8.last == UInt8(ascii: "0") { fraction.removeLast() }
        return String(scaled / scale) + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// A span of seconds in words: `About a minute`, `3 weeks`.
    public static func span(_ seconds: Int64) -> String {
        let minutes = seconds / 60
        // Go's duration rounds hours to the nearest.
        let hours = (seconds + 1800) / 3600
        switch true {
        case seconds < 1: return "Less than a second"
        case seconds == 1: return "1 second"
        case seconds < 60: return "\(seconds) seconds"
        case minutes == 1: return "About a minute"
        case minutes < 60: return "\(minutes) minutes"
        case hours == 1: return "About an hour"
        case hours < 48: return "\(hours) hours"
        case hours < 24 * 7 * 2: return "\(hours / 24) days"
        case hours < 24 * 30 * 2: return "\(hours / 24 / 7) weeks"
        case hours < 24 * 365 * 2: return "\(hours / 24 / 30) months"
        default: return "\(hours / 24 / 365) years"
        }
    }

    /// `span` before `now`, both in seconds since 1970.
    public static func ago(_ time: Int64, now: Int64) -> String { span(max(now - time, 0)) + " ago" }
}
