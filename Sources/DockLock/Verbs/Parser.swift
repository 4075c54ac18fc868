private let dash = UInt8(ascii: "-")

/// What is left of the arguments when a table has taken its flags.
enum Parsed {
    case operands([String])
    case help
}

/// Walks one table's share of the arguments.
struct Parser<Options> {
    let table: Table<Options>
    let arguments: [String]
    /// The next argument to look at.
    var index: Int
    /// The verb that errors point to; nil for the globals.
    let verb: String?
    var options: Options

    init(_ table: Table<Options>, _ arguments: [String], from index: Int, verb: String?, options: Options) {
        self.table = table
        self.arguments = arguments
        self.index = index
        self.verb = verb
        self.options = options
    }

    /// Takes the flags into `options` and returns the operands in order.
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
        let body = argument.utf8.dropFirst(argument.utf8.dropFirst().first == dash ? 2 : 1)
        let isLong = body.count == argument.utf8.count - 2
        let name: String
        let inline: String?
        if let equals = body.firstIndex(of: UInt8(ascii: "=")) {
            name = String(Substring(body[..<equals]))
            inline = String(Substring(body[body.index(after: equals)...]))
        } else {
            name = String(Substring(body))
            inline = nil
        }
        if name == "help" || (isLong && name == "usage") { return true }
        if name.utf8.count > 1, let flag = table.flags.first(where: { $0.names.contains(name) }) {
            try run(flag, shown: isLong ? "--" + name : "-" + name, inline)
            return false
        }
        if isLong { throw unknown("--" + name) }
        return try takeLetters(Array(body))
    }

    /// Takes a bundle of letters; a letter with a value takes the rest of the bundle, or the next argument.
    private mutating func takeLetters(_ letters: [UInt8]) throws(UsageError) -> Bool {
        var at = 0
        while at < letters.count {
            let letter = letters[at]
            at += 1
            let shown = "-" + String(decoding: [letter], as: UTF8.self)
            guard let flag = table.flags.first(where: { $0.letters.contains(letter) }) else {
                if letter == UInt8(ascii: "h") || letter == UInt8(ascii: "?") { return true }
                throw unknown("-" + String(decoding: letters, as: UTF8.self))
            }
            let rest = letters[at...]
            if rest.first == UInt8(ascii: "=") {
                try run(flag, shown: shown, String(decoding: rest.dropFirst(), as: UTF8.self))
                return false
            }
            if case .value = flag.action, !rest.isEmpty {
                try run(flag, shown: shown, String(decoding: rest, as: UTF8.self))
                return false
            }
            try run(flag, shown: shown, nil)
        }
        return false
    }

    private mutating func run(
        _ flag: Flag<Options>, shown: String, _ inline: String?
    ) throws(UsageError) {
        switch flag.action {
        case .onOff(let set):
            guard let inline else { return set(&options, true) }
            guard let isOn = truth(inline) else {
                throw UsageError("\(shown): \"\(inline)\" is neither true nor false", verb: verb)
            }
            set(&options, isOn)
        case .value(let word, let set):
            let value: String
            if let inline {
                value = inline
            } else if index < arguments.count {
                value = arguments[index]
                index += 1
            } else {
                throw UsageError("\(shown): its value is missing (\(word))", verb: verb)
            }
            do throws(Wrong) {
                try set(&options, value)
            } catch {
                throw UsageError("\(shown): \(error.problem)", verb: verb)
            }
        }
    }

    private func unknown(_ shown: String) -> UsageError {
        let name = shown.utf8.first == dash ? String(shown.drop { $0 == "-" }) : shown
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
