/// What is wrong with the value of a flag; the parser puts the flag's name before it.
struct Wrong: Error {
    let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}

/// What the flags of one command line have said so far. Every verb's table writes to the same kind of
/// draft, so that tables need no generic types, which would cost more at start-up than the parsing.
struct Draft: Sendable {
    var container = ContainerRequest()
    /// What `--network-alias`, `--ip`, `--ip6` and `--mac-address` say of the one network.
    var aliases: [String] = []
    var address = NetworkRequest(.standard)
    /// `update --restart`.
    var restart: RestartPolicy?
    var start = StartRequest()
    var stop = StopRequest()
    var remove = RemoveRequest()
    var exec = UserExecRequest()
    var list = ContainerListRequest()
    var logs = LogsRequest()
    var wait = WaitRequest()
    var look = LookRequest()
    var copy = CopyRequest()
    var volume = VolumeRequest()
    var network = NetworkVerbRequest()
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
    /// Its short form, an ASCII letter, or empty.
    let letter: String
    let help: String
    let action: Action

    /// A flag with a value.
    init(
        _ name: String, alias: String = "", short: String = "", takes value: String, _ help: String,
        set: @escaping @Sendable (inout Draft, String) throws(Wrong) -> Void
    ) {
        self.name = name
        self.alias = alias
        self.letter = short
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
        self.letter = short
        self.help = help
        self.action = .onOff(set)
    }

    /// A flag that other programs know and that has no meaning here: it is refused, and the help is silent.
    init(refused name: String, alias: String = "", because reason: String) {
        self.name = name
        self.alias = alias
        self.letter = ""
        self.help = ""
        self.action = .value("") { _, _ throws(Wrong) in
            throw Wrong("is not supported here: \(reason)")
        }
    }

    /// The same flag with a letter.
    init(_ flag: Flag, letter: String) {
        self.name = flag.name
        self.alias = flag.alias
        self.letter = letter
        self.help = flag.help
        self.action = flag.action
    }

    var isRefused: Bool { help.isEmpty }
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
    static let one = Operands(fewest: 1, most: 1, permuted: true, words: "CONTAINER")
    static let some = Operands(fewest: 1, most: .max, permuted: true, words: "CONTAINER...")
    /// Of verbs with a flag that stands for operands, such as `--all`.
    static let any = Operands(fewest: 0, most: .max, permuted: true, words: "[CONTAINER...]")
    static let image = Operands(
        fewest: 1, most: .max, permuted: false, words: "IMAGE [COMMAND [ARGUMENT...]]")
    static let command = Operands(
        fewest: 2, most: .max, permuted: false, words: "CONTAINER COMMAND [ARGUMENT...]")
}

/// A verb: its name, its operands and its flags.
struct Table: Sendable {
    let verb: String
    let summary: String
    let operands: Operands
    let flags: [Flag]
    /// Command lines that show its use.
    let examples: [String]

    init(
        _ verb: String, _ summary: String, _ operands: Operands, flags: [Flag] = [], examples: [String] = []
    ) {
        self.verb = verb
        self.summary = summary
        self.operands = operands
        self.flags = flags
        self.examples = examples
    }
}
