import JSON

/// Carries a template out.
struct TemplateEvaluation {
    let root: JSONNode
    var output = ""
    /// A hostile template over a large value must end.
    private var steps = 0
    private static let stepsMax = 1_000_000

    init(root: JSONNode) { self.root = root }

    mutating func run(_ nodes: [TemplateNode], dot: JSONNode) throws(FormatError) {
        for node in nodes {
            steps += 1
            guard steps <= Self.stepsMax, output.utf8.count < 64 << 20 else {
                throw FormatError("the template makes too much of too little")
            }
            switch node {
            case .text(let text): output += text
            case .output(let expression): output += try value(expression, dot).shown
            case .block(let block, let expression, let body, let otherwise):
                let value = try value(expression, dot)
                guard value.isTrue else {
                    try run(otherwise, dot: dot)
                    continue
                }
                switch block {
                case .if: try run(body, dot: dot)
                case .with: try run(body, dot: value)
                case .range:
                    guard let items = value.items else {
                        throw FormatError("range can't iterate over \(value.shown)")
                    }
                    for item in items { try run(body, dot: item) }
                }
            }
        }
    }

    private func value(_ expression: TemplateExpression, _ dot: JSONNode) throws(FormatError) -> JSONNode {
        switch expression {
        case .literal(let node): return node
        case .field(let path): return try field(path, dot)
        case .root(let path): return try field(path, root)
        case .call(let name, let arguments):
            var values: [JSONNode] = []
            for argument in arguments { values.append(try value(argument, dot)) }
            return try TemplateFunction.call(name, values)
        }
    }

    private func field(_ path: [String], _ dot: JSONNode) throws(FormatError) -> JSONNode {
        var value = dot
        for (depth, name) in path.enumerated() {
            switch value {
            case .object(let members):
                if let member = members.first(where: { $0.key == name }) {
                    value = member.value
                } else if depth == 0 {
                    throw FormatError("template: can't evaluate field \(name)")
                } else {
                    return .null
                }
            case .null: return .null
            default: throw FormatError("template: can't evaluate field \(name) in \(value.shown)")
            }
        }
        return value
    }
}

extension JSONNode {
    /// As Go's fmt prints it.
    var shown: String {
        switch self {
        case .null: return "<no value>"
        case .bool(let bool): return bool ? "true" : "false"
        case .int(let int): return String(int)
        case .uint(let uint): return String(uint)
        case .string(let string): return string
        case .raw(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .array(let elements): return "[" + elements.map(\.shown).joined(separator: " ") + "]"
        case .object(let members):
            let pairs = members.sorted { $0.key < $1.key }.map { $0.key + ":" + $0.value.shown }
            return "map[" + pairs.joined(separator: " ") + "]"
        }
    }

    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let bool): bool
        case .int(let int): int != 0
        case .uint(let uint): uint != 0
        case .string(let string): !string.isEmpty
        case .raw: true
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// What `range` goes over: elements, or members by name.
    var items: [JSONNode]? {
        switch self {
        case .array(let elements): elements
        case .object(let members): members.sorted { $0.key < $1.key }.map(\.value)
        default: nil
        }
    }
}
