/// One value of a document: 16 bytes. An object's nodes follow it as key, value, key, value, ...
struct Node: Sendable {
    var kind: JSON.Kind
    var isEscaped = false
    var hasNUL = false
    /// The source text, without a string's quotes.
    var start: UInt32
    var stop: UInt32
    /// Index of the node after this value and all that it holds.
    var end: UInt32

    var range: Range<Int> { Int(start)..<Int(stop) }
}

/// A document and the flat list of its values, the outermost first.
final class Tape: Sendable {
    let bytes: [UInt8]
    let nodes: [Node]

    init(parsing bytes: [UInt8], limits: JSON.Limits) throws(JSONError) {
        // Nodes hold 32-bit offsets.
        let sizeMax = min(limits.bytes, Int(Int32.max))
        guard bytes.count <= sizeMax else {
            throw JSONError(line: 1, column: 1, reason: "the document is larger than \(sizeMax) bytes")
        }
        // Sound: the parser holds the pointer only within the closure, and compares every place with
        // the count before it reads there.
        self.nodes = try bytes.withUnsafeBufferPointer { (source) throws(JSONError) -> [Node] in
            var parser = Parser(source: source, depthMax: limits.depth)
            try parser.document()
            return parser.nodes
        }
        self.bytes = bytes
    }

    /// The index of the value of an object's member.
    func member(of object: Int, named name: UnsafeBufferPointer<UInt8>) -> Int? {
        guard nodes[object].kind == .object else { return nil }
        var next = object + 1
        let end = Int(nodes[object].end)
        while next < end {
            if equal(next, name) { return next + 1 }
            next = Int(nodes[next + 1].end)
        }
        return nil
    }

    /// Whether the string at `index`, unescaped, is `text`.
    func equal(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = nodes[index]
        if node.isEscaped { return unescaped(node).elementsEqual(text) }
        let start = Int(node.start)
        guard Int(node.stop) - start == text.count else { return false }
        for offset in 0..<text.count where bytes[start + offset] != text[offset] { return false }
        return true
    }

    /// The text of a string node with its escapes resolved.
    func unescaped(_ node: Node) -> [UInt8] {
        // Sound: the pointer does not leave the closure, and the node lies within the bytes.
        bytes.withUnsafeBufferPointer { Escapes.resolve($0, node.range) }
    }
}
