/// What a server wants before it answers: a challenge of `WWW-Authenticate` (RFC 9110, 11.3 and 11.6.1).
public struct Challenge: Sendable, Equatable {
    public static let limitBytes = 16 << 10
    static let limitParameters = 32

    /// In small letters: `basic`, `bearer`.
    public var scheme: String
    /// Names in small letters, in their order; one given twice counts as first given.
    public var parameters: [(name: String, value: String)]

    public static func == (left: Challenge, right: Challenge) -> Bool {
        left.scheme == right.scheme && left.parameters.elementsEqual(right.parameters, by: ==)
    }

    public subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// The challenges of one field's value. What cannot be read ends the list: what came before counts.
    public static func list(_ field: String) -> [Challenge] {
        guard field.utf8.count <= limitBytes else { return [] }
        var scanner = Scanner(bytes: Array(field.utf8))
        var challenges: [Challenge] = []
        scanner.skip(commas: true)
        while let word = scanner.token() {
            let hadSpace = scanner.skip()
            // `name=value` belongs to the challenge before it; `scheme token68` and `scheme` begin one.
            if scanner.peek == UInt8(ascii: "="), !challenges.isEmpty {
                scanner.advance()
                scanner.skip()
                guard let value = scanner.value() else { break }
                let place = challenges.count - 1
                let name = word.lowercased()
                if challenges[place].parameters.count < limitParameters, challenges[place][name] == nil {
                    challenges[place].parameters.append((name, value))
                }
                scanner.skip()
                guard scanner.isAtEnd || scanner.peek == UInt8(ascii: ",") else { break }
                scanner.skip(commas: true)
                continue
            }
            guard scanner.isAtEnd || hadSpace || scanner.peek == UInt8(ascii: ",") else { break }
            challenges.append(Challenge(scheme: word.lowercased(), parameters: []))
            scanner.skipToken68()
            scanner.skip(commas: true)
        }
        return challenges
    }
}

/// Reads the words of a field.
private struct Scanner {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at >= bytes.count }
    var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func advance() { at += 1 }

    /// Skips white space, with commas too where asked; whether there was any.
    @discardableResult
    mutating func skip(commas: Bool = false) -> Bool {
        let start = at
        while let byte = peek, byte == 0x20 || byte == 0x09 || (commas && byte == UInt8(ascii: ",")) {
            at += 1
        }
        return at > start
    }

    mutating func token() -> String? {
        let start = at
        while let byte = peek, Self.isToken(byte) { at += 1 }
        return at > start ? String(decoding: bytes[start..<at], as: UTF8.self) : nil
    }

    /// A token or a quoted string.
    mutating func value() -> String? {
        guard peek == UInt8(ascii: "\"") else { return token() }
        at += 1
        var text: [UInt8] = []
        while let byte = peek {
            at += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard let next = peek else { return nil }
                at += 1
                text.append(next)
            } else {
                text.append(byte)
            }
        }
        return nil
    }

    /// Credentials that stand for parameters: a word that no `=` with a value follows.
    mutating func skipToken68() {
        let start = at
        while let byte = peek, Self.isToken(byte) || byte == UInt8(ascii: "/") { at += 1 }
        while peek == UInt8(ascii: "=") { at += 1 }
        skip()
        if !isAtEnd && peek != UInt8(ascii: ",") { at = start }
    }

    /// `tchar` (RFC 9110, 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
