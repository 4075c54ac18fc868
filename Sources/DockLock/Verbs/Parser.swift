private let dash = UInt8(ascii: "-")

/// Whose habits a command line has.
public enum Dialect: Sendable {
    /// crun's and runc's: names after one dash, `-?` and `--usage`, `yes` and `no`.
    case runtimes
    /// Those of docker and podman (pflag).
    case people
}

/// Walks one table's share of the arguments.
/// Forms: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, bundled `-abc`; `--` ends the
/// flags. --help is known to every table, and so is -h where no flag has that letter.
public struct Parser {
    let arguments: [String]
    let dialect: Dialect
    /// The verb that errors point to; nil for the globals.
    let verb: String?
    /// Whether flags may stand between and after operands.
    @usableFromInline let permuted: Bool
    /// The next argument to look at.
    var index: Int
    /// What is no flag, in order.
    public internal(set) var operands: [String] = []

    public init(
        _ dialect: Dialect, _ arguments: [String], from index: Int, verb: String?, permuted: Bool
    ) {
        self.dialect = dialect
        self.arguments = arguments
        self.index = index
        self.verb = verb
        self.permuted = permuted
    }

    /// Takes the flags into `draft` and the operands in order; true where help was asked for.
    @inlinable
    public mutating func parse<Flag: TableFlag>(
        _ flags: [Flag], into draft: inout Flag.Draft
    ) throws(UsageError) -> Bool {
        while let written = next() {
            if written.asksForHelp { return true }
            if let flag = flags.flag(named: written.name) {
                try run(flag, written.shown, written.inline, &draft)
            } else if written.letters.isEmpty {
                throw unknown(written.shown, among: flags.map(\.form))
            } else if try takeLetters(written.letters, flags, &draft) {
                return true
            }
        }
        return false
    }

    /// The next argument that is a flag; what stands before it is an operand. nil at the end of the flags.
    @usableFromInline
    mutating func next() -> Written? {
        while index < arguments.count {
            let argument = arguments[index]
            guard argument.utf8.first == dash, argument.utf8.count > 1 else {
                guard permuted else { break }
                operands.append(argument)
                index += 1
                continue
            }
            index += 1
            if argument == "--" { break }
            return Written(Array(argument.utf8), dialect)
        }
        operands.append(contentsOf: arguments[index...])
        index = arguments.count
        return nil
    }

    /// Takes a bundle of letters after a dash; a letter with a value takes the rest of the bundle, or the
    /// next argument. True where one asks for help.
    @inlinable
    mutating func takeLetters<Flag: TableFlag>(
        _ bundle: [UInt8], _ flags: [Flag], _ draft: inout Flag.Draft
    ) throws(UsageError) -> Bool {
        for at in 1..<bundle.count {
            guard let flag = flags.flag(lettered: bundle[at]) else {
                if asksForHelp(bundle[at]) { return true }
                throw unknown(String(decoding: bundle, as: UTF8.self), among: flags.map(\.form))
            }
            let shown = String(decoding: [bundle[0], bundle[at]], as: UTF8.self)
            let rest = bundle[(at + 1)...]
            let isMarked = rest.first == UInt8(ascii: "=")
            if isMarked || flag.form.value != nil && !rest.isEmpty {
                let value = String(decoding: isMarked ? rest.dropFirst() : rest, as: UTF8.self)
                try run(flag, shown, value, &draft)
                return false
            }
            try run(flag, shown, nil, &draft)
        }
        return false
    }

    /// Does what a flag does. `shown` is the flag as it was written, `inline` what stood with it.
    @inlinable
    mutating func run<Flag: TableFlag>(
        _ flag: Flag, _ shown: String, _ inline: String?, _ draft: inout Flag.Draft
    ) throws(UsageError) {
        if let turn = flag.turn { return turn(&draft, try isOn(shown, inline)) }
        let value = try value(of: flag.form, shown, inline)
        do throws(Wrong) {
            try flag.set?(&draft, value)
        } catch {
            throw refusal(shown, error.problem)
        }
    }

    /// Whether a switch is set: bare it is.
    @usableFromInline
    func isOn(_ shown: String, _ inline: String?) throws(UsageError) -> Bool {
        guard let inline else { return true }
        if let isOn = truth(inline) { return isOn }
        switch inline {
        case "yes" where dialect == .runtimes: return true
        case "no" where dialect == .runtimes: return false
        default: throw refusal(shown, "\"\(inline)\" is neither true nor false")
        }
    }

    /// The value of a flag: what stood with it, or the next argument.
    @usableFromInline
    mutating func value(
        of form: FlagForm, _ shown: String, _ inline: String?
    ) throws(UsageError) -> String {
        var value = inline
        let word = form.value ?? ""
        // A refused flag has no word: whether it would take a value does not matter any more.
        if value == nil, word.isEmpty { value = "" }
        if value == nil, index < arguments.count {
            value = arguments[index]
            index += 1
        }
        guard let value else { throw refusal(shown, "its value is missing (\(word))") }
        guard !value.utf8.contains(0) else { throw refusal(shown, "the value holds a NUL byte") }
        return value
    }

    @usableFromInline
    func asksForHelp(_ letter: UInt8) -> Bool {
        letter == UInt8(ascii: "h") || dialect == .runtimes && letter == UInt8(ascii: "?")
    }

    @usableFromInline
    func refusal(_ shown: String, _ problem: String) -> UsageError {
        UsageError("\(shown): \(problem)", verb: verb)
    }

    @usableFromInline
    func unknown(_ shown: String, among forms: [FlagForm]) -> UsageError {
        let name = String(shown.drop { $0 == "-" })
        let place = verb.map { "\($0) has no flag \(shown)" } ?? "there is no flag \(shown) before the verb"
        let known = forms.filter { !$0.isRefused }.flatMap(\.names) + ["help"]
        let near = nearest(name, among: known).map { "; did you mean --\($0)?" } ?? ""
        return UsageError(place + near, verb: verb)
    }
}

/// A flag as it was written.
@usableFromInline
struct Written {
    /// Without dashes and value; of less than two letters where it is a bundle alone.
    @usableFromInline let name: String
    /// The whole argument, dash and all, where it may be a bundle of letters; else empty.
    @usableFromInline let letters: [UInt8]
    /// Its dashes and its name.
    @usableFromInline let shown: String
    /// What stood behind its `=`.
    @usableFromInline let inline: String?
    @usableFromInline let asksForHelp: Bool

    init(_ bytes: [UInt8], _ dialect: Dialect) {
        let dashes = bytes[1] == dash ? 2 : 1
        let end = max(dashes, bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.count)
        let isNamed = dashes == 2 || dialect == .runtimes
        name = isNamed ? String(decoding: bytes[dashes..<end], as: UTF8.self) : ""
        letters = dashes == 2 ? [] : bytes
        shown = String(decoding: bytes[..<end], as: UTF8.self)
        inline = end < bytes.count ? String(decoding: bytes[(end + 1)...], as: UTF8.self) : nil
        asksForHelp = name == "help" || dialect == .runtimes && dashes == 2 && name == "usage"
    }
}

/// What Go's users write for true and false.
public func truth(_ word: String) -> Bool? {
    switch word {
    case "1", "t", "T", "true", "True", "TRUE": true
    case "0", "f", "F", "false", "False", "FALSE": false
    default: nil
    }
}
