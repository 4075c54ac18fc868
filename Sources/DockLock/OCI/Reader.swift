import JSON

// How members are read. Absent and null are the same, as engines written in Go have it. A path is
// put together only on the way out of a failure: each level adds its own step.

extension SpecError {
    func within(_ key: StaticString) -> SpecError { within(key.description) }

    func within(_ step: String) -> SpecError {
        guard !path.isEmpty else { return SpecError(path: step, problem: problem) }
        return SpecError(path: path.hasPrefix("[") ? step + path : "\(step).\(path)", problem: problem)
    }

    func within(_ index: Int) -> SpecError { within("[\(index)]") }
}

extension JSON {
    /// A value that must be an object.
    func object() throws(SpecError) -> JSON {
        guard kind == .object else { throw SpecError(path: "", problem: "must be an object") }
        return self
    }

    /// A string that may go to the kernel.
    func text() throws(SpecError) -> String {
        guard let string else { throw SpecError(path: "", problem: "must be a string") }
        guard !hasNUL else { throw SpecError(path: "", problem: "must not hold a NUL character") }
        return string
    }

    func integer<Number: FixedWidthInteger>() throws(SpecError) -> Number {
        let number =
            Number.isSigned ? int.flatMap { Number(exactly: $0) } : uint.flatMap { Number(exactly: $0) }
        guard let number else {
            throw SpecError(path: "", problem: "must be an integer from \(Number.min) to \(Number.max)")
        }
        return number
    }

    /// The member, read by `read`; nil where it is absent or null.
    func member<Value>(
        _ key: StaticString, _ read: (JSON) throws(SpecError) -> Value
    ) throws(SpecError) -> Value? {
        guard let value = self[key], !value.isNull else { return nil }
        do throws(SpecError) {
            return try read(value)
        } catch {
            throw error.within(key)
        }
    }

    /// The elements of an array, each read by `read`; none where it is absent or null.
    func list<Value>(
        _ key: StaticString, _ read: (JSON) throws(SpecError) -> Value
    ) throws(SpecError) -> [Value] {
        try optionalList(key, read) ?? []
    }

    /// As `list`, but nil where the array is absent or null.
    func optionalList<Value>(
        _ key: StaticString, _ read: (JSON) throws(SpecError) -> Value
    ) throws(SpecError) -> [Value]? {
        try member(key) { (array) throws(SpecError) in
            guard array.kind == .array else { throw SpecError(path: "", problem: "must be an array") }
            var values: [Value] = []
            for element in array.elements {
                do throws(SpecError) {
                    values.append(try read(element))
                } catch {
                    throw error.within(values.count)
                }
            }
            return values
        }
    }

    /// The members of an object, each read by `read`; none where it is absent or null.
    func map<Value>(
        _ key: StaticString, _ read: (String, JSON) throws(SpecError) -> Value
    ) throws(SpecError) -> [Value] {
        let values = try member(key) { (object) throws(SpecError) in
            var values: [Value] = []
            for (name, value) in try object.object().members {
                let name = try name.text()
                do throws(SpecError) {
                    values.append(try read(name, value))
                } catch {
                    throw error.within(name)
                }
            }
            return values
        }
        return values ?? []
    }

    func text(_ key: StaticString) throws(SpecError) -> String? {
        try member(key) { (value) throws(SpecError) in try value.text() }
    }

    /// The text, or nil where it is absent, null or empty.
    func fullText(_ key: StaticString) throws(SpecError) -> String? {
        let text = try text(key)
        return text?.isEmpty == true ? nil : text
    }

    func texts(_ key: StaticString) throws(SpecError) -> [String] {
        try list(key) { (value) throws(SpecError) in try value.text() }
    }

    func pairs(_ key: StaticString) throws(SpecError) -> [Annotation] {
        try map(key) { (name, value) throws(SpecError) in Annotation(key: name, value: try value.text()) }
    }

    func flag(_ key: StaticString) throws(SpecError) -> Bool? {
        try member(key) { (value) throws(SpecError) in
            guard let bool = value.bool else { throw SpecError(path: "", problem: "must be true or false") }
            return bool
        }
    }

    func integer<Number: FixedWidthInteger>(_ key: StaticString) throws(SpecError) -> Number? {
        try member(key) { (value) throws(SpecError) in try value.integer() }
    }

    /// As `integer`, and held to a range.
    func integer<Number: FixedWidthInteger>(
        _ key: StaticString, _ range: ClosedRange<Number>
    ) throws(SpecError) -> Number? {
        let number: Number? = try integer(key)
        if let number, !range.contains(number) {
            throw SpecError(
                path: key.description,
                problem: "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The number of a word of a table.
    func word(_ key: StaticString, of words: [Word]) throws(SpecError) -> UInt32? {
        try member(key) { (value) throws(SpecError) in try value.word(of: words) }
    }

    func word(of words: [Word]) throws(SpecError) -> UInt32 {
        for word in words where equals(word.name) { return word.number }
        throw SpecError(path: "", problem: "\"\(try text())\" is not known")
    }
}

/// The value of a member that must not be absent.
func required<Value>(_ value: Value?, _ key: StaticString) throws(SpecError) -> Value {
    guard let value else { throw SpecError(path: key.description, problem: "is missing") }
    return value
}

func requireAbsolute(_ path: String, _ key: StaticString) throws(SpecError) {
    guard path.utf8.first == UInt8(ascii: "/") else {
        throw SpecError(path: key.description, problem: "must be an absolute path")
    }
}

extension String {
    /// Whether the steps between slashes include `..`.
    var climbs: Bool {
        var dots = 0
        var length = 0
        for byte in utf8 {
            if byte == UInt8(ascii: "/") {
                if dots == 2, length == 2 { return true }
                (dots, length) = (0, 0)
            } else {
                if byte == UInt8(ascii: ".") { dots += 1 }
                length += 1
            }
        }
        return dots == 2 && length == 2
    }
}
