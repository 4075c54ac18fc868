import Bus
import OCI

/// The annotations `org.systemd.property.NAME`, whose values are written as GVariant text:
/// `true`, `'word'`, `uint64 5`, `['a', 'b']`.
enum PropertyText {
    private static let prefix = "org.systemd.property."

    /// The properties among the annotations, others passed over.
    static func properties(_ annotations: [Annotation]) throws(CgroupError) -> [BusValue] {
        var properties: [BusValue] = []
        for annotation in annotations where annotation.key.hasPrefix(prefix) {
            var name = String(annotation.key.dropFirst(prefix.utf8.count))
            guard name.utf8.count > 2, name.utf8.allSatisfy({ 0x61...0x7A ~= $0 | 0x20 }) else {
                throw CgroupError("annotations." + annotation.key + ": is not the name of a property")
            }
            guard var value = value(annotation.value) else {
                throw CgroupError(
                    "annotations." + annotation.key + ": \"" + annotation.value + "\" is not a value")
            }
            // systemd's files speak of seconds, its bus of microseconds.
            if name.hasSuffix("Sec"), !name.hasSuffix("USec") {
                guard let micros = microseconds(value) else {
                    throw CgroupError("annotations." + annotation.key + ": is not a number of seconds")
                }
                name = String(name.dropLast(3)) + "USec"
                value = micros
            }
            properties.append(.property(name, value))
        }
        return properties
    }

    private static func microseconds(_ value: BusValue) -> BusValue? {
        let seconds: UInt64
        switch value {
        case .byte(let number): seconds = UInt64(number)
        case .uint16(let number): seconds = UInt64(number)
        case .uint32(let number): seconds = UInt64(number)
        case .uint64(let number): seconds = number
        case .int16(let number) where number >= 0: seconds = UInt64(number)
        case .int32(let number) where number >= 0: seconds = UInt64(number)
        case .int64(let number) where number >= 0: seconds = UInt64(number)
        case .double(let number) where number >= 0 && number < 1e12: return .uint64(UInt64(number * 1e6))
        default: return nil
        }
        let (micros, over) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return over ? nil : .uint64(micros)
    }

    /// A whole value; nil where the text is something else.
    static func value(_ text: String) -> BusValue? {
        var rest = text.utf8[...]
        guard let value = take(&rest) else { return nil }
        skipBlanks(&rest)
        return rest.isEmpty ? value : nil
    }

    private static func skipBlanks(_ rest: inout Substring.UTF8View) {
        while rest.first == 0x20 { rest.removeFirst() }
    }

    private static func take(_ rest: inout Substring.UTF8View) -> BusValue? {
        skipBlanks(&rest)
        guard let first = rest.first else { return nil }
        if first == 0x27 || first == 0x22 { return quoted(&rest) }
        if first == 0x5B { return array(&rest) }
        let word = word(&rest)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "byte", "int16", "uint16", "int32", "uint32", "int64", "uint64", "double":
            skipBlanks(&rest)
            return number(self.word(&rest), kind: word)
        default:
            return number(word, kind: word.utf8.contains(0x2E) ? "double" : "int32")
        }
    }

    private static func word(_ rest: inout Substring.UTF8View) -> String {
        let word = rest.prefix { $0 != 0x20 && $0 != 0x2C && $0 != 0x5D && $0 != 0x5B }
        rest.removeFirst(word.count)
        return String(decoding: word, as: UTF8.self)
    }

    private static func number(_ digits: String, kind: String) -> BusValue? {
        switch kind {
        case "byte": UInt8(digits).map { .byte($0) }
        case "int16": Int16(digits).map { .int16($0) }
        case "uint16": UInt16(digits).map { .uint16($0) }
        case "int32": Int32(digits).map { .int32($0) }
        case "uint32": UInt32(digits).map { .uint32($0) }
        case "int64": Int64(digits).map { .int64($0) }
        case "uint64": UInt64(digits).map { .uint64($0) }
        default: Double(digits).map { .double($0) }
        }
    }

    /// A text in either quotes; a backslash takes the next byte as it is.
    private static func quoted(_ rest: inout Substring.UTF8View) -> BusValue? {
        guard let quote = rest.popFirst() else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote { return .string(String(decoding: bytes, as: UTF8.self)) }
            if byte == 0 { return nil }
            if byte == 0x5C {
                guard let next = rest.popFirst() else { return nil }
                bytes.append(next)
            } else {
                bytes.append(byte)
            }
        }
        return nil
    }

    /// Values of one type between brackets. An empty array has no type, and so no meaning.
    private static func array(_ rest: inout Substring.UTF8View) -> BusValue? {
        rest.removeFirst()
        var values: [BusValue] = []
        while true {
            skipBlanks(&rest)
            // Arrays within arrays are no property's type.
            guard let first = rest.first, first != 0x5B, let value = take(&rest) else { return nil }
            guard values.first.map({ $0.signature == value.signature }) ?? true else { return nil }
            values.append(value)
            skipBlanks(&rest)
            guard let next = rest.popFirst() else { return nil }
            if next == 0x5D { return .array(of: value.signature, values) }
            guard next == 0x2C else { return nil }
        }
    }
}
