import JSON

/// What a plain scalar means: the core schema of YAML 1.2, and of 1.1 what Kubernetes takes (yes and no,
/// octal numbers that begin with 0).
enum ScalarWords {
    static func value(_ text: String) -> JSONNode {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> JSONNode? {
        guard let first = text.utf8.first, first == 0x2B || first == 0x2D || first == 0x2E || isDigit(first)
        else { return nil }
        let isNegative = first == 0x2D
        var digits = Array((isNegative || first == 0x2B ? text.dropFirst() : text[...]).utf8)
        digits.removeAll { $0 == 0x5F }
        guard let leading = digits.first else { return nil }
        let rest = String(decoding: digits, as: UTF8.self)
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where rest.hasPrefix(prefix) {
            let tail = rest.dropFirst(2)
            // The initializer takes a sign.
            guard tail.utf8.first != 0x2B, tail.utf8.first != 0x2D, let value = UInt64(tail, radix: radix)
            else { return nil }
            return whole(value, isNegative)
        }
        if digits.allSatisfy(isDigit) {
            if leading == 0x30, digits.count > 1 {
                // 08 and 09 are no octal numbers, and then decimal ones.
                guard let value = UInt64(rest, radix: 8) else { return fraction(digits, isNegative) }
                return whole(value, isNegative)
            }
            if let value = UInt64(rest) { return whole(value, isNegative) }
        }
        return fraction(digits, isNegative)
    }

    private static func whole(_ value: UInt64, _ isNegative: Bool) -> JSONNode? {
        if !isNegative { return Int64(exactly: value).map { .int($0) } ?? .uint(value) }
        guard value <= UInt64(Int64.max) else { return nil }
        return .int(-Int64(value))
    }

    /// A number with a fraction or an exponent, or too large for 64 bits, in JSON's spelling.
    private static func fraction(_ digits: [UInt8], _ isNegative: Bool) -> JSONNode? {
        var at = 0
        func run() -> [UInt8] {
            let start = at
            while at < digits.count, isDigit(digits[at]) { at += 1 }
            return Array(digits[start..<at])
        }
        var written = run()
        while written.count > 1, written[0] == 0x30 { written.removeFirst() }
        var hasDigits = !written.isEmpty
        if written.isEmpty { written = [0x30] }
        if at < digits.count, digits[at] == 0x2E {
            at += 1
            let tail = run()
            hasDigits = hasDigits || !tail.isEmpty
            written += [0x2E] + (tail.isEmpty ? [0x30] : tail)
        }
        guard hasDigits else { return nil }
        if at < digits.count, digits[at] | 0x20 == 0x65 {
            at += 1
            written.append(0x65)
            if at < digits.count, digits[at] == 0x2B || digits[at] == 0x2D {
                written.append(digits[at])
                at += 1
            }
            let exponent = run()
            guard !exponent.isEmpty else { return nil }
            written += exponent
        }
        guard at == digits.count else { return nil }
        return .raw((isNegative ? [0x2D] : []) + written)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
