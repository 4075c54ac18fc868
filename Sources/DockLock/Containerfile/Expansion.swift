/// Expands variables in a word and takes its quotes away (Docker's Dockerfile reference: "Environment
/// replacement"): `$name`, `${name}`, `${name:-word}`, `${name:+word}`, `${name:?word}` and the three
/// without the colon, for which a variable that is empty is set.
struct Expansion {
    /// What a word may become: the longest that the kernel takes in a command line or an environment.
    static let limitBytes = 128 << 10
    private static let limitDepth = 32

    private let input: [UInt8]
    private let escape: UInt8
    private let lookup: (String) -> String?
    private var at = 0
    private var depth = 0
    private var words: [[UInt8]] = []
    private var word: [UInt8] = []
    private var isWord = false
    private let splits: Bool

    private init(_ text: String, _ escape: Character, splits: Bool, _ lookup: @escaping (String) -> String?) {
        input = Array(text.utf8)
        self.escape = escape.asciiValue ?? UInt8(ascii: "\\")
        self.splits = splits
        self.lookup = lookup
    }

    /// The text as one word. `lookup` gives a variable's value, nil where it is not set.
    static func word(
        _ text: String, escape: Character, lookup: @escaping (String) -> String?
    ) throws(ExpansionError) -> String {
        var expansion = Expansion(text, escape, splits: false, lookup)
        try expansion.run(until: nil)
        return String(decoding: expansion.word, as: UTF8.self)
    }

    /// The text as words, split at spaces that stand in no quotes, also those in the values of variables.
    static func words(
        _ text: String, escape: Character, lookup: @escaping (String) -> String?
    ) throws(ExpansionError) -> [String] {
        var expansion = Expansion(text, escape, splits: true, lookup)
        try expansion.run(until: nil)
        expansion.endWord()
        return expansion.words.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a here-document: quotes stay, variables are expanded.
    static func document(
        _ text: String, escape: Character, lookup: @escaping (String) -> String?
    ) throws(ExpansionError) -> String {
        var expansion = Expansion(text, escape, splits: false, lookup)
        while expansion.at < expansion.input.count { try expansion.quotedByte() }
        return String(decoding: expansion.word, as: UTF8.self)
    }

    // MARK: Scanning

    private mutating func put(_ byte: UInt8) throws(ExpansionError) {
        guard word.count < Self.limitBytes else {
            throw ExpansionError("a word becomes longer than \(Self.limitBytes) bytes")
        }
        word.append(byte)
        isWord = true
    }

    private mutating func endWord() {
        if isWord { words.append(word) }
        (word, isWord) = ([], false)
    }

    /// Up to the byte `end`, which stands outside quotes and is taken, or to the end of the text.
    private mutating func run(until end: UInt8?) throws(ExpansionError) {
        while at < input.count {
            let byte = input[at]
            if byte == end {
                at += 1
                return
            }
            switch byte {
            case UInt8(ascii: "'"): try singleQuoted()
            case UInt8(ascii: "\""): try doubleQuoted()
            case UInt8(ascii: "$"): try variable(isQuoted: false)
            case escape:
                at += 1
                guard at < input.count else { return }
                try put(input[at])
                at += 1
            case UInt8(ascii: " ") where splits && depth == 0, UInt8(ascii: "\t") where splits && depth == 0:
                endWord()
                at += 1
            default:
                try put(byte)
                at += 1
            }
        }
        guard end == nil else { throw ExpansionError("a ${ is not closed") }
    }

    private mutating func singleQuoted() throws(ExpansionError) {
        at += 1
        isWord = true
        while at < input.count, input[at] != UInt8(ascii: "'") {
            try put(input[at])
            at += 1
        }
        guard at < input.count else { throw ExpansionError("a ' is not closed") }
        at += 1
    }

    private mutating func doubleQuoted() throws(ExpansionError) {
        at += 1
        isWord = true
        while at < input.count, input[at] != UInt8(ascii: "\"") { try quotedByte() }
        guard at < input.count else { throw ExpansionError("a \" is not closed") }
        at += 1
    }

    /// What stands between double quotes: only `$` and the escape mean something.
    private mutating func quotedByte() throws(ExpansionError) {
        let byte = input[at]
        if byte == UInt8(ascii: "$") { return try variable(isQuoted: true) }
        if byte == escape, at + 1 < input.count,
            [UInt8(ascii: "\""), UInt8(ascii: "$"), escape].contains(input[at + 1])
        {
            at += 1
        }
        try put(input[at])
        at += 1
    }

    // MARK: Variables

    private mutating func variable(isQuoted: Bool) throws(ExpansionError) {
        at += 1
        guard at < input.count else { return try put(UInt8(ascii: "$")) }
        if input[at] == UInt8(ascii: "{") {
            at += 1
            return try braced(isQuoted)
        }
        let name = takeName()
        guard !name.isEmpty else { return try put(UInt8(ascii: "$")) }
        try add(lookup(name) ?? "", isQuoted)
    }

    private mutating func takeName() -> String {
        let start = at
        if at < input.count, (0x30...0x39).contains(input[at]) {
            // A parameter of a shell: never set here.
            at += 1
        } else {
            while at < input.count, isNameByte(input[at]) { at += 1 }
        }
        return String(decoding: input[start..<at], as: UTF8.self)
    }

    private mutating func braced(_ isQuoted: Bool) throws(ExpansionError) {
        let name = takeName()
        guard at < input.count else { throw ExpansionError("a ${ is not closed") }
        guard !name.isEmpty else { throw ExpansionError("a ${ names no variable") }
        var value = lookup(name)
        var modifier = input[at]
        at += 1
        if modifier == UInt8(ascii: "}") { return try add(value ?? "", isQuoted) }
        if modifier == UInt8(ascii: ":") {
            guard at < input.count else { throw ExpansionError("a ${ is not closed") }
            if value == "" { value = nil }
            modifier = input[at]
            at += 1
        }
        guard [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "?")].contains(modifier) else {
            throw ExpansionError("${\(name)...}: only -, + and ?, each after : or not, are known here")
        }
        let other = try inner()
        switch modifier {
        case UInt8(ascii: "-"): try add(value ?? other, isQuoted)
        case UInt8(ascii: "+"): try add(value == nil ? "" : other, isQuoted)
        default:
            guard let value else {
                let reason = other.isEmpty ? "it is not set" : ContainerfileError.shown(other)
                throw ExpansionError("\(name): \(reason)")
            }
            try add(value, isQuoted)
        }
    }

    /// The word within braces, expanded.
    private mutating func inner() throws(ExpansionError) -> String {
        guard depth < Self.limitDepth else { throw ExpansionError("variables are too deep in each other") }
        let outer = (word, isWord)
        (word, isWord) = ([], false)
        depth += 1
        try run(until: UInt8(ascii: "}"))
        depth -= 1
        let text = String(decoding: word, as: UTF8.self)
        (word, isWord) = outer
        return text
    }

    private mutating func add(_ value: String, _ isQuoted: Bool) throws(ExpansionError) {
        for byte in value.utf8 {
            if splits, !isQuoted, depth == 0, [0x20, 0x09, 0x0A].contains(byte) {
                endWord()
            } else {
                try put(byte)
            }
        }
    }
}

/// Why a word can't be expanded.
struct ExpansionError: Error, Equatable {
    var problem: String

    init(_ problem: String) { self.problem = problem }
}
