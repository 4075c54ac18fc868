/// A verb, as the overview lists it.
struct VerbLine: Sendable {
    let name: String
    let summary: String

    init<Options>(_ table: Table<Options>) {
        name = table.verb
        summary = table.summary
    }
}

/// Verbs without flags.
let plainTables: [Table<NoOptions>] = [
    plainTable("start", "start the program of a container that create has made"),
    plainTable("state", "show the state of a container, as JSON"),
    plainTable("pause", "freeze the processes of a container"),
    plainTable("resume", "let the processes of a paused container go on"),
    plainTable("features", "show what this runtime can do, as JSON", operands: .none),
    plainTable(
        "repair", "clear what killed verbs have left behind, of one container or of all",
        operands: Operands(fewest: 0, most: 1, permuted: true, words: "[ID]")),
]

let verbs: [VerbLine] =
    [
        VerbLine(createTable), VerbLine(runTable), VerbLine(execTable), VerbLine(killTable),
        VerbLine(deleteTable), VerbLine(listTable), VerbLine(psTable), VerbLine(updateTable),
        VerbLine(eventsTable), VerbLine(specTable), VerbLine(checkpointTable), VerbLine(restoreTable),
    ] + plainTables.map { VerbLine($0) }

extension Usage {
    /// The help of a verb, or with nil the overview: the tables that drive the parser, in words.
    public static func help(_ topic: String?) -> String {
        switch topic {
        case "create": helpText(createTable)
        case "run": helpText(runTable)
        case "exec": helpText(execTable)
        case "kill": helpText(killTable)
        case "delete": helpText(deleteTable)
        case "list": helpText(listTable)
        case "ps": helpText(psTable)
        case "update": helpText(updateTable)
        case "events": helpText(eventsTable)
        case "spec": helpText(specTable)
        case "checkpoint": helpText(checkpointTable)
        case "restore": helpText(restoreTable)
        default:
            if let table = plainTables.first(where: { $0.verb == topic }) {
                helpText(table)
            } else {
                overview()
            }
        }
    }

    /// Whether there is a verb of that name to help with.
    static func knows(_ topic: String) -> Bool {
        verbs.contains { $0.name == topic }
    }

    /// What `--version` prints, in the form that engines read: the first line's last word, and `commit:`.
    public static func version(_ version: String, commit: String) -> String {
        "docklock version \(version)\ncommit: \(commit)\nspec: 1.3.0\n"
    }

    private static func overview() -> String {
        var text = "NAME:\n   docklock - Open Container Initiative runtime\n\n"
        text += "USAGE:\n   docklock [FLAG...] VERB [ARGUMENT...]\n\nVERBS:\n"
        let listed = verbs.sorted { $0.name < $1.name }
        text += columns(listed.map { ($0.name, $0.summary) })
        text += "\nFLAGS before the verb:\n" + flagLines(globalTable.flags)
        return text + "\nSee docklock VERB --help. Flags are those of runc and crun.\n"
    }

    private static func helpText<Options>(_ table: Table<Options>) -> String {
        let words = table.operands.words
        var text = "NAME:\n   docklock \(table.verb) - \(table.summary)\n\n"
        text += "USAGE:\n   docklock \(table.verb) [FLAG...]" + (words.isEmpty ? "\n" : " \(words)\n")
        text += "\nFLAGS:\n" + flagLines(table.flags)
        return table.notes.isEmpty ? text : text + "\n\(table.notes)\n"
    }

    private static func flagLines<Options>(_ flags: [Flag<Options>]) -> String {
        let known = flags.map { flag in
            let letters = flag.letters.map { "-" + String(decoding: [$0], as: UTF8.self) }
            let forms = (letters + flag.names.map { "--" + $0 }).joined(separator: ", ")
            guard case .value(let word, _) = flag.action else { return (forms, flag.help) }
            return ("\(forms) \(word)", flag.help)
        }
        return columns(known + [("-h, --help", "this text")])
    }

    /// Two columns; a wide first one gets a line of its own.
    private static func columns(_ rows: [(left: String, right: String)]) -> String {
        let widest = 34
        let width = rows.map { $0.left.utf8.count }.filter { $0 <= widest }.max() ?? 0
        var text = ""
        for row in rows {
            let count = row.left.utf8.count
            text += "   " + row.left
            text += count > widest ? "\n" + spaces(width + 5) : spaces(width + 2 - count)
            text += row.right + "\n"
        }
        return text
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
