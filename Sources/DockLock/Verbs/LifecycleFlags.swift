/// A verb that takes an id and has no flags.
func plainTable(_ verb: String, _ summary: String, operands: Operands = .id) -> Table {
    Table(verb, summary, operands: operands, flags: [])
}

let killTable = Table(
    "kill", "send a signal to a container",
    operands: Operands(fewest: 1, most: 2, permuted: true, words: "ID [SIGNAL]"),
    flags: [
        Flag("all", short: "a", help: "to all of its processes, not only the first") { $0.kill.all = $1 },
        Flag("regex", short: "r", help: patternHelp) { $0.kill.isPattern = $1 },
    ],
    notes: "SIGNAL is a name with or without SIG, or a number; SIGTERM where none is given.")

let deleteTable = Table(
    "delete", "remove a container that has ended", operands: .id,
    flags: [
        Flag("force", short: "f", help: "kill it first if it runs; no error if there is none") {
            $0.delete.force = $1
        },
        Flag("regex", short: "r", help: patternHelp) { $0.delete.isPattern = $1 },
    ])

private let patternHelp = "ID is an extended regular expression: every container that it finds"

let listTable = Table(
    "list", "list the containers", operands: .none,
    flags: [
        Flag("format", short: "f", takes: "table|json", "form of the list (table)") {
            draft, value throws(Wrong) in
            draft.list.format = try outputFormat(value)
        },
        Flag("quiet", short: "q", help: "ids alone") { $0.list.quiet = $1 },
    ])

let eventsTable = Table(
    "events", "report a container's use of resources, and when memory runs out", operands: .id,
    flags: [
        Flag("interval", takes: "DURATION", "time between two reports (5s)") { draft, value throws(Wrong) in
            guard let interval = Quantity.duration(value), interval > 0 else {
                throw Wrong("\"\(value)\" is not a duration above zero, such as 5s or 1m30s")
            }
            draft.events.interval = interval
        },
        Flag("stats", help: "one report, then the end") { $0.events.statsOnly = $1 },
    ])

let specTable = Table(
    "spec", "write a configuration to start from", operands: .none,
    flags: [
        Flag("bundle", short: "b", takes: "DIR", "the bundle (the working directory)") {
            $0.spec.bundle = given($1) ?? "."
        },
        Flag("file", short: "f", takes: "FILE", "the file in it (config.json)") {
            $0.spec.file = given($1) ?? SpecOptions().file
        },
        Flag("rootless", help: "for a user who is not root") { $0.spec.rootless = $1 },
    ])

/// `--format` of list and ps.
func outputFormat(_ value: String) throws(Wrong) -> OutputFormat {
    switch value {
    case "table": return .table
    case "json": return .json
    default: throw noneOf("table, json", value)
    }
}
