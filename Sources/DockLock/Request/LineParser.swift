import Verbs

private let dash = UInt8(ascii: "-")
private let equal = UInt8(ascii: "=")

/// Walks the arguments of one verb, as docker and podman (pflag) do: `--name value`, `--name=value`,
/// `-n value`, `-nvalue`, `-n=value`, bundled `-it`; `--` ends the flags.
struct LineParser {
    let table: Table
    let arguments: [String]
    /// The next argument to look at.
    var index: Int
    var draft = Draft()
    var operands: [String] = []

    init(_ table: Table, _ arguments: [String], from index: Int) {
        self.table = table
        self.arguments = arguments
        self.index = index
    }

    /// Takes the flags into `draft` and the operands in order; true where help was asked for.
    mutating func parse() throws(UsageError) -> Bool {
        while index < arguments.count {
            let argument = arguments[index]
            guard argument.utf8.first == dash, argument.utf8.count > 1 else {
                guard table.operands.permuted else { break }
                operands.append(argument)
                index += 1
                continue
            }
            index += 1
            if argument == "--" { break }
            let bytes = Array(argument.utf8)
            if bytes[1] == dash ? try takeName(bytes) : try takeLetters(bytes) { return true }
        }
        operands.append(contentsOf: arguments[index...])
        return false
    }

    private mutating func takeName(_ bytes: [UInt8]) throws(UsageError) -> Bool {
        let end = bytes.firstIndex(of: equal) ?? bytes.count
        let name = String(decoding: bytes[2..<end], as: UTF8.self)
        if name == "help" { return true }
        guard let flag = table.flag(named: name) else { throw unknown("--" + name) }
        try run(flag, "--" + name, end < bytes.count ? bytes[(end + 1)...] : nil)
        return false
    }

    /// Takes a bundle of letters after a dash; a letter with a value takes the rest of the bundle, or the
    /// next argument.
    private mutating func takeLetters(_ bundle: [UInt8]) throws(UsageError) -> Bool {
        for at in 1..<bundle.count {
            guard let flag = table.flag(lettered: bundle[at]) else {
                if bundle[at] == UInt8(ascii: "h") { return true }
                throw unknown(String(decoding: bundle[..<at] + bundle[at...], as: UTF8.self))
            }
            let shown = "-" + flag.letter
            let rest = bundle[(at + 1)...]
            if rest.first == equal {
                try run(flag, shown, rest.dropFirst())
                return false
            }
            if case .value = flag.action, !rest.isEmpty {
                try run(flag, shown, rest)
                return false
            }
            try run(flag, shown, nil)
        }
        return false
    }

    /// Does what a flag does. `shown` is the flag as it was written, `inline` what stood with it.
    private mutating func run(
        _ flag: Flag, _ shown: String, _ inline: ArraySlice<UInt8>?
    ) throws(UsageError) {
        var value = inline.map { String(decoding: $0, as: UTF8.self) }
        switch flag.action {
        case .onOff(let set):
            guard let value else { return set(&draft, true) }
            guard let isOn = truth(value) else {
                throw refusal(shown, "\"\(value)\" is neither true nor false")
            }
            set(&draft, isOn)
        case .value(let word, let set):
            // A refused flag has no word: whether it would take a value does not matter any more.
            if value == nil, index < arguments.count, !word.isEmpty {
                value = arguments[index]
                index += 1
            }
            guard let value = value ?? (word.isEmpty ? "" : nil) else {
                throw refusal(shown, "its value is missing (\(word))")
            }
            guard !value.utf8.contains(0) else { throw refusal(shown, "the value holds a NUL byte") }
            do throws(Wrong) {
                try set(&draft, value)
            } catch {
                throw refusal(shown, error.problem)
            }
        }
    }

    private func refusal(_ shown: String, _ problem: String) -> UsageError {
        UsageError("\(shown): \(problem)", verb: table.verb)
    }

    private func unknown(_ shown: String) -> UsageError {
        let name = String(shown.drop { $0 == "-" })
        let known = table.flags.filter { !$0.isRefused }.map(\.name) + ["help"]
        let near = nearest(name, among: known).map { "; did you mean --\($0)?" } ?? ""
        return UsageError("\(table.verb) has no flag \(shown)\(near)", verb: table.verb)
    }
}

extension Table {
    func flag(named name: String) -> Flag? {
        guard name.utf8.count > 1 else { return nil }
        return flags.first { $0.name == name || $0.alias == name }
    }

    /// What `-f` is depends on what `volume` and `network` are to do: of `inspect` it is the format, of `ls`
    /// a filter.
    func lettered(for arguments: [String]) -> Table {
        guard verb == "volume" || verb == "network", arguments.count > 1 else { return self }
        let meant: String
        switch arguments[1] {
        case "inspect": meant = "format"
        case "ls", "list": meant = "filter"
        default: return self
        }
        let changed = flags.map { flag in
            flag.name == meant ? Flag(flag, letter: "f") : flag.letter == "f" ? Flag(flag, letter: "") : flag
        }
        return Table(verb, summary, operands, flags: changed, examples: examples)
    }

    func flag(lettered letter: UInt8) -> Flag? { flags.first { $0.letter.utf8.first == letter } }
}

/// What Go's users write for true and false.
func truth(_ word: String) -> Bool? {
    switch word {
    case "1", "t", "T", "true", "True", "TRUE": true
    case "0", "f", "F", "false", "False", "FALSE": false
    default: nil
    }
}
