/// What is wrong with the value of a flag; the parser puts the flag's name before it.
struct Wrong: Error {
    let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}

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

/// One line of a verb's table. It drives both the parser and the help.
struct Flag: Sendable {
    enum Action: Sendable {
        /// A switch: bare, or `=true` and `=false`.
        case onOff(@Sendable (inout Draft, Bool) -> Void)
        /// The word that stands for the value in the help, and what the value does.
        case value(String, @Sendable (inout Draft, String) throws(Wrong) -> Void)
    }

    /// Without the dashes.
    let name: String
    /// Another name for it, or empty.
    let alias: String
    /// Its short forms, each one ASCII letter.
    let letters: String
    let help: String
    let action: Action

    /// A flag with a value.
    init(
        _ name: String, alias: String = "", short: String = "", takes value: String, _ help: String,
        set: @escaping @Sendable (inout Draft, String) throws(Wrong) -> Void
    ) {
        self.name = name
        self.alias = alias
        self.letters = short
        self.help = help
        self.action = .value(value, set)
    }

    /// A switch.
    init(
        _ name: String, alias: String = "", short: String = "", help: String,
        set: @escaping @Sendable (inout Draft, Bool) -> Void
    ) {
        self.name = name
        self.alias = alias
        self.letters = short
        self.help = help
        self.action = .onOff(set)
    }

    /// Its names, for the help and for suggestions.
    var names: [String] { alias.isEmpty ? [name] : [name, alias] }
}

/// How many operands a verb takes, and whether flags may stand between and after them.
struct Operands: Sendable {
    let fewest: Int
    let most: Int
    /// False where what follows the first operand belongs to another program.
    let permuted: Bool
    /// As the help writes them.
    let words: String

    static let none = Operands(fewest: 0, most: 0, permuted: true, words: "")
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

/// Refuses a value that is none of the words that a flag knows.
func noneOf(_ words: String, _ value: String) -> Wrong {
    Wrong("\"\(value)\" is none of \(words)")
}
