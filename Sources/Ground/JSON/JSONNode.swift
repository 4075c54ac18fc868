/// A document to write: the tree that `encoded` turns into bytes. Members keep their order.
public indirect enum JSONNode: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case string(String)
    case array([JSONNode])
    case object([Member])
    /// Bytes that are JSON already, written as they are.
    case raw([UInt8])

    public struct Member: Sendable, Equatable {
        public var key: String
        public var value: JSONNode

        public init(_ key: String, _ value: JSONNode) {
            self.key = key
            self.value = value
        }
    }

    /// An array of strings.
    public static func strings(_ strings: [String]) -> JSONNode { .array(strings.map { .string($0) }) }

    /// A parsed value as a tree; numbers that are no 64-bit integers keep their text.
    public init(_ json: JSON) {
        switch json.kind {
        case .null: self = .null
        case .bool: self = .bool(json.bool == true)
        case .string: self = .string(json.string ?? "")
        case .array: self = .array(json.elements.map { JSONNode($0) })
        case .object:
            self = .object(json.members.map { Member($0.key.string ?? "", JSONNode($0.value)) })
        case .number:
            if let int = json.int {
                self = .int(int)
            } else if let uint = json.uint {
                self = .uint(uint)
            } else {
                self = .raw(json.bytes)
            }
        }
    }

    /// The document: in one line, or, pretty, a member or element a line, indented by two spaces.
    public func encoded(pretty: Bool = false) -> [UInt8] {
        var writer = Writer(pretty: pretty)
        writer.write(self)
        return writer.bytes
    }
}

/// `["pid": .int(1)]` is an object, in that order.
extension JSONNode: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONNode)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

/// The encoder: appends to one array.
private struct Writer {
    let pretty: Bool
    var bytes: [UInt8] = []
    var depth = 0

    init(pretty: Bool) {
        self.pretty = pretty
        bytes.reserveCapacity(1024)
    }

    mutating func write(_ node: JSONNode) {
        switch node {
        case .null: append("null")
        case .bool(let bool): append(bool ? "true" : "false")
        case .int(let int): bytes.append(contentsOf: String(int).utf8)
        case .uint(let uint): bytes.append(contentsOf: String(uint).utf8)
        case .string(let string): write(string)
        case .raw(let raw): bytes.append(contentsOf: raw)
        case .array(let elements):
            list(UInt8(ascii: "["), UInt8(ascii: "]"), elements) { $0.write($1) }
        case .object(let members):
            list(UInt8(ascii: "{"), UInt8(ascii: "}"), members) { writer, member in
                writer.write(member.key)
                writer.append(writer.pretty ? ": " : ":")
                writer.write(member.value)
            }
        }
    }

    private mutating func append(_ text: StaticString) {
        // Sound: a StaticString's bytes are constants of the program.
        bytes.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func list<Item>(
        _ opening: UInt8, _ closing: UInt8, _ items: [Item], _ write: (inout Writer, Item) -> Void
    ) {
        bytes.append(opening)
        depth += 1
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            newline()
            write(&self, item)
        }
        depth -= 1
        if !items.isEmpty { newline() }
        bytes.append(closing)
    }

    private mutating func newline() {
        guard pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func write(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 8: append("\\b")
            case 9: append("\\t")
            case 10: append("\\n")
            case 12: append("\\f")
            case 13: append("\\r")
            case 0..<0x20:
                append("\\u00")
                bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                let digit = byte & 0xF
                bytes.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
