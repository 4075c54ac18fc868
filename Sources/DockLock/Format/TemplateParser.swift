import JSON

/// Reads a template: text, and actions between double braces.
struct TemplateParser {
    private var rest: Substring
    private var depth = 0

    init(_ text: String) { rest = text[...] }

    mutating func document() throws(FormatError) -> [TemplateNode] {
        let (nodes, end) = try body()
        guard end == nil else { throw FormatError("template parsing error: unexpected {{\(end ?? "")}}") }
        return nodes
    }

    /// Nodes up to the end of the text, `{{end}}` or `{{else}}`; which of them it was.
    private mutating func body() throws(FormatError) -> (nodes: [TemplateNode], end: String?) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw FormatError("template parsing error: nested deeper than 50") }
        var nodes: [TemplateNode] = []
        while let open = Self.find("{{", in: rest) {
            var text = String(rest[..<open])
            rest = rest[open...].dropFirst(2)
            if rest.hasPrefix("- ") || rest.hasPrefix("-\t") {
                text = Self.trimmedEnd(text)
                rest = rest.dropFirst()
            }
            if !text.isEmpty { nodes.append(.text(text)) }
            let words = try action()
            guard let first = words.first else {
                throw FormatError("template parsing error: missing value for command")
            }
            switch first {
            case .name("end") where words.count == 1: return (nodes, "end")
            case .name("else"):
                guard words.count == 1 else {
                    throw FormatError("template parsing error: only a plain {{else}} is read here")
                }
                return (nodes, "else")
            case .name(let name):
                if let block = TemplateNode.Block(rawValue: name) {
                    nodes.append(try blockNode(block, Array(words.dropFirst())))
                } else {
                    nodes.append(.output(try pipeline(words)))
                }
            default: nodes.append(.output(try pipeline(words)))
            }
        }
        if !rest.isEmpty { nodes.append(.text(String(rest))) }
        rest = ""
        return (nodes, nil)
    }

    private mutating func blockNode(
        _ block: TemplateNode.Block, _ words: [Token]
    ) throws(FormatError) -> TemplateNode {
        let expression = try pipeline(words)
        var (nodes, end) = try body()
        var otherwise: [TemplateNode] = []
        if end == "else" { (otherwise, end) = try body() }
        guard end == "end" else { throw FormatError("template parsing error: {{\(block)}} has no {{end}}") }
        return .block(block, expression, nodes, otherwise: otherwise)
    }

    enum Token: Equatable {
        case name(String)
        case field([String])
        case root([String])
        case literal(JSONNode)
        case pipe, open, close
    }

    /// The words up to `}}`.
    private mutating func action() throws(FormatError) -> [Token] {
        var tokens: [Token] = []
        while let character = rest.first {
            if rest.hasPrefix("}}") || rest.hasPrefix("-}}") {
                let trims = character == "-"
                rest = rest.dropFirst(trims ? 3 : 2)
                if trims { rest = rest.drop { $0.isWhitespace } }
                return tokens
            }
            switch character {
            case " ", "\t", "\n": rest = rest.dropFirst()
            case "|", "(", ")":
                tokens.append(character == "|" ? .pipe : character == "(" ? .open : .close)
                rest = rest.dropFirst()
            case "\"", "`": tokens.append(.literal(.string(try quoted(character))))
            case ".": tokens.append(.field(try path()))
            case "$":
                rest = rest.dropFirst()
                tokens.append(.root(try path()))
            default: tokens.append(try word())
            }
        }
        throw FormatError("template parsing error: unclosed action")
    }

    private mutating func quoted(_ mark: Character) throws(FormatError) -> String {
        var text = ""
        rest = rest.dropFirst()
        while let character = rest.first, character != mark {
            rest = rest.dropFirst()
            guard character == "\\", mark == "\"" else {
                text.append(character)
                continue
            }
            guard let escaped = rest.first else { break }
            rest = rest.dropFirst()
            text.append(escaped == "n" ? "\n" : escaped == "t" ? "\t" : escaped)
        }
        guard !rest.isEmpty else { throw FormatError("template parsing error: unterminated quoted string") }
        rest = rest.dropFirst()
        return text
    }

    private mutating func path() throws(FormatError) -> [String] {
        var names: [String] = []
        while rest.first == "." {
            rest = rest.dropFirst()
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            if name.isEmpty {
                guard names.isEmpty else { throw FormatError("template parsing error: unexpected <.>") }
                break
            }
            names.append(String(name))
            rest = rest.dropFirst(name.count)
        }
        return names
    }

    private mutating func word() throws(FormatError) -> Token {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        guard let first = name.first else {
            throw FormatError("template parsing error: unexpected \"\(rest.prefix(1))\"")
        }
        rest = rest.dropFirst(name.count)
        if let number = Int64(name) { return .literal(.int(number)) }
        guard first.isLetter else { throw FormatError("template parsing error: bad number \"\(name)\"") }
        switch name {
        case "true": return .literal(.bool(true))
        case "false": return .literal(.bool(false))
        default: return .name(String(name))
        }
    }

    /// Commands parted by pipes: each is given the value of the one before as its last argument.
    private func pipeline(_ words: [Token]) throws(FormatError) -> TemplateExpression {
        var at = 0
        let expression = try pipeline(words, &at, depth: 0)
        guard at == words.count else { throw FormatError("template parsing error: unexpected )") }
        return expression
    }

    private func pipeline(
        _ words: [Token], _ at: inout Int, depth: Int
    ) throws(FormatError) -> TemplateExpression {
        guard depth <= 50 else { throw FormatError("template parsing error: nested deeper than 50") }
        var value: TemplateExpression?
        repeat {
            if value != nil { at += 1 }
            var operands: [TemplateExpression] = []
            var function: String?
            while at < words.count, words[at] != .pipe, words[at] != .close {
                switch words[at] {
                case .name(let name):
                    guard operands.isEmpty, function == nil else {
                        operands.append(.call(name, []))
                        break
                    }
                    function = name
                case .field(let path): operands.append(.field(path))
                case .root(let path): operands.append(.root(path))
                case .literal(let node): operands.append(.literal(node))
                case .open:
                    at += 1
                    operands.append(try pipeline(words, &at, depth: depth + 1))
                    guard at < words.count, words[at] == .close else {
                        throw FormatError("template parsing error: unclosed left paren")
                    }
                case .pipe, .close: break
                }
                at += 1
            }
            if let value { operands.append(value) }
            if let function {
                value = .call(function, operands)
            } else {
                guard operands.count == 1, let operand = operands.first else {
                    throw FormatError("template parsing error: a value is missing, or is no function")
                }
                value = operand
            }
        } while at < words.count && words[at] == .pipe
        guard let value else { throw FormatError("template parsing error: missing value for command") }
        return value
    }

    private static func find(_ mark: String, in text: Substring) -> Substring.Index? {
        var at = text.startIndex
        while at < text.endIndex {
            if text[at...].hasPrefix(mark) { return at }
            at = text.index(after: at)
        }
        return nil
    }

    private static func trimmedEnd(_ text: String) -> String {
        var text = text
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
