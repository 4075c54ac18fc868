/// A function found in a file: where it begins and how many lines it takes.
struct FunctionSpan {
    let file: String
    let line: Int
    let count: Int
}

/// Finds functions by the shape that the formatter gives them: a body closes at its own indentation.
enum Functions {
    static func spans(in file: SourceFile) -> [FunctionSpan] {
        if file.isOne(of: ".swift") { return swift(file) }
        if file.isOne(of: ".c", ".h") { return c(file) }
        return []
    }

    private static func swift(_ file: SourceFile) -> [FunctionSpan] {
        file.lines.indices.compactMap { start in
            let line = file.lines[start]
            guard declares(line), !(line.contains("{") && line.hasSuffix("}")) else { return nil }
            let depth = indentation(line)
            for end in file.lines.indices.dropFirst(start + 1) {
                let text = file.lines[end].drop { $0 == " " }
                if text.isEmpty { continue }
                let here = indentation(file.lines[end])
                if here < depth { return nil }
                if here == depth, text.hasPrefix("}") {
                    return FunctionSpan(file: file.path, line: start + 1, count: end - start + 1)
                }
                if here == depth, declares(file.lines[end]) { return nil }
            }
            return nil
        }
    }

    private static func declares(_ line: String) -> Bool {
        let words = line.split(separator: " ")
        for word in words {
            if word == "func" || word.hasPrefix("init(") || word.hasPrefix("init?(")
                || word.hasPrefix("init<")
                || word == "deinit" || word.hasPrefix("subscript(")
            {
                return true
            }
            let isModifier = word.hasPrefix("@") || modifiers.contains(String(word))
            if !isModifier { return false }
        }
        return false
    }

    private static let modifiers: Set<String> = [
        "public", "private", "fileprivate", "internal", "package", "static", "final", "mutating", "consuming",
        "borrowing", "override", "convenience", "required", "nonisolated", "class", "inline", "never)",
        "rethrows",
        "private(set)", "isolated", "indirect", "open",
    ]

    private static func c(_ file: SourceFile) -> [FunctionSpan] {
        var spans: [FunctionSpan] = []
        var start: Int?
        for (number, line) in file.lines.enumerated() {
            guard let first = line.first else { continue }
            if first.isLetter, line.contains("("), !line.hasSuffix(";"), !line.hasPrefix("typedef") {
                start = number
            } else if line == "}", let begun = start {
                spans.append(FunctionSpan(file: file.path, line: begun + 1, count: number - begun + 1))
                start = nil
            } else if line.hasPrefix("}") {
                start = nil
            }
        }
        return spans
    }

    private static func indentation(_ line: String) -> Int { line.prefix { $0 == " " }.count }
}
