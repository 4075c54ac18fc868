import JSON

/// Why a document of Kubernetes' is refused: the field's path, and what is wrong with it.
public struct KubeError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// What was passed over in all documents: fields that have no meaning on one host.
final class Notes {
    private(set) var lines: [String] = []

    func add(_ line: String) {
        if !lines.contains(line) { lines.append(line) }
    }
}

/// One mapping of a document: every member is known, or the document is refused.
struct Fields {
    let path: String
    let notes: Notes
    private let members: [JSONNode.Member]

    /// - Parameters:
    ///   - known: names that the caller reads.
    ///   - ignored: names that a scheduler or a cluster reads, and that mean nothing on one host.
    ///   - refused: names that Kubernetes knows, and nobody here.
    init(
        _ node: JSONNode, _ path: String, _ notes: Notes, known: [String], ignored: [String] = [],
        refused: [String] = []
    ) throws(KubeError) {
        guard case .object(let members) = node else {
            throw KubeError("\(path.isEmpty ? "the document" : path): is not a mapping")
        }
        var kept: [JSONNode.Member] = []
        for member in members {
            let place = path.isEmpty ? member.key : path + "." + member.key
            if known.contains(member.key) {
                if member.value != .null { kept.append(member) }
            } else if ignored.contains(member.key) {
                if !Fields.isEmpty(member.value) { notes.add("\(place): has no meaning on one host") }
            } else if refused.contains(member.key) {
                throw KubeError("\(place): is not supported")
            } else {
                let near = Spelling.nearest(to: member.key, in: known + ignored + refused)
                throw KubeError(
                    "\(place): there is no such field" + (near.map { "; is \($0) meant?" } ?? ""))
            }
        }
        self.path = path
        self.notes = notes
        self.members = kept
    }

    private static func isEmpty(_ node: JSONNode) -> Bool {
        switch node {
        case .null, .array([]), .object([]), .string(""): true
        default: false
        }
    }

    func place(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    func wrong(_ key: String, _ problem: String) -> KubeError { KubeError("\(place(key)): \(problem)") }

    func node(_ key: String) -> JSONNode? { members.first { $0.key == key }?.value }

    func has(_ key: String) -> Bool { node(key) != nil }

    func string(_ key: String) throws(KubeError) -> String? {
        guard let node = node(key) else { return nil }
        return try Fields.string(node, place(key))
    }

    func required(_ key: String) throws(KubeError) -> String {
        guard let text = try string(key), !text.isEmpty else { throw wrong(key, "is missing") }
        return text
    }

    static func string(_ node: JSONNode, _ place: String) throws(KubeError) -> String {
        guard case .string(let text) = node else {
            throw KubeError("\(place): is not a string" + (Fields.isScalar(node) ? ": put it in quotes" : ""))
        }
        guard !text.utf8.contains(0) else { throw KubeError("\(place): holds a byte of zero") }
        return text
    }

    private static func isScalar(_ node: JSONNode) -> Bool {
        switch node {
        case .array, .object, .null: false
        default: true
        }
    }

    func bool(_ key: String) throws(KubeError) -> Bool? {
        guard let node = node(key) else { return nil }
        guard case .bool(let value) = node else { throw wrong(key, "is neither true nor false") }
        return value
    }

    func int(_ key: String, in range: ClosedRange<Int64>) throws(KubeError) -> Int64? {
        guard let node = node(key) else { return nil }
        guard case .int(let value) = node else { throw wrong(key, "is not a whole number") }
        guard range.contains(value) else {
            throw wrong(key, "\(value) is not in \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    /// One of some words; nil where it is not there.
    func word(_ key: String, of words: [String]) throws(KubeError) -> String? {
        guard let text = try string(key) else { return nil }
        guard words.contains(text) else {
            throw wrong(key, "\"\(text)\" is none of \(words.filter { !$0.isEmpty }.joined(separator: ", "))")
        }
        return text
    }

    /// The elements of a list, each with its path; none where it is not there.
    func list(_ key: String) throws(KubeError) -> [(node: JSONNode, path: String)] {
        guard let node = node(key) else { return [] }
        guard case .array(let elements) = node else { throw wrong(key, "is not a list") }
        return elements.enumerated().map { ($0.element, "\(place(key))[\($0.offset)]") }
    }

    func strings(_ key: String) throws(KubeError) -> [String] {
        try list(key).map { element throws(KubeError) in try Fields.string(element.node, element.path) }
    }

    /// A mapping of strings, in its order.
    func pairs(_ key: String) throws(KubeError) -> [(name: String, value: String)] {
        guard let node = node(key) else { return [] }
        guard case .object(let members) = node else { throw wrong(key, "is not a mapping") }
        return try members.map { member throws(KubeError) in
            (member.key, try Fields.string(member.value, "\(place(key)).\(member.key)"))
        }
    }

    func fields(
        _ key: String, known: [String], ignored: [String] = [], refused: [String] = []
    ) throws(KubeError) -> Fields? {
        guard let node = node(key) else { return nil }
        return try Fields(node, place(key), notes, known: known, ignored: ignored, refused: refused)
    }

    /// A name of Kubernetes': lower-case letters, digits and dashes, in parts divided by dots.
    func name(_ key: String) throws(KubeError) -> String {
        let text = try required(key)
        let isName = text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            let bytes = Array(part.utf8)
            guard let first = bytes.first, let last = bytes.last, first != 0x2D, last != 0x2D else {
                return false
            }
            return bytes.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
        }
        guard isName, text.utf8.count <= 180 else {
            throw wrong(key, "\"\(text)\" is not a name: lower-case letters, digits and - within")
        }
        return text
    }
}

/// Words that may be meant where another stands.
enum Spelling {
    /// The word at the smallest distance, where that is small.
    static func nearest(to word: String, in words: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let found = words.map { (word: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
        guard let found, found.distance <= max(1, min(3, word.utf8.count / 3)) else { return nil }
        return found.word
    }

    /// How many bytes are added, removed or replaced (Levenshtein); capitals count as small letters.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.lowercased().utf8), Array(right.lowercased().utf8))
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let cost = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(cost, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
