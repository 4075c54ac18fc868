import Foundation

/// A JSON value, made to be changed in place: `config["process", "user", "uid"] = 1000`.
public enum Value: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Int64)
    case real(Double)
    case string(String)
    case array([Value])
    case object([String: Value])
    /// Bytes written as they stand: for what no JSON writer would write.
    case raw(String)

    /// The member at a path of names; setting makes the objects on the way, nil removes the member.
    public subscript(path: String...) -> Value? {
        get { path.reduce(self as Value?) { $0?.member($1) } }
        set { self = setting(path[...], to: newValue) }
    }

    /// The elements of an array; empty for anything else.
    public var elements: [Value] {
        if case .array(let elements) = self { elements } else { [] }
    }

    public var members: [String: Value] {
        if case .object(let members) = self { members } else { [:] }
    }

    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var int: Int? {
        if case .number(let number) = self { Int(number) } else { nil }
    }

    /// Appends to the array at a path, which is made when it is missing.
    public mutating func append(_ path: String..., value: Value) {
        let old = path.reduce(self as Value?) { $0?.member($1) }
        self = setting(path[...], to: .array((old?.elements ?? []) + [value]))
    }

    private func member(_ name: String) -> Value? { members[name] }

    private func setting(_ path: ArraySlice<String>, to value: Value?) -> Value {
        guard let name = path.first else { return value ?? .null }
        var members = self.members
        if path.count == 1 {
            members[name] = value
        } else {
            members[name] = (members[name] ?? .object([:])).setting(path.dropFirst(), to: value)
        }
        return .object(members)
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByStringInterpolation,
    ExpressibleByNilLiteral
{
    public init(stringLiteral text: String) { self = .string(text) }
    public init(integerLiteral number: Int64) { self = .number(number) }
    public init(booleanLiteral truth: Bool) { self = .bool(truth) }
    public init(arrayLiteral elements: Value...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }
    public init(dictionaryLiteral members: (String, Value)...) {
        self = .object(Dictionary(members) { _, last in last })
    }

    /// An array of strings.
    public static func strings(_ texts: [String]) -> Value { .array(texts.map(Value.string)) }
}

extension Value {
    /// Reads JSON; throws where the text is none.
    public init(parsing text: String) throws {
        self.init(
            foundation: try JSONSerialization.jsonObject(
                with: Data(text.utf8), options: [.fragmentsAllowed]))
    }

    private init(foundation: Any) {
        switch foundation {
        case is NSNull: self = .null
        case let text as String: self = .string(text)
        case let number as NSNumber where isBoolean(number): self = .bool(number.boolValue)
        case let number as NSNumber:
            let whole = number.int64Value
            self = Double(whole) == number.doubleValue ? .number(whole) : .real(number.doubleValue)
        case let elements as [Any]: self = .array(elements.map(Value.init(foundation:)))
        case let members as [String: Any]: self = .object(members.mapValues(Value.init(foundation:)))
        default: self = .null
        }
    }

    /// The value as JSON, members in order of their names.
    public var json: String {
        switch self {
        case .null: "null"
        case .bool(let truth): truth ? "true" : "false"
        case .number(let number): String(number)
        case .real(let number): String(number)
        case .string(let text): Value.quoted(text)
        case .array(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { Value.quoted($0.key) + ":" + $0.value.json }
                .joined(separator: ",") + "}"
        case .raw(let text): text
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

private func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
}
