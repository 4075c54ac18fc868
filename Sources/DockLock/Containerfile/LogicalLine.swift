/// A document that stands in the lines below its instruction.
public struct HereDocument: Sendable, Equatable {
    public var name: String
    public var text: String
    /// Whether variables in it are left alone: its name was quoted.
    public var isLiteral: Bool
}

/// An instruction as it was written: its lines put together, comments gone.
struct LogicalLine: Equatable {
    /// Of its first line, from 1.
    var number: Int
    var text: String
    var documents: [HereDocument] = []
}

/// Puts lines together (Docker's Dockerfile reference: "Parser directives", "Format", "Here-Documents").
struct LineReader {
    /// What ends a line that goes on in the next, and takes a character's meaning away.
    private(set) var escape: Character = "\\"
    private let lines: [Substring]
    private var at = 0

    init(_ text: String) throws(ContainerfileError) {
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        try readDirectives()
    }

    /// Comments at the very top that say how the file is read.
    private mutating func readDirectives() throws(ContainerfileError) {
        var seen: Set<String> = []
        while at < lines.count, let (key, value) = Self.directive(lines[at]) {
            at += 1
            guard seen.insert(key).inserted else {
                throw ContainerfileError(line: at, "the directive \"\(key)\" stands here twice")
            }
            switch key {
            case "escape":
                guard value == "\\" || value == "`" else {
                    throw ContainerfileError(
                        line: at, "escape must be \\ or `, not \"\(ContainerfileError.shown(value))\"")
                }
                escape = Character(value)
            case "syntax", "check": break
            // Any other is a comment, and ends the directives.
            default: return
            }
        }
    }

    private static func directive(_ line: Substring) -> (key: String, value: String)? {
        guard line.first == "#", let equals = line.firstIndex(of: "=") else { return nil }
        let key = trimmed(line[line.index(after: line.startIndex)..<equals])
        let value = trimmed(line[line.index(after: equals)...])
        guard !key.isEmpty, !value.isEmpty, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return nil }
        return (key.lowercased(), String(value))
    }

    /// The next instruction, or nil at the end of the file.
    mutating func next() throws(ContainerfileError) -> LogicalLine? {
        var found: LogicalLine?
        while at < lines.count {
            let line = lines[at]
            at += 1
            let trimmed = trimmed(line)
            if trimmed.isEmpty || trimmed.first == "#" { continue }
            let (text, goesOn) = cut(line)
            if found == nil {
                found = LogicalLine(number: at, text: String(text.drop { $0 == " " || $0 == "\t" }))
            } else {
                found?.text += text
            }
            if !goesOn { break }
        }
        guard var line = found else { return nil }
        while line.text.last == " " || line.text.last == "\t" { line.text.removeLast() }
        try readDocuments(&line)
        return line
    }

    /// A line without the mark that it goes on in the next, and whether it does.
    private func cut(_ line: Substring) -> (text: Substring, goesOn: Bool) {
        var end = line.endIndex
        while end > line.startIndex, [" ", "\t"].contains(line[line.index(before: end)]) {
            end = line.index(before: end)
        }
        guard end > line.startIndex, line[line.index(before: end)] == escape else { return (line, false) }
        return (line[..<line.index(before: end)], true)
    }

    /// Takes the documents whose names stand in the line from the lines below it.
    private mutating func readDocuments(_ line: inout LogicalLine) throws(ContainerfileError) {
        let word = line.text.prefix { $0 != " " && $0 != "\t" }.uppercased()
        guard ["RUN", "COPY", "ADD"].contains(word), line.text.contains("<<") else { return }
        for word in Words.split(line.text) {
            guard let mark = HereMark(word) else { continue }
            var text = ""
            while true {
                guard at < lines.count else {
                    throw ContainerfileError(
                        line: line.number, instruction: String(line.text.prefix { $0 != " " }),
                        "the here-document \(ContainerfileError.shown(mark.name)) does not end")
                }
                let below = mark.isTabless ? lines[at].drop { $0 == "\t" } : lines[at]
                at += 1
                if below == mark.name { break }
                text += below + "\n"
            }
            line.documents.append(.init(name: mark.name, text: text, isLiteral: mark.isLiteral))
        }
    }
}

/// The word that begins a here-document: `<<EOF`, `<<-EOF`, `<<"EOF"`.
struct HereMark {
    var name: String
    var isTabless: Bool
    var isLiteral: Bool

    init?(_ word: String) {
        guard word.hasPrefix("<<") else { return nil }
        var rest = word.dropFirst(2)
        isTabless = rest.first == "-"
        if isTabless { rest = rest.dropFirst() }
        isLiteral = false
        if let quote = rest.first, quote == "\"" || quote == "'" {
            guard rest.count > 2, rest.last == quote else { return nil }
            rest = rest.dropFirst().dropLast()
            isLiteral = true
        }
        guard !rest.isEmpty, !rest.contains(where: { "<\"'\\".contains($0) }) else { return nil }
        name = String(rest)
    }
}

/// A text without the spaces and tabs around it.
func trimmed(_ text: some StringProtocol) -> String {
    var rest = text[...].drop { $0 == " " || $0 == "\t" }
    while rest.last == " " || rest.last == "\t" { rest.removeLast() }
    return String(rest)
}
