/// What the flags of one command line have said so far. The verbs share it, as they share flags, and the
/// tables need no generic types: making those costs more at start-up than all of the parsing.
struct Draft: Sendable {
    var globals = Globals()
    var version = false
    /// Of create and run, and of restore too.
    var create = CreateOptions()
    var exec = ExecOptions()
    var kill = KillOptions()
    var delete = DeleteOptions()
    var ps = PsOptions()
    var list = ListOptions()
    var update = UpdateOptions()
    var events = EventsOptions()
    var spec = SpecOptions()
    var checkpoint = CheckpointOptions()
    var restore = RestoreOptions()
    /// Of checkpoint and restore.
    var criu = CriuOptions()
}

/// One line of a verb's table.
struct Flag: TableFlag {
    let form: FlagForm
    let turn: (@Sendable (inout Draft, Bool) -> Void)?
    let set: (@Sendable (inout Draft, String) throws(Wrong) -> Void)?
}

extension Operands {
    static let id = Operands(fewest: 1, most: 1, permuted: true, words: "ID")
}

/// A verb: its name, its operands and its flags.
struct Table: Sendable {
    let verb: String
    let summary: String
    let operands: Operands
    let flags: [Flag]
    /// More for the help, below the flags.
    let notes: String

    init(_ verb: String, _ summary: String, operands: Operands, flags: [Flag], notes: String = "") {
        self.verb = verb
        self.summary = summary
        self.operands = operands
        self.flags = flags
        self.notes = notes
    }
}

/// The value, or nil for an empty one: to runc an empty value is the same as none.
func given(_ value: String) -> String? {
    value.isEmpty ? nil : value
}
