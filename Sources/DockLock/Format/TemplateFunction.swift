import JSON

/// The functions of templates: Go's own and docker's.
enum TemplateFunction {
    static func call(_ name: String, _ values: [JSONNode]) throws(FormatError) -> JSONNode {
        switch name {
        case "and": return values.first { !$0.isTrue } ?? values.last ?? .null
        case "or": return values.first { $0.isTrue } ?? values.last ?? .null
        case "eq":
            let first = try operand(values, 0, name)
            return .bool(values.dropFirst().contains { $0.shown == first.shown })
        case "println", "print": return .string(printed(values, line: name == "println"))
        case "json", "len", "not", "lower", "upper", "title": return try one(name, values)
        case "ne", "lt", "le", "gt", "ge": return try compare(name, values)
        case "index": return try index(values)
        case "join", "split", "truncate", "slice": return try text(name, values)
        default: throw FormatError("template: function \"\(name)\" not defined")
        }
    }

    private static func one(_ name: String, _ values: [JSONNode]) throws(FormatError) -> JSONNode {
        let value = try operand(values, 0, name)
        switch name {
        case "json": return .string(String(decoding: value.encoded(), as: UTF8.self))
        case "not": return .bool(!value.isTrue)
        case "len":
            if case .string(let string) = value { return .int(Int64(string.utf8.count)) }
            if value == .null { return .int(0) }
            guard let items = value.items else { throw FormatError("template: len of \(value.shown)") }
            return .int(Int64(items.count))
        case "lower": return .string(value.shown.lowercased())
        case "upper": return .string(value.shown.uppercased())
        default:
            let words = value.shown.split(separator: " ", omittingEmptySubsequences: false)
            return .string(words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " "))
        }
    }

    private static func compare(_ name: String, _ values: [JSONNode]) throws(FormatError) -> JSONNode {
        let (left, right) = (try operand(values, 0, name), try operand(values, 1, name))
        if name == "ne" { return .bool(left.shown != right.shown) }
        let order: Int
        if let one = Int64(left.shown), let other = Int64(right.shown) {
            order = one < other ? -1 : one == other ? 0 : 1
        } else {
            order = left.shown < right.shown ? -1 : left.shown == right.shown ? 0 : 1
        }
        switch name {
        case "lt": return .bool(order < 0)
        case "le": return .bool(order <= 0)
        case "gt": return .bool(order > 0)
        default: return .bool(order >= 0)
        }
    }

    private static func index(_ values: [JSONNode]) throws(FormatError) -> JSONNode {
        var value = try operand(values, 0, "index")
        for key in values.dropFirst() {
            switch (value, key) {
            case (.object(let members), .string(let name)):
                value = members.first { $0.key == name }?.value ?? .string("")
            case (.array(let elements), .int(let place)):
                guard place >= 0, place < elements.count else {
                    throw FormatError("template: index out of range: \(place)")
                }
                value = elements[Int(place)]
            case (.null, _): return .string("")
            default: throw FormatError("template: can't index \(value.shown) with \(key.shown)")
            }
        }
        return value
    }

    private static func text(_ name: String, _ values: [JSONNode]) throws(FormatError) -> JSONNode {
        let (first, second) = (try operand(values, 0, name), try operand(values, 1, name))
        switch name {
        case "join":
            return .string((first.items ?? []).map(\.shown).joined(separator: second.shown))
        case "split":
            guard !second.shown.isEmpty else { throw FormatError("template: split wants a separator") }
            var parts: [JSONNode] = [.string("")]
            var rest = first.shown[...]
            while !rest.isEmpty {
                if rest.hasPrefix(second.shown) {
                    rest = rest.dropFirst(second.shown.count)
                    parts.append(.string(""))
                } else if case .string(let part) = parts[parts.count - 1] {
                    parts[parts.count - 1] = .string(part + String(rest.removeFirst()))
                }
            }
            return .array(parts)
        case "truncate":
            guard case .int(let count) = second, count >= 0 else {
                throw FormatError("template: truncate wants a length")
            }
            return .string(String(first.shown.prefix(Int(clamping: count))))
        default:
            guard case .int(let start) = second, start >= 0 else {
                throw FormatError("template: slice wants a place")
            }
            let end = values.count > 2 ? Int64(values[2].shown) ?? 0 : .max
            guard end >= start else { throw FormatError("template: slice ends before it begins") }
            let count = Int(clamping: end - start)
            if case .array(let elements) = first {
                return .array(Array(elements.dropFirst(Int(clamping: start)).prefix(count)))
            }
            return .string(String(first.shown.dropFirst(Int(clamping: start)).prefix(count)))
        }
    }

    /// Go's Sprint and Sprintln, as far as strings and numbers go.
    private static func printed(_ values: [JSONNode], line: Bool) -> String {
        values.map(\.shown).joined(separator: line ? " " : "") + (line ? "\n" : "")
    }

    private static func operand(
        _ values: [JSONNode], _ place: Int, _ name: String
    ) throws(FormatError) -> JSONNode {
        guard place < values.count else {
            throw FormatError("template: \(name) wants \(place + 1) arguments and got \(values.count)")
        }
        return values[place]
    }
}
