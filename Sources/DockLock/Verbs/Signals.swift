/// The signals of Linux on x86_64 and aarch64, as their users write them.
public enum Signals {
    /// The number of a name with or without SIG, in capitals or not (`SIGTERM`, `kill`, `RTMIN+3`), or
    /// of decimal digits (0 to 64). nil where there is no such signal.
    public static func number(_ text: String) -> Int32? {
        if let first = text.utf8.first, first >= 48, first <= 57 {
            guard let value = Int32(text), value <= 64 else { return nil }
            return value
        }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if name.hasPrefix("RTMIN") { return realTime(name.dropFirst(5), from: 34, sign: "+") }
        if name.hasPrefix("RTMAX") { return realTime(name.dropFirst(5), from: 64, sign: "-") }
        if let index = names.firstIndex(of: name) { return Int32(index + 1) }
        switch name {
        case "IOT": return 6
        case "CLD": return 17
        case "POLL": return 29
        default: return nil
        }
    }

    /// The name of a number, with SIG; nil for numbers that have none.
    public static func name(_ number: Int32) -> String? {
        if number >= 1, number <= names.count { return "SIG" + names[Int(number) - 1] }
        if number == 34 { return "SIGRTMIN" }
        if number > 34, number <= 64 { return "SIGRTMIN+\(number - 34)" }
        return nil
    }

    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
        "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
        "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    private static func realTime(_ tail: Substring, from base: Int32, sign: Character) -> Int32? {
        if tail.isEmpty { return base }
        let digits = tail.dropFirst()
        guard tail.first == sign, let first = digits.utf8.first, first >= 48, first <= 57,
            let offset = Int32(digits), offset <= 30
        else { return nil }
        return sign == "+" ? base + offset : base - offset
    }
}
