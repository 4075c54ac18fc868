import Verbs

/// Which of its two languages a command line is in: that of OCI runtimes, which `Usage` of the room Verbs
/// reads, or that of people, which `UserLine` reads. Engines are never misread: what only a runtime's
/// callers write decides first, then what only people write, then what there is on the host.
public enum Language: Sendable, Equatable { case runtime, user }

/// What the host says where the words alone do not decide; each is asked at most once.
public struct Witness {
    /// Whether the working directory holds a config.json.
    let hasConfiguration: () -> Bool
    /// Whether a container that a person made has this name, id or beginning of an id.
    let isUsers: (String) -> Bool

    public init(hasConfiguration: @escaping () -> Bool, isUsers: @escaping (String) -> Bool) {
        self.hasConfiguration = hasConfiguration
        self.isUsers = isUsers
    }
}

extension Language {
    /// The language of `arguments`, which are those after the program's name, and with `user` the place of
    /// the verb in them.
    public static func of(_ arguments: [String], _ witness: Witness) -> (language: Language, verb: Int) {
        let (at, isEngine) = verb(in: arguments)
        guard let at, !isEngine else { return (.runtime, at ?? arguments.count) }
        let rest = Array(arguments[(at + 1)...])
        return (language(arguments[at], rest, witness), at)
    }

    /// docker's second spelling of the verbs of containers, `container VERB`, in the first. `container prune`
    /// has no other.
    public static func plain(_ arguments: [String]) -> [String] {
        guard let at = verb(in: arguments).0, arguments[at] == "container", at + 1 < arguments.count else {
            return arguments
        }
        let second: [String]
        switch arguments[at + 1] {
        case "ls", "list": second = ["ps"]
        case "inspect": second = ["inspect", "--type", "container"]
        case "prune": return arguments
        case let word where word.utf8.first == 0x2D: return arguments
        case let word: second = [word]
        }
        return arguments[..<at] + second + arguments[(at + 2)...]
    }

    /// The place of the verb, and whether a flag before it is one that engines alone write.
    private static func verb(in arguments: [String]) -> (Int?, Bool) {
        var at = 0
        var isEngine = false
        while at < arguments.count {
            let word = arguments[at]
            guard word.utf8.first == 0x2D else { return (at, isEngine) }
            let (name, value) = split(String(word.drop { $0 == "-" }), at: equals)
            switch name {
            case "log", "log-format", "criu", "systemd-cgroup": isEngine = true
            default: break
            }
            let takesValue = [
                "root", "data-root", "log", "log-format", "log-level", "cgroup-manager", "rootless", "criu",
            ]
            at += takesValue.contains(name) && value == nil ? 2 : 1
        }
        return (nil, isEngine)
    }

    private static func language(_ verb: String, _ rest: [String], _ witness: Witness) -> Language {
        switch verb {
        case "attach", "container", "cp", "diff", "inspect", "logs", "network", "port", "rename", "restart",
            "rm", "stats", "stop", "top", "unpause", "volume", "wait":
            return .user
        // Without an operand a list, with one the processes or events of a container, as runtimes have it.
        case "ps", "events":
            return operands(rest, of: verb).isEmpty && !asksForRuntimesHelp(rest) ? .user : .runtime
        case "run", "create":
            return making(verb, rest, witness)
        case "start", "kill", "exec", "pause", "update":
            return handling(verb, rest, witness)
        default: return .runtime
        }
    }

    /// `run` and `create`: of a bundle or of an image.
    private static func making(_ verb: String, _ rest: [String], _ witness: Witness) -> Language {
        // How engines begin: known without the table of people's flags, which takes long to make.
        if let first = rest.first, first == "--bundle" || first == "-b" { return .runtime }
        if asksForRuntimesHelp(rest) { return .runtime }
        let scan = Scan(rest, verb)
        if let language = scan.decided { return language }
        guard let name = scan.operand else {
            // runc's suites ask for errors; a person is told what run needs.
            return rest.isEmpty && witness.hasConfiguration() ? .runtime : .user
        }
        // A reference: no id holds these, unless it is a path that a runtime is to refuse.
        let first = name.utf8.first
        let isReference = name.utf8.contains { $0 == colon || $0 == slash || $0 == 0x40 }
        if isReference, first != slash, first != UInt8(ascii: ".") { return .user }
        // Runtimes let flags stand behind the id.
        let later = Scan(scan.rest, verb)
        if later.decided == .runtime, later.isWholly { return .runtime }
        if !scan.rest.isEmpty, !later.isWholly { return .user }
        return witness.hasConfiguration() ? .runtime : .user
    }

    /// Verbs that both have for a container that there is.
    private static func handling(_ verb: String, _ rest: [String], _ witness: Witness) -> Language {
        if asksForRuntimesHelp(rest) { return .runtime }
        let scan = Scan(rest, verb)
        // A runtime always has the id of a container; `--all` of people stands for names.
        guard let name = scan.operand else { return rest.isEmpty ? .runtime : .user }
        if let language = scan.decided { return language }
        // A runtime takes one id, and kill a signal.
        if verb != "exec" {
            let later = Scan(scan.rest, verb)
            if let language = later.decided { return language }
            let most = verb == "kill" ? 1 : 0
            if operands(scan.rest, of: verb).count > most { return .user }
        }
        return witness.isUsers(name) ? .user : .runtime
    }

    /// `-h` alone; people write `--help`, since with them -h is a host name.
    private static func asksForRuntimesHelp(_ rest: [String]) -> Bool { rest == ["-h"] || rest == ["-?"] }

    private static func operands(_ rest: [String], of verb: String) -> [String] {
        guard let table = UserLine.table(of: verb) else { return [] }
        var found: [String] = []
        var at = 0
        while at < rest.count {
            let word = rest[at]
            at += 1
            guard word.utf8.first == 0x2D, word.utf8.count > 1 else {
                found.append(word)
                continue
            }
            if word == "--" { return found + rest[at...] }
            if Scan.takesNext(word, table) { at += 1 }
        }
        return found
    }
}

/// The flags before the first operand.
private struct Scan {
    /// The language of the first flag that only one of them has.
    var decided: Language?
    var operand: String?
    /// What follows the first operand.
    var rest: [String] = []
    /// Whether there are flags alone.
    var isWholly: Bool { operand == nil }

    init(_ words: [String], _ verb: String) {
        guard let table = UserLine.table(of: verb) else { return }
        let runtimes = Scan.runtimes(verb)
        var at = 0
        while at < words.count {
            let word = words[at]
            guard word.utf8.first == 0x2D, word.utf8.count > 1, word != "--" else {
                let place = word == "--" ? at + 1 : at
                if place < words.count {
                    operand = words[place]
                    rest = Array(words[(place + 1)...])
                }
                return
            }
            let dashes = word.hasPrefix("--") ? 2 : 1
            let (name, value) = split(String(word.dropFirst(dashes)), at: equals)
            if let flag = runtimes.first(where: { $0.name == name }) {
                decided = decided ?? .runtime
                at += flag.takesValue && value == nil ? 2 : 1
                continue
            }
            let letter = word.utf8[word.utf8.index(after: word.utf8.startIndex)]
            if dashes == 1, let flag = runtimes.first(where: { $0.letter == letter }) {
                decided = decided ?? .runtime
                at += flag.takesValue && word.utf8.count == 2 ? 2 : 1
                continue
            }
            if !Scan.isShared(word, name, dashes, verb) { decided = decided ?? .user }
            at += Scan.takesNext(word, table) ? 2 : 1
        }
    }

    /// Flags that both languages have for a verb, with the same meaning.
    private static func isShared(_ word: String, _ name: String, _ dashes: Int, _ verb: String) -> Bool {
        let (names, letters): ([String], String)
        switch verb {
        case "run": (names, letters) = (["detach", "preserve-fds"], "d")
        case "create": (names, letters) = (["preserve-fds"], "")
        case "exec": (names, letters) = (["env", "tty", "user", "detach", "preserve-fds"], "etud")
        case "update":
            (names, letters) = (
                [
                    "memory", "memory-reservation", "memory-swap", "cpu-shares", "cpu-quota", "cpu-period",
                    "cpu-rt-runtime", "cpu-rt-period", "cpuset-cpus", "cpuset-mems", "pids-limit",
                    "blkio-weight", "kernel-memory",
                ], ""
            )
        default: return name == "help"
        }
        if names.contains(name) || name == "help" { return true }
        guard dashes == 1, !letters.isEmpty else { return false }
        let bundle = word.dropFirst()
        // What follows a letter with a value is the value.
        for letter in bundle {
            guard letters.contains(letter) else { return false }
            if letter == "e" || letter == "u" { return true }
        }
        return true
    }

    /// Whether the argument after this flag is its value, as people's flags have it.
    static func takesNext(_ word: String, _ table: Table) -> Bool {
        if word.hasPrefix("--") {
            let (name, value) = split(String(word.dropFirst(2)), at: equals)
            guard value == nil, let flag = table.flags.flag(named: name) else { return false }
            return flag.form.value != nil
        }
        let letters = Array(word.utf8.dropFirst())
        for (index, letter) in letters.enumerated() {
            guard let flag = table.flags.flag(lettered: letter) else { return false }
            if flag.form.value != nil { return index == letters.count - 1 }
        }
        return false
    }

    private struct RuntimeFlag {
        let name: String
        let letter: UInt8?
        let takesValue: Bool

        init(_ name: String, _ letter: Character? = nil, takesValue: Bool = true) {
            self.name = name
            self.letter = letter?.asciiValue
            self.takesValue = takesValue
        }
    }

    /// Flags that only runtimes have for a verb.
    private static func runtimes(_ verb: String) -> [RuntimeFlag] {
        switch verb {
        case "run", "create":
            [
                RuntimeFlag("bundle", "b"), RuntimeFlag("console-socket"), RuntimeFlag("pid-file"),
                RuntimeFlag("config", "f"), RuntimeFlag("no-pivot", takesValue: false),
                RuntimeFlag("no-subreaper", takesValue: false),
                RuntimeFlag("no-new-keyring", takesValue: false), RuntimeFlag("keep", takesValue: false),
            ]
        case "exec":
            [
                RuntimeFlag("process", "p"), RuntimeFlag("cwd"), RuntimeFlag("additional-gids", "g"),
                RuntimeFlag("console-socket"), RuntimeFlag("pid-file"), RuntimeFlag("process-label"),
                RuntimeFlag("apparmor"), RuntimeFlag("no-new-privs", takesValue: false),
                RuntimeFlag("cap", "c"), RuntimeFlag("cgroup"),
                RuntimeFlag("ignore-paused", takesValue: false),
            ]
        case "kill":
            [RuntimeFlag("all", "a", takesValue: false), RuntimeFlag("regex", "r", takesValue: false)]
        case "update":
            [
                RuntimeFlag("resources", "r"), RuntimeFlag("cpu-share"), RuntimeFlag("cpu-burst"),
                RuntimeFlag("cpu-idle"), RuntimeFlag("kernel-memory-tcp"), RuntimeFlag("l3-cache-schema"),
                RuntimeFlag("mem-bw-schema"),
            ]
        default: []
        }
    }
}
