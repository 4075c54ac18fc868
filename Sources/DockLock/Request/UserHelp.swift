import Verbs

extension UserLine {
    /// Every verb, as its help tells it, without the flags that are known only to be refused.
    public static var forms: [VerbForm] {
        verbs.compactMap { table(of: $0) }.map { table in
            VerbForm(
                table.verb, table.summary, operands: table.operands.words,
                flags: table.flags.map(\.form).filter { !$0.isRefused }, examples: table.examples)
        }
    }

    /// The help of a verb: the table that drives the parser, in words.
    public static func help(_ verb: String) -> String {
        guard let table = table(of: verb) else { return "" }
        let words = table.operands.words.isEmpty ? "" : " " + table.operands.words
        var text = "docklock \(verb) - \(table.summary)\n\nUSAGE:\n   docklock \(verb) [FLAG...]\(words)\n"
        let rows = table.flags.map(\.form).filter { !$0.isRefused }.map { form in
            let letters = form.letters.isEmpty ? "    " : "-\(form.letters), "
            return ("\(letters)--\(form.name)" + (form.value.map { " " + $0 } ?? ""), form.help)
        }
        text += "\nFLAGS:\n" + columns(rows.sorted { $0.0.drop { $0 != "-" } < $1.0.drop { $0 != "-" } })
        if !table.examples.isEmpty {
            text += "\nEXAMPLES:\n" + table.examples.map { "   \($0)\n" }.joined()
        }
        return text
    }

    /// Two columns; a wide first one gets a line of its own.
    private static func columns(_ rows: [(left: String, right: String)]) -> String {
        let width = 34
        var text = ""
        for row in rows + [("    --help", "this text")] {
            let count = row.left.utf8.count
            let gap = count > width ? "\n" + String(repeating: " ", count: width + 5) : ""
            let space = count > width ? "" : String(repeating: " ", count: width + 2 - count)
            text += "   " + row.left + gap + space + row.right + "\n"
        }
        return text
    }
}
