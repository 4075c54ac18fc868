import Manifest

/// Work on the tree of a stage, all words expanded.
public enum StageWork: Sendable, Equatable {
    /// The instruction changed the configuration alone.
    case nothing
    /// A folder must be there: an absolute path.
    case folder(String)
    case copy(CopyWork)
    case run(RunWork)
}

/// `COPY` or `ADD`.
public struct CopyWork: Sendable, Equatable {
    public var isAdd: Bool
    public var from: String?
    /// `user[:group]`, names or numbers.
    public var owner: String?
    /// Twelve bits.
    public var mode: UInt32?
    public var sources: [String]
    /// Files whose content stands in the Containerfile.
    public var documents: [(name: String, text: String)]
    /// An absolute path; with a slash at its end where it must be a folder.
    public var destination: String

    public static func == (one: CopyWork, other: CopyWork) -> Bool {
        one.isAdd == other.isAdd && one.from == other.from && one.owner == other.owner
            && one.mode == other.mode && one.sources == other.sources
            && one.destination == other.destination
            && one.documents.elementsEqual(other.documents, by: { $0 == $1 })
    }
}

/// `RUN`.
public struct RunWork: Sendable, Equatable {
    public var arguments: [String]
    /// The image's variables and the stage's, without those of proxies.
    public var environment: [String]
    /// Of proxies.
    public var proxies: [String]
    public var network: BuildNetwork?
}

/// A stage while its instructions are carried out: the configuration so far, and the variables.
public struct StageState: Sendable {
    /// The configuration so far.
    public private(set) var run: Execution
    private let escape: Character
    private let arguments: BuildArguments
    private let globals: [Pair]
    private var declared: [Pair] = []
    private var hasCommand = false
    private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Begins with a base image's configuration.
    public init(
        _ base: Execution, _ file: Containerfile, _ arguments: BuildArguments, _ globals: GlobalArguments
    ) {
        run = base
        escape = file.escape
        self.arguments = arguments
        self.globals = globals.values
        if !run.env.contains(where: { $0.hasPrefix("PATH=") }) { run.env.append(Self.path) }
    }

    /// Takes an instruction into the configuration, and says what is to be done with the tree.
    public mutating func take(_ instruction: Instruction) throws(ContainerfileError) -> StageWork {
        do throws(ExpansionError) {
            return try carryOut(instruction)
        } catch {
            throw ContainerfileError(
                line: instruction.line, instruction: instruction.name, error.problem)
        }
    }

    /// Sets labels that no instruction says.
    public mutating func label(_ labels: [Pair]) {
        for label in labels { run.labels.set(label.key, label.value) }
    }

    private mutating func carryOut(_ instruction: Instruction) throws(ExpansionError) -> StageWork {
        switch instruction.body {
        case .arg(let assignments): for assignment in assignments { try declare(assignment) }
        case .env(let assignments):
            // All of one instruction see what was before it.
            for pair in try pairs(assignments) { setVariable(pair) }
        case .label(let assignments): label(try pairs(assignments))
        case .cmd(let form): (run.cmd, hasCommand) = (words(of: form), true)
        case .entrypoint(let form):
            run.entrypoint = words(of: form)
            // The base image's command was for the base image's entry point.
            if !hasCommand { run.cmd = nil }
        case .shell(let words): run.shell = words
        case .expose(let text): try expose(text)
        case .volume(let paths):
            for path in paths {
                let path = try word(path)
                if !run.volumes.contains(path) { run.volumes.append(path) }
            }
        case .user(let text): run.user = try filled(text)
        case .workdir(let text):
            run.workingDir = Self.absolute(try filled(text), in: run.workingDir)
            return .folder(run.workingDir)
        case .stopSignal(let text): run.stopSignal = try filled(text)
        case .healthcheck(let health): run.healthcheck = healthcheck(health)
        case .run(let form, let network):
            let (environment, proxies) = environment()
            return .run(
                RunWork(
                    arguments: words(of: form), environment: environment, proxies: proxies, network: network))
        case .copy(let copy): return .copy(try copyWork(copy))
        }
        return .nothing
    }

    // MARK: Variables

    private func value(_ name: String) -> String? {
        let prefix = name + "="
        if let entry = run.env.last(where: { $0.hasPrefix(prefix) }) {
            return String(entry.dropFirst(prefix.count))
        }
        return declared[name]
    }

    private func word(_ text: String) throws(ExpansionError) -> String {
        try Expansion.word(text, escape: escape) { value($0) }
    }

    private func expandedWords(_ text: String) throws(ExpansionError) -> [String] {
        try Expansion.words(text, escape: escape) { value($0) }
    }

    private func filled(_ text: String) throws(ExpansionError) -> String {
        let word = try word(text)
        guard !word.isEmpty else { throw ExpansionError("a variable leaves nothing of it") }
        return word
    }

    private func pairs(_ assignments: [Assignment]) throws(ExpansionError) -> [Pair] {
        var pairs: [Pair] = []
        for assignment in assignments {
            let name = try word(assignment.name)
            guard !name.isEmpty else { throw ExpansionError("a name is empty") }
            pairs.append(Pair(name, try word(assignment.value ?? "")))
        }
        return pairs
    }

    private mutating func declare(_ assignment: Assignment) throws(ExpansionError) {
        let name = assignment.name
        let value: String?
        if let given = arguments.given[name] {
            value = given
        } else if let text = assignment.value {
            value = try word(text)
        } else {
            value = globals[name] ?? arguments.platforms[name]
        }
        // Declared without a value, it hides nothing that an earlier ARG said.
        if let value { declared.set(name, value) }
    }

    private mutating func setVariable(_ pair: Pair) {
        let entry = pair.key + "=" + pair.value
        if let place = run.env.firstIndex(where: { $0.hasPrefix(pair.key + "=") }) {
            run.env[place] = entry
        } else {
            run.env.append(entry)
        }
    }

    private func environment() -> (own: [String], proxies: [String]) {
        func isSet(_ name: String) -> Bool { run.env.contains { $0.hasPrefix(name + "=") } }
        let own = declared.filter { !isSet($0.key) }.map { $0.key + "=" + $0.value }
        let proxies = arguments.given.filter { pair in
            BuildArguments.proxies.contains(pair.key) && !isSet(pair.key) && declared[pair.key] == nil
        }
        return (run.env + own, proxies.map { $0.key + "=" + $0.value })
    }

    // MARK: Instructions

    private func words(of form: CommandForm) -> [String] {
        switch form {
        case .exec(let words): words
        case .shell(let line): (run.shell.isEmpty ? ["/bin/sh", "-c"] : run.shell) + [line]
        }
    }

    private mutating func expose(_ text: String) throws(ExpansionError) {
        var seen = Set(run.exposedPorts)
        for word in try expandedWords(text) {
            let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let kind = parts.count > 1 ? parts[1].lowercased() : "tcp"
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            guard ["tcp", "udp", "sctp"].contains(kind), (1...2).contains(ends.count), let low = ends[0],
                let high = ends[ends.count - 1], low > 0, low <= high
            else { throw ExpansionError("\"\(ContainerfileError.shown(word))\" is no port") }
            for port in low...high where seen.insert("\(port)/\(kind)").inserted {
                run.exposedPorts.append("\(port)/\(kind)")
            }
        }
    }

    private func healthcheck(_ health: HealthInstruction) -> Execution.Healthcheck {
        var made = Execution.Healthcheck(test: ["NONE"])
        switch health.command {
        case nil: return made
        case .exec(let words)?: made.test = ["CMD"] + words
        case .shell(let line)?: made.test = ["CMD-SHELL", line]
        }
        made.intervalNanos = health.intervalNanos
        made.timeoutNanos = health.timeoutNanos
        made.startPeriodNanos = health.startPeriodNanos
        made.startIntervalNanos = health.startIntervalNanos
        made.retries = health.retries
        return made
    }

    private func copyWork(_ copy: CopyInstruction) throws(ExpansionError) -> CopyWork {
        var sources: [String] = []
        for source in copy.sources { sources.append(try filled(source)) }
        for source in sources where copy.isAdd && Self.isRemote(source) {
            throw ExpansionError("\(ContainerfileError.shown(source)): only what is in the context is added")
        }
        var documents: [(name: String, text: String)] = []
        for document in copy.documents {
            let text =
                try document.isLiteral
                ? document.text : Expansion.document(document.text, escape: escape) { value($0) }
            documents.append((document.name, text))
        }
        let destination = try filled(copy.destination)
        let isFolder = destination.hasSuffix("/") || destination == "." || destination.hasSuffix("/.")
        guard isFolder || sources.count + documents.count == 1 else {
            throw ExpansionError("of several sources the destination must be a folder and end with a slash")
        }
        let path = Self.absolute(destination, in: run.workingDir)
        var work = CopyWork(
            isAdd: copy.isAdd, from: nil, owner: nil, mode: nil, sources: sources, documents: documents,
            destination: isFolder && path != "/" ? path + "/" : path)
        if let from = copy.from { work.from = try filled(from) }
        if let chown = copy.chown { work.owner = try filled(chown) }
        if let chmod = copy.chmod {
            let text = try filled(chmod)
            guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
                throw ExpansionError("--chmod=\(ContainerfileError.shown(text)) is no mode in octal digits")
            }
            work.mode = mode
        }
        return work
    }

    private static func isRemote(_ source: String) -> Bool {
        ["http://", "https://", "ftp://", "git://", "git@"].contains { source.hasPrefix($0) }
    }

    /// A path from a folder, with `.` and `..` taken away.
    static func absolute(_ path: String, in folder: String) -> String {
        var steps: [Substring] = []
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        for step in whole.split(separator: "/") where step != "." {
            if step == ".." { _ = steps.popLast() } else { steps.append(step) }
        }
        return "/" + steps.joined(separator: "/")
    }
}
