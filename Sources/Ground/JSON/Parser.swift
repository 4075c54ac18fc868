/// One pass over a document. Every read of `source` stands behind a comparison with its count.
struct Parser {
    let source: UnsafeBufferPointer<UInt8>
    let depthMax: Int
    var at = 0
    var nodes: [Node] = []
    /// Keys of the objects that are open, innermost last.
    var keys: [Key] = []

    init(source: UnsafeBufferPointer<UInt8>, depthMax: Int) {
        self.source = source
        self.depthMax = depthMax
        nodes.reserveCapacity(min(source.count / 12 + 8, 4096))
        keys.reserveCapacity(64)
    }

    mutating func document() throws(JSONError) {
        try value(depth: 0)
        skipSpace()
        guard at == source.count else { throw error("something follows the document") }
    }

    func error(_ reason: String) -> JSONError { error(reason, at: at) }

    func error(_ reason: String, at place: Int) -> JSONError {
        var line = 1
        var start = 0
        for index in 0..<place where source[index] == UInt8(ascii: "\n") {
            line += 1
            start = index + 1
        }
        return JSONError(line: line, column: place - start + 1, reason: reason)
    }

    private mutating func skipSpace() {
        while at < source.count {
            switch source[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    /// Whether `byte` comes next, and then steps over it.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < source.count, source[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) {
        skipSpace()
        guard at < source.count else { throw error("a value is missing: the document ends") }
        switch source[at] {
        case UInt8(ascii: "\""):
            try string()
        case UInt8(ascii: "{"):
            try object(depth: depth + 1)
        case UInt8(ascii: "["):
            try array(depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
        case UInt8(ascii: "t"): try word("true", .bool)
        case UInt8(ascii: "f"): try word("false", .bool)
        case UInt8(ascii: "n"): try word("null", .null)
        default: throw error("a value is missing")
        }
    }

    /// Appends the node of an array or object that opens here; `close` completes it.
    private mutating func open(_ kind: JSON.Kind, depth: Int) throws(JSONError) -> Int {
        guard depth <= depthMax else { throw error("nested deeper than \(depthMax)") }
        nodes.append(Node(kind: kind, start: UInt32(at), stop: 0, end: 0))
        at += 1
        skipSpace()
        return nodes.count - 1
    }

    private mutating func close(_ index: Int) {
        nodes[index].stop = UInt32(at)
        nodes[index].end = UInt32(nodes.count)
    }

    private mutating func array(depth: Int) throws(JSONError) {
        let index = try open(.array, depth: depth)
        if !take(UInt8(ascii: "]")) {
            repeat {
                try value(depth: depth)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw error("a comma or ] is missing") }
        }
        close(index)
    }

    private mutating func object(depth: Int) throws(JSONError) {
        let index = try open(.object, depth: depth)
        if !take(UInt8(ascii: "}")) {
            let first = keys.count
            repeat {
                skipSpace()
                guard at < source.count, source[at] == UInt8(ascii: "\"") else {
                    throw error("a member's name is missing")
                }
                keys.append(Key(hash: 0, node: UInt32(nodes.count)))
                try string()
                keys[keys.count - 1].hash = hash(nodes[nodes.count - 1])
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
                try value(depth: depth)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw error("a comma or } is missing") }
            try refuseDuplicates(from: first)
            keys.removeLast(keys.count - first)
        }
        close(index)
    }

    private mutating func word(_ word: StaticString, _ kind: JSON.Kind) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        guard source.count - at >= count else { throw error("a value is missing") }
        // Sound: the offset stays below the count of the word's constant bytes.
        for offset in 0..<count where source[at + offset] != word.utf8Start[offset] {
            throw error("a value is missing")
        }
        append(kind, at, at + count)
        at += count
    }

    private mutating func append(_ kind: JSON.Kind, _ start: Int, _ stop: Int) {
        nodes.append(
            Node(kind: kind, start: UInt32(start), stop: UInt32(stop), end: UInt32(nodes.count + 1)))
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while at < source.count, source[at] &- 0x30 < 10 { at += 1 }
        guard at > start else { throw error("a digit is missing") }
    }

    private mutating func number() throws(JSONError) {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            guard at == source.count || source[at] &- 0x30 >= 10 else {
                throw error("a number begins with a needless zero")
            }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        append(.number, start, at)
    }

    private mutating func string() throws(JSONError) {
        at += 1
        let start = at
        var node = Node(
            kind: .string, start: UInt32(start), stop: 0, end: UInt32(nodes.count + 1))
        while at < source.count {
            switch source[at] {
            case UInt8(ascii: "\""):
                node.stop = UInt32(at)
                nodes.append(node)
                at += 1
                return
            case UInt8(ascii: "\\"):
                node.isEscaped = true
                if try escape() { node.hasNUL = true }
            case 0x20..<0x80:
                at += 1
            case 0x80...:
                try character()
            default:
                throw error("a control character stands in a string unescaped")
            }
        }
        throw error("a string does not end", at: start - 1)
    }
}
