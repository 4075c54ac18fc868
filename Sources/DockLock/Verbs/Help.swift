/// Verbs without flags.
let plainTables: [Table] = [
    plainTable("start", "start the program of a container that create has made"),
    plainTable("state", "show the state of a container, as JSON"),
    plainTable("pause", "freeze the processes of a container"),
    plainTable("resume", "let the processes of a paused container go on"),
    plainTable("features", "show what this runtime can do, as JSON", operands: .none),
    plainTable(
        "repair", "clear what killed verbs have left behind, of one container or of all",
        operands: Operands(fewest: 0, most: 1, permuted: true, words: "[ID]")),
]

/// Every verb.
let tables: [Table] =
    [
        createTable, runTable, execTable, killTable, deleteTable, listTable, psTable, updateTable,
        eventsTable,
        specTable, checkpointTable, restoreTable,
    ] + plainTables

extension Usage {
    /// Every verb, as its help tells it.
    public static var forms: [VerbForm] {
        tables.map {
            VerbForm(
                $0.verb, $0.summary, operands: $0.operands.words, flags: $0.flags.map(\.form), notes: $0.notes
            )
        }
    }

    /// The flags before the verb.
    public static var globals: [FlagForm] { globalTable.flags.map(\.form) }

    /// The help of a verb, or with nil the overview: the tables that drive the parser, in words.
    public static func help(_ topic: String?) -> String {
        guard let table = tables.first(where: { $0.verb == topic }) else { return overview() }
        return helpText(table)
    }

    /// Whether there is a verb of that name to help with.
    static func knows(_ topic: String) -> Bool {
        tables.contains { $0.verb == topic }
    }

    /// What `--version` prints, in the form that engines read: the first line's last word, and `commit:`
    /// where it is known; at the end what crun calls these abilities.
    public static func version(_ version: String, commit: String?) -> String {
        "docklock version \(version)\n" + (commit.map { "commit: \($0)\n" } ?? "") + "spec: 1.3.0\n"
            + "+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF\n"
    }

    private static func overview() -> String {
        var text = "NAME:\n   docklock - Open Container Initiative runtime\n\n"
        text += "USAGE:\n   docklock [FLAG...] VERB [ARGUMENT...]\n\nVERBS:\n"
        let listed = tables.sorted { $0.verb < $1.verb }
        text += columns(listed.map { ($0.verb, $0.summary) })
        text += "\nFLAGS before the verb:\n" + flagLines(globalTable.flags)
        return text + "\nSee docklock VERB --help. Flags are those of runc and crun.\n"
    }

    private static func helpText(_ table: Table) -> String {
        let words = table.operands.words
        var text = "NAME:\n   docklock \(table.verb) - \(table.summary)\n\n"
        text += "USAGE:\n   docklock \(table.verb) [FLAG...]" + (words.isEmpty ? "\n" : " \(words)\n")
        text += "\nFLAGS:\n" + flagLines(table.flags)
        return table.notes.isEmpty ? text : text + "\n\(table.notes)\n"
    }

    private static func flagLines(_ flags: [Flag]) -> String {
        let known = flags.map { flag in
            let letters = flag.form.letters.map { "-" + String($0) }
            let forms = (letters + flag.form.names.map { "--" + $0 }).joined(separator: ", ")
            return (forms + (flag.form.value.map { " " + $0 } ?? ""), flag.form.help)
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
