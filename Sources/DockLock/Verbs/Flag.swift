/// What is wrong with the value of a flag; the parser puts the flag's name before it.
struct Wrong: Error {
    let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}

/// One line of a verb's table. It drives both the parser and the help.
struct Flag<Options>: Sendable {
    enum Action: Sendable {
        /// A switch: bare, or `=true` and `=false`.
        case onOff(@Sendable (inout Options, Bool) -> Void)
        /// The word that stands for the value in the help, and what the value does.
        case value(String, @Sendable (inout Options, String) throws(Wrong) -> Void)
    }

    /// Without the dashes; the first is the one of the help's index, the others are aliases.
    let names: [String]
    /// The letters of the short forms, ASCII.
    let letters: [UInt8]
    let help: String
    let action: Action

    /// A flag with a value.
    init(
        _ names: String..., short: String = "", takes value: String, _ help: String,
        set: @escaping @Sendable (inout Options, String) throws(Wrong) -> Void
    ) {
        self.names = names
        self.letters = Array(short.utf8)
        self.help = help
        self.action = .value(value, set)
    }

    /// A switch.
    init(
        _ names: String..., short: String = "", help: String,
        set: @escaping @Sendable (inout Options, Bool) -> Void
    ) {
        self.names = names
        self.letters = Array(short.utf8)
        self.help = help
        self.action = .onOff(set)
    }
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
struct Table<Options>: Sendable {
    let verb: String
    let summary: String
    let operands: Operands
    let flags: [Flag<Options>]
    /// More for the help, below the flags.
    let notes: String

    init(_ verb: String, _ summary: String, operands: Operands, flags: [Flag<Options>], notes: String = "") {
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

/// One of the words of an enumeration.
func word<Words: RawRepresentable & CaseIterable>(
    _ value: String, of kind: Words.Type
) throws(Wrong) -> Words where Words.RawValue == String {
    if let found = Words(rawValue: value) { return found }
    let known = Words.allCases.map(\.rawValue).joined(separator: ", ")
    throw Wrong("\"\(value)\" is none of \(known)")
}
