import Verbs

/// What the flags of one command line have said so far; every verb's table writes to the
/// same kind of draft.
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
    var prune = PruneRequest()
}

/// One line of a verb's table.
struct Flag: TableFlag {
    let form: FlagForm
    let turn: (@Sendable (inout Draft, Bool) -> Void)?
    let set: (@Sendable (inout Draft, String) throws(Wrong) -> Void)?
}

extension Operands {
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
            let isMeant = flag.form.name == meant
            return isMeant || flag.form.letters == "f" ? Flag(flag, letters: isMeant ? "f" : "") : flag
        }
        return Table(verb, summary, operands, flags: changed, examples: examples)
    }
}
