private let dash = UInt8(ascii: "-")

/// What is left of the arguments when a table has taken its flags.
enum Parsed {
    case operands([String])
    case help
}

/// Walks one table's share of the arguments.
struct Parser {
    let table: Table
    let arguments: [String]
    /// The next argument to look at.
    var index: Int
    /// The verb that errors point to; nil for the globals.
    let verb: String?
    var draft: Draft

    init(_ table: Table, _ arguments: [String], from index: Int, verb: String?, draft: Draft) {
        self.table = table
        self.arguments = arguments
        self.index = index
        self.verb = verb
        self.draft = draft
    }

    /// Takes the flags into `draft` and returns the operands in order.
    /// Forms: `--name value`, `--name=value`, `-n value`, `-nvalue`, bundled `-abc`, runc's `-name`;
    /// `--` ends the flags. -h, -?, --help and --usage are known to every table.
    mutating func parse() throws(UsageError) -> Parsed {
        var operands: [String] = []
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
            if try take(argument) { return .help }
        }
        operands.append(contentsOf: arguments[index...])
        return .operands(operands)
    }

    /// Takes one argument that begins with a dash, and its value; true where it asks for help.
    private mutating func take(_ argument: String) throws(UsageError) -> Bool {
        let bytes = Array(argument.utf8)
        let dashes = bytes[1] == dash ? 2 : 1
        let equals = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.count
        let name = String(decoding: bytes[dashes..<max(dashes, equals)], as: UTF8.self)
        if name == "help" || (dashes == 2 && name == "usage") { return true }
        if name.utf8.count > 1, let flag = table.flags.first(where: { $0.name == name || $0.alias == name }) {
            try run(flag, bytes[..<equals], equals < bytes.count ? bytes[(equals + 1)...] : nil)
            return false
        }
        if dashes == 2 { throw unknown("--" + name) }
        return try takeLetters(bytes)
    }

    /// Takes a bundle of letters after a dash; a letter with a value takes the rest of the bundle, or the
    /// next argument.
    private mutating func takeLetters(_ bundle: [UInt8]) throws(UsageError) -> Bool {
        for at in 1..<bundle.count {
            let letter = bundle[at]
            guard let flag = table.flags.first(where: { $0.letters.utf8.contains(letter) }) else {
                if letter == UInt8(ascii: "h") || letter == UInt8(ascii: "?") { return true }
                throw unknown(String(decoding: bundle, as: UTF8.self))
            }
            let rest = bundle[(at + 1)...]
            if rest.first == UInt8(ascii: "=") {
                try run(flag, [dash, letter], rest.dropFirst())
                return false
            }
            if case .value = flag.action, !rest.isEmpty {
                try run(flag, [dash, letter], rest)
                return false
            }
            try run(flag, [dash, letter], nil)
        }
        return false
    }

    /// Does what a flag does. `shown` is the flag as it was written, `inline` what stood behind its `=`.
    private mutating func run(
        _ flag: Flag, _ shown: ArraySlice<UInt8>, _ inline: ArraySlice<UInt8>?
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
            if value == nil, index < arguments.count {
                value = arguments[index]
                index += 1
            }
            guard let value else { throw refusal(shown, "its value is missing (\(word))") }
            do throws(Wrong) {
                try set(&draft, value)
            } catch {
                throw refusal(shown, error.problem)
            }
        }
    }

    private func refusal(_ shown: ArraySlice<UInt8>, _ problem: String) -> UsageError {
        UsageError(String(decoding: shown, as: UTF8.self) + ": " + problem, verb: verb)
    }

    private func unknown(_ shown: String) -> UsageError {
        let name = String(shown.drop { $0 == "-" })
        let place = verb.map { "\($0) has no flag \(shown)" } ?? "there is no flag \(shown) before the verb"
        let near = nearest(name, among: table.flags.flatMap(\.names) + ["help"])
        return UsageError(place + (near.map { "; did you mean --\($0)?" } ?? ""), verb: verb)
    }
}

/// What Go's and getopt's users write for true and false.
private func truth(_ word: String) -> Bool? {
    switch word {
    case "1", "t", "T", "true", "True", "TRUE", "yes": true
    case "0", "f", "F", "false", "False", "FALSE", "no": false
    default: nil
    }
}
