import Digest
import JSON

// How members are read. Absent and null are the same, as programs written in Go have it.

extension JSON {
    static func image(_ bytes: [UInt8], limit: Int) throws(ManifestError) -> JSON {
        let document: JSON
        do throws(JSONError) {
            document = try JSON.parse(bytes, limits: .init(depth: 32, bytes: limit))
        } catch {
            throw ManifestError(problem: error.description)
        }
        return document
    }

    /// A document that must be an object.
    static func object(_ bytes: [UInt8], limit: Int) throws(ManifestError) -> JSON {
        let document = try image(bytes, limit: limit)
        try document.requireObject()
        return document
    }

    func requireObject() throws(ManifestError) {
        guard kind == .object else { throw ManifestError(problem: "must be an object") }
    }

    func text() throws(ManifestError) -> String {
        guard let string else { throw ManifestError(problem: "must be a string") }
        guard !hasNUL else { throw ManifestError(problem: "must not hold a NUL character") }
        return string
    }

    func digest() throws(ManifestError) -> Digest {
        let text = try text()
        do throws(DigestError) {
            return try Digest(text)
        } catch {
            throw ManifestError(problem: error.description)
        }
    }

    /// The member, read by `read`; nil where it is absent or null.
    func member<Value>(
        _ key: StaticString, _ read: (JSON) throws(ManifestError) -> Value
    ) throws(ManifestError) -> Value? {
        guard let value = self[key], !value.isNull else { return nil }
        do throws(ManifestError) {
            return try read(value)
        } catch {
            throw error.within(key.description)
        }
    }

    func required<Value>(
        _ key: StaticString, _ read: (JSON) throws(ManifestError) -> Value
    ) throws(ManifestError) -> Value {
        guard let value = try member(key, read) else {
            throw ManifestError(path: key.description, problem: "is missing")
        }
        return value
    }

    /// The elements of an array, at most `limit`, each read by `read`; nil where it is absent or null.
    func list<Value>(
        _ key: StaticString, limit: Int, _ read: (JSON) throws(ManifestError) -> Value
    ) throws(ManifestError) -> [Value]? {
        try member(key) { (array) throws(ManifestError) in
            guard array.kind == .array else { throw ManifestError(problem: "must be an array") }
            return try array.list(limit: limit, read)
        }
    }

    /// The elements of this array.
    func list<Value>(
        limit: Int, _ read: (JSON) throws(ManifestError) -> Value
    ) throws(ManifestError) -> [Value] {
        var values: [Value] = []
        for element in elements {
            guard values.count < limit else {
                throw ManifestError(problem: "has more than \(limit) elements")
            }
            do throws(ManifestError) {
                values.append(try read(element))
            } catch {
                throw error.within("[\(values.count)]")
            }
        }
        return values
    }

    func text(_ key: StaticString) throws(ManifestError) -> String? {
        try member(key) { (value) throws(ManifestError) in try value.text() }
    }

    func texts(_ key: StaticString) throws(ManifestError) -> [String]? {
        try list(key, limit: 65_536) { (value) throws(ManifestError) in try value.text() }
    }

    func flag(_ key: StaticString) throws(ManifestError) -> Bool {
        try member(key) { (value) throws(ManifestError) in
            guard let bool = value.bool else { throw ManifestError(problem: "must be true or false") }
            return bool
        } ?? false
    }

    func number(_ key: StaticString) throws(ManifestError) -> Int64? {
        try member(key) { (value) throws(ManifestError) in
            guard let number = value.int else { throw ManifestError(problem: "must be an integer") }
            return number
        }
    }

    /// An object of strings, in the order of the document.
    func pairs(_ key: StaticString) throws(ManifestError) -> [Pair]? {
        try member(key) { (object) throws(ManifestError) in
            try object.requireObject()
            var pairs: [Pair] = []
            for (name, value) in object.members {
                let name = try name.text()
                do throws(ManifestError) {
                    pairs.append(Pair(name, try value.text()))
                } catch {
                    throw error.within(name)
                }
            }
            return pairs
        }
    }

    /// The names of an object's members, in the order of the document: Go's way to write a set.
    func names(_ key: StaticString) throws(ManifestError) -> [String]? {
        try member(key) { (object) throws(ManifestError) in
            try object.requireObject()
            var names: [String] = []
            for (name, _) in object.members { names.append(try name.text()) }
            return names
        }
    }
}

/// An annotation or a label.
public struct Pair: Sendable, Equatable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}

extension [Pair] {
    /// The value of the first pair with that key.
    public subscript(key: String) -> String? { first { $0.key == key }?.value }

    /// Gives the key that value, in its old place or at the end; nil takes it away.
    public mutating func set(_ key: String, _ value: String?) {
        let place = firstIndex { $0.key == key }
        switch (place, value) {
        case (let place?, let value?): self[place].value = value
        case (let place?, nil): remove(at: place)
        case (nil, let value?): append(Pair(key, value))
        case (nil, nil): break
        }
    }

    var node: JSONNode { .object(map { .init($0.key, .string($0.value)) }) }
}
