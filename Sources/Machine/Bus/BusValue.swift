/// A value of the D-Bus type system.
public indirect enum BusValue: Sendable, Equatable {
    case byte(UInt8)
    case boolean(Bool)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case path(String)
    case signature(String)
    /// The index of a descriptor that came with the message.
    case descriptor(UInt32)
    /// The signature of an element, which an empty array has too.
    case array(of: String, [BusValue])
    case structure([BusValue])
    /// A key and its value; only within an array.
    case entry(BusValue, BusValue)
    case variant(BusValue)

    /// The type as the specification writes it: `a(sv)`.
    public var signature: String {
        switch self {
        case .byte: "y"
        case .boolean: "b"
        case .int16: "n"
        case .uint16: "q"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .path: "o"
        case .signature: "g"
        case .descriptor: "h"
        case .array(let element, _): "a" + element
        case .structure(let members): "(" + members.map { $0.signature }.joined() + ")"
        case .entry(let key, let value): "{" + key.signature + value.signature + "}"
        case .variant: "v"
        }
    }

    public static func strings(_ strings: [String]) -> BusValue {
        .array(of: "s", strings.map { .string($0) })
    }

    public static func bytes(_ bytes: [UInt8]) -> BusValue {
        .array(of: "y", bytes.map { .byte($0) })
    }

    /// A name and a variant, as properties are given: an element of `a(sv)`.
    public static func property(_ name: String, _ value: BusValue) -> BusValue {
        .structure([.string(name), .variant(value)])
    }

    /// The text of a string, an object path or a signature.
    public var text: String? {
        switch self {
        case .string(let text), .path(let text), .signature(let text): text
        default: nil
        }
    }
}

/// Types by their letters.
enum BusType {
    /// Where the complete type that starts at `start` ends. Refuses unknown letters, empty structures and
    /// nesting beyond the specification's 64 levels.
    static func end(_ signature: [UInt8], from start: Int, depth: Int = 0) throws(BusError) -> Int {
        guard depth <= 64 else { throw .malformed("types are nested too deep") }
        guard start < signature.count else { throw .malformed("a type is missing") }
        switch signature[start] {
        case 0x61:
            if start + 1 < signature.count, signature[start + 1] == 0x7B {
                return try entryEnd(signature, from: start + 1, depth: depth + 1)
            }
            return try end(signature, from: start + 1, depth: depth + 1)
        case 0x28:
            var at = start + 1
            while true {
                guard at < signature.count else { throw .malformed("a structure's type does not end") }
                if signature[at] == 0x29 { break }
                at = try end(signature, from: at, depth: depth + 1)
            }
            guard at > start + 1 else { throw .malformed("a structure is empty") }
            return at + 1
        default:
            guard isBasic(signature[start]) || signature[start] == 0x76 else {
                throw .malformed("an unknown type")
            }
            return start + 1
        }
    }

    /// `{`, a basic type, any type, `}`.
    private static func entryEnd(_ signature: [UInt8], from start: Int, depth: Int) throws(BusError) -> Int {
        guard start + 1 < signature.count, isBasic(signature[start + 1]) else {
            throw .malformed("a dictionary's key has no basic type")
        }
        let close = try end(signature, from: start + 2, depth: depth)
        guard close < signature.count, signature[close] == 0x7D else {
            throw .malformed("a dictionary's type does not end")
        }
        return close + 1
    }

    /// y b n q i u x t d s o g h.
    static func isBasic(_ letter: UInt8) -> Bool {
        switch letter {
        case 0x79, 0x62, 0x6E, 0x71, 0x69, 0x75, 0x78, 0x74, 0x64, 0x73, 0x6F, 0x67, 0x68: true
        default: false
        }
    }

    /// What a value's first byte is aligned to, by the first letter of its type.
    static func alignment(_ letter: UInt8) -> Int {
        switch letter {
        case 0x6E, 0x71: 2
        case 0x62, 0x69, 0x75, 0x73, 0x6F, 0x61, 0x68: 4
        case 0x78, 0x74, 0x64, 0x28, 0x7B: 8
        default: 1
        }
    }
}
