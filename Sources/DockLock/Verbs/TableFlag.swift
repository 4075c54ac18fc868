/// What is wrong with the value of a flag; the parser puts the flag's name before it.
public struct Wrong: Error {
    public let problem: String

    public init(_ problem: String) {
        self.problem = problem
    }
}

/// Refuses a value that is none of the words that a flag knows.
public func noneOf(_ words: String, _ value: String) -> Wrong {
    Wrong("\"\(value)\" is none of \(words)")
}

/// How a flag is written, and what the help says of it.
public struct FlagForm: Sendable, Equatable {
    /// Without the dashes.
    public let name: String
    /// Another name for it, or empty.
    public let alias: String
    /// Its short forms, each one ASCII letter.
    public let letters: String
    /// The word that stands for its value in the help; nil for a switch, empty for a flag that is refused.
    public let value: String?
    /// Empty for a flag that is refused.
    public let help: String

    public init(_ name: String, alias: String, letters: String, value: String?, help: String) {
        self.name = name
        self.alias = alias
        self.letters = letters
        self.value = value
        self.help = help
    }

    /// Whether it is known only to be refused: the help is silent about it.
    public var isRefused: Bool { help.isEmpty }

    /// Its names, for the help and for suggestions.
    public var names: [String] { alias.isEmpty ? [name] : [name, alias] }
}

/// One line of a verb's table, which drives both the parser and the help: a flag's form, and what it does
/// to the draft of its room. Each room has a plain type of its own for it, and what is generic is made for
/// that type when the room is built: making generic types at start-up costs more than all of the parsing.
public protocol TableFlag: Sendable {
    /// What the flags of one command line have said so far.
    associatedtype Draft

    var form: FlagForm { get }
    /// What a switch does: bare, or `=true` and `=false`. nil for a flag with a value.
    var turn: (@Sendable (inout Draft, Bool) -> Void)? { get }
    /// What a flag's value does; nil for a switch.
    var set: (@Sendable (inout Draft, String) throws(Wrong) -> Void)? { get }

    init(
        form: FlagForm, turn: (@Sendable (inout Draft, Bool) -> Void)?,
        set: (@Sendable (inout Draft, String) throws(Wrong) -> Void)?)
}

extension TableFlag {
    /// A flag with a value.
    @inlinable
    public init(
        _ name: String, alias: String = "", short: String = "", takes value: String, _ help: String,
        set: @escaping @Sendable (inout Draft, String) throws(Wrong) -> Void
    ) {
        let form = FlagForm(name, alias: alias, letters: short, value: value, help: help)
        self.init(form: form, turn: nil, set: set)
    }

    /// A switch.
    @inlinable
    public init(
        _ name: String, alias: String = "", short: String = "", help: String,
        set: @escaping @Sendable (inout Draft, Bool) -> Void
    ) {
        let form = FlagForm(name, alias: alias, letters: short, value: nil, help: help)
        self.init(form: form, turn: set, set: nil)
    }

    /// A flag that other programs know and that has no meaning here: it is refused, and the help is silent.
    @inlinable
    public init(refused name: String, alias: String = "", because reason: String) {
        self.init(name, alias: alias, takes: "", "") { _, _ throws(Wrong) in
            throw Wrong("is not supported here: \(reason)")
        }
    }

    /// The same flag with other letters.
    @inlinable
    public init(_ flag: Self, letters: String) {
        let form = flag.form
        self.init(
            form: FlagForm(
                form.name, alias: form.alias, letters: letters, value: form.value, help: form.help),
            turn: flag.turn, set: flag.set)
    }
}

extension Array where Element: TableFlag {
    /// The flag of a name of two letters or more.
    @inlinable
    public func flag(named name: String) -> Element? {
        guard name.utf8.count > 1 else { return nil }
        return first { $0.form.name == name || $0.form.alias == name }
    }

    @inlinable
    public func flag(lettered letter: UInt8) -> Element? {
        first { $0.form.letters.utf8.contains(letter) }
    }
}

/// A verb as its help tells it.
public struct VerbForm: Sendable, Equatable {
    public var name: String
    public var summary: String
    /// As the help writes them, empty where there are none.
    public var operands: String
    public var flags: [FlagForm]
    /// More to say, below the flags.
    public var notes: String
    /// Command lines that show its use.
    public var examples: [String]

    public init(
        _ name: String, _ summary: String, operands: String, flags: [FlagForm], notes: String = "",
        examples: [String] = []
    ) {
        self.name = name
        self.summary = summary
        self.operands = operands
        self.flags = flags
        self.notes = notes
        self.examples = examples
    }
}

/// How many operands a verb takes, and whether flags may stand between and after them.
public struct Operands: Sendable {
    public let fewest: Int
    public let most: Int
    /// False where what follows the first operand belongs to another program.
    public let permuted: Bool
    /// As the help writes them.
    public let words: String

    public init(fewest: Int, most: Int, permuted: Bool, words: String) {
        self.fewest = fewest
        self.most = most
        self.permuted = permuted
        self.words = words
    }

    public static let none = Operands(fewest: 0, most: 0, permuted: true, words: "")
}
