import JSON

/// The part of Go's text/template, with docker's functions, that `--format` is used with: fields, `range`,
/// `if`, `with`, pipes, `json`, `join`, `index`, `len`, comparisons and the like.
public struct GoTemplate: Sendable {
    let nodes: [TemplateNode]
    /// Whether the text began with `table`: then its lines are a table under a line of headings.
    public let isTable: Bool

    /// Parses a template; `\t` and `\n` stand for a tab and a new line, as docker reads them.
    public init(_ text: String) throws(FormatError) {
        guard text.utf8.count <= 65_536 else { throw FormatError("the template is longer than 65536 bytes") }
        var body = text[...]
        isTable = body == "table" || body.hasPrefix("table ")
        if isTable { body = body.dropFirst(5).drop { $0 == " " } }
        let plain = String(body).split(separator: "\\t", omittingEmptySubsequences: false)
            .joined(separator: "\t").split(separator: "\\n", omittingEmptySubsequences: false)
            .joined(separator: "\n")
        var parser = TemplateParser(plain)
        nodes = try parser.document()
    }

    /// The text for one value.
    public func text(for value: JSONNode) throws(FormatError) -> String {
        var evaluation = TemplateEvaluation(root: value)
        try evaluation.run(nodes, dot: value)
        return evaluation.output
    }

    /// The text for many: a line each, or a table whose headings are those of the fields, and for a field
    /// without one its name in capitals.
    public func lines(for values: [JSONNode], headings: [(field: String, heading: String)])
        throws(FormatError) -> String
    {
        var lines: [String] = []
        for value in values { lines.append(try text(for: value)) }
        guard isTable else { return lines.map { $0 + "\n" }.joined() }
        let names = JSONNode.object(
            Self.fields(nodes).map { field in
                let heading = headings.first { $0.field == field }?.heading
                return .init(field, .string(heading ?? field.uppercased()))
            })
        lines.insert(try text(for: names), at: 0)
        return Table.text(
            lines.map {
                $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            })
    }

    private static func fields(_ nodes: [TemplateNode]) -> [String] {
        var names: [String] = []
        func visit(_ expression: TemplateExpression) {
            switch expression {
            case .field(let path), .root(let path):
                if let name = path.first, !names.contains(name) { names.append(name) }
            case .call(_, let arguments): arguments.forEach(visit)
            case .literal: break
            }
        }
        for node in nodes {
            switch node {
            case .text: break
            case .output(let expression): visit(expression)
            case .block(_, let expression, let body, let otherwise):
                visit(expression)
                for name in fields(body) + fields(otherwise) where !names.contains(name) {
                    names.append(name)
                }
            }
        }
        return names
    }
}

enum TemplateNode: Sendable {
    case text(String)
    case output(TemplateExpression)
    case block(Block, TemplateExpression, [TemplateNode], otherwise: [TemplateNode])

    enum Block: String, Sendable {
        case `if`, range, with
    }
}

indirect enum TemplateExpression: Sendable {
    /// `.` with no names, `.A.B` with two.
    case field([String])
    /// The same from `$`, the value that the template was given.
    case root([String])
    case literal(JSONNode)
    case call(String, [TemplateExpression])
}
