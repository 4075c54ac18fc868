/// A value of a parsed document (RFC 8259). It is a place on the document's tape: nothing is copied,
/// and no String is made, until asked for.
public struct JSON: Sendable {
    let tape: Tape
    let index: Int

    public enum Kind: UInt8, Sendable {
        case null, bool, number, string, array, object
    }

    /// What a document may ask of the parser. The parser recurses `depth` deep, so keep it in the hundreds.
    public struct Limits: Sendable {
        /// Arrays and objects within each other.
        public var depth: Int
        /// Size of the document.
        public var bytes: Int

        public init(depth: Int = 128, bytes: Int = 16 << 20) {
            self.depth = depth
            self.bytes = bytes
        }
    }

    /// Reads one document. Refused are, beyond bad syntax: bytes that are not UTF-8, lone surrogates,
    /// a member given twice, and documents over the limits.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) -> JSON {
        JSON(tape: try Tape(parsing: bytes, limits: limits), index: 0)
    }

    var node: Node { tape.nodes[index] }

    public var kind: Kind { node.kind }

    public var isNull: Bool { node.kind == .null }

    /// The truth value, or nil for another kind.
    public var bool: Bool? {
        let node = node
        return node.kind == .bool ? tape.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
    }

    /// The text, unescaped, or nil for another kind.
    public var string: String? {
        let node = node
        guard node.kind == .string else { return nil }
        if node.isEscaped { return String(decoding: tape.unescaped(node), as: UTF8.self) }
        return String(decoding: tape.bytes[node.range], as: UTF8.self)
    }

    /// Whether the text holds U+0000, which no string that goes to the kernel may.
    public var hasNUL: Bool { node.hasNUL }

    /// The number, or nil where it is written with a fraction or exponent or does not fit.
    public var int: Int64? {
        guard let (negative, magnitude) = integer else { return nil }
        if negative {
            return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }

    /// The number, or nil where it has a sign, a fraction or an exponent, or does not fit.
    public var uint: UInt64? {
        guard let (negative, magnitude) = integer, !negative else { return nil }
        return magnitude
    }

    /// The nearest double, or nil for another kind; a number beyond the doubles is infinite.
    public var double: Double? {
        let node = node
        return node.kind == .number ? Double(String(decoding: tape.bytes[node.range], as: UTF8.self)) : nil
    }

    private var integer: (negative: Bool, magnitude: UInt64)? {
        let node = node
        guard node.kind == .number else { return nil }
        var digits = tape.bytes[node.range]
        let negative = digits.first == UInt8(ascii: "-")
        if negative { digits = digits.dropFirst() }
        var magnitude: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (tens, tooMany) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, tooLarge) = tens.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !tooMany, !tooLarge else { return nil }
            magnitude = sum
        }
        return (negative, magnitude)
    }

    /// The value's source text, with a string's quotes.
    public var bytes: [UInt8] {
        let node = node
        guard node.kind == .string else { return Array(tape.bytes[node.range]) }
        return Array(tape.bytes[node.range.lowerBound - 1..<node.range.upperBound + 1])
    }

    /// The values of an array, in order; of another kind, none.
    public var elements: Elements {
        Elements(tape: tape, at: index + 1, end: kind == .array ? Int(node.end) : index + 1)
    }

    /// The members of an object, in order; of another kind, none.
    public var members: Members {
        Members(tape: tape, at: index + 1, end: kind == .object ? Int(node.end) : index + 1)
    }

    /// The member of that name, or nil where there is none or this is not an object.
    public subscript(key: StaticString) -> JSON? {
        precondition(key.hasPointerRepresentation, "a key is a word, not one character")
        // Sound: a StaticString's bytes are constants of the program, and the count is its own.
        let name = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        return tape.member(of: index, named: name).map { JSON(tape: tape, index: $0) }
    }

    /// The member of that name, or nil where there is none or this is not an object.
    public subscript(key key: String) -> JSON? {
        var key = key
        // Sound: the pointer does not leave the closure.
        return key.withUTF8 { tape.member(of: index, named: $0) }.map { JSON(tape: tape, index: $0) }
    }

    /// Whether this is the string `text`.
    public func equals(_ text: StaticString) -> Bool {
        guard kind == .string else { return false }
        // Sound: as in `subscript`.
        return tape.equal(index, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension JSON {
    /// The values of an array.
    public struct Elements: Sequence, IteratorProtocol, Sendable {
        let tape: Tape
        var at: Int
        let end: Int

        public mutating func next() -> JSON? {
            guard at < end else { return nil }
            defer { at = Int(tape.nodes[at].end) }
            return JSON(tape: tape, index: at)
        }
    }

    /// The members of an object. A key is a string value.
    public struct Members: Sequence, IteratorProtocol, Sendable {
        let tape: Tape
        var at: Int
        let end: Int

        public mutating func next() -> (key: JSON, value: JSON)? {
            guard at < end else { return nil }
            defer { at = Int(tape.nodes[at + 1].end) }
            return (JSON(tape: tape, index: at), JSON(tape: tape, index: at + 1))
        }
    }
}
