/// Messages as engines read them back from the file of `--log`: logrus's text and JSON, as runc writes them.
public enum LogLine {
    /// One line with its newline.
    /// - Parameter time: seconds since 1970, UTC.
    public static func bytes(
        _ format: LogFormat, _ level: LogLevel, _ message: String, time: Int64
    ) -> [UInt8] {
        let stamp = timestamp(time)
        var line: [UInt8] = []
        line.reserveCapacity(message.utf8.count + 80)
        switch format {
        case .json:
            append("{\"level\":\"", to: &line)
            append(level.word, to: &line)
            append("\",\"msg\":\"", to: &line)
            appendEscaped(message, to: &line, isJSON: true)
            append("\",\"time\":\"", to: &line)
            append(stamp, to: &line)
            append("\"}\n", to: &line)
        case .text:
            append("time=\"", to: &line)
            append(stamp, to: &line)
            append("\" level=", to: &line)
            append(level.word, to: &line)
            append(" msg=\"", to: &line)
            appendEscaped(message, to: &line, isJSON: false)
            append("\"\n", to: &line)
        }
        return line
    }

    /// RFC 3339, whole seconds: `2026-01-31T08:05:09Z`.
    public static func timestamp(_ time: Int64) -> String {
        let days = floorDivide(time, 86_400)
        let second = time - days * 86_400
        // Years begin in March here, so that a leap day is the last of its year; 400 years are an era.
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return date
            + "T\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value + 1) / divisor - 1
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        line.append(contentsOf: text.utf8)
    }

    /// Quotes, backslashes and control characters are escaped, so that a message stays one line.
    private static func appendEscaped(_ text: String, to line: inout [UInt8], isJSON: Bool) {
        let backslash = UInt8(ascii: "\\")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), backslash: line += [backslash, byte]
            case UInt8(ascii: "\n"): line += [backslash, UInt8(ascii: "n")]
            case UInt8(ascii: "\t"): line += [backslash, UInt8(ascii: "t")]
            case UInt8(ascii: "\r"): line += [backslash, UInt8(ascii: "r")]
            case 0..<32, 127:
                let digits = Array("0123456789abcdef".utf8)
                append(isJSON ? "\\u00" : "\\x", to: &line)
                line += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: line.append(byte)
            }
        }
    }
}
