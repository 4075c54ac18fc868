/// Reads command lines. `arguments` are those after the program's name.
public enum Usage {
    /// The command line as a value.
    /// - Throws: `UsageError`, whose text names the flag or operand and what was wrong with it.
    public static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        var draft = Draft()
        var parser = Parser(.runtimes, arguments, from: 0, verb: nil, permuted: false)
        let isHelp = try parser.parse(globalTable.flags, into: &draft)
        let globals = draft.globals
        if isHelp { return Invocation(globals: globals, verb: .help(topic: nil)) }
        if draft.version { return Invocation(globals: globals, verb: .version) }
        guard let name = parser.operands.first else { throw UsageError("no verb was given") }
        return Invocation(globals: globals, verb: try parseVerb(name, parser.operands))
    }

    /// `arguments` begin with the verb's name.
    private static func parseVerb(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        switch name {
        case "help", "h":
            guard arguments.count > 1 else { return .help(topic: nil) }
            guard knows(arguments[1]) else { throw noTopic(arguments[1]) }
            return .help(topic: arguments[1])
        case "version": return .version
        default: break
        }
        guard let table = table(of: name) else {
            if arguments.contains("-h") || arguments.contains("--help") { throw noTopic(name) }
            let near = nearest(name, among: tables.map(\.verb))
            throw UsageError("there is no verb \"\(name)\"" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        var draft = Draft()
        var parser = Parser(.runtimes, arguments, from: 1, verb: name, permuted: table.operands.permuted)
        if try parser.parse(table.flags, into: &draft) { return .help(topic: name) }
        let operands = parser.operands
        try count(operands, table)
        let isPattern = draft.kill.isPattern || draft.delete.isPattern
        let id = try operands.first.map { first throws(UsageError) in
            try checked(first, name, isPattern: isPattern)
        }
        return try verb(name, id, Array(operands.dropFirst()), draft)
    }

    /// The verb of a draft. `id` is nil only where the verb's table lets it be.
    private static func verb(
        _ name: String, _ id: String?, _ rest: [String], _ draft: Draft
    ) throws(UsageError) -> Verb {
        var draft = draft
        guard let id else {
            switch name {
            case "list": return .list(draft.list)
            case "spec": return .spec(draft.spec)
            case "features": return .features
            default: return .repair(id: nil)
            }
        }
        draft.create.id = id
        switch name {
        case "create": return .create(draft.create)
        case "run": return .run(draft.create)
        case "start": return .start(id: id)
        case "state": return .state(id: id)
        case "kill": return .kill(try kill(id, rest, draft.kill))
        case "delete":
            draft.delete.id = id
            return .delete(draft.delete)
        case "exec": return .exec(try exec(id, rest, draft.exec))
        case "ps":
            draft.ps.id = id
            draft.ps.psArgs = rest
            return .ps(draft.ps)
        case "pause": return .pause(id: id)
        case "resume": return .resume(id: id)
        case "update":
            draft.update.id = id
            return .update(draft.update)
        case "events":
            draft.events.id = id
            return .events(draft.events)
        case "checkpoint":
            draft.checkpoint.id = id
            draft.checkpoint.criu = draft.criu
            return .checkpoint(draft.checkpoint)
        case "restore":
            draft.restore.create = draft.create
            draft.restore.criu = draft.criu
            return .restore(draft.restore)
        default: return .repair(id: id)
        }
    }

    private static func kill(
        _ id: String, _ rest: [String], _ options: KillOptions
    ) throws(UsageError) -> KillOptions {
        var options = options
        options.id = id
        guard let word = rest.first else { return options }
        guard let signal = Signals.number(word) else {
            throw UsageError("there is no signal \"\(word)\"", verb: "kill")
        }
        options.signal = signal
        return options
    }

    private static func exec(
        _ id: String, _ args: [String], _ options: ExecOptions
    ) throws(UsageError) -> ExecOptions {
        var options = options
        options.id = id
        options.args = args
        if options.processFile == nil, args.isEmpty {
            throw UsageError("exec needs a command after the id, or --process", verb: "exec")
        }
        if options.processFile != nil, !args.isEmpty {
            throw UsageError("exec takes a command or --process, not both", verb: "exec")
        }
        if options.cgroups.count > 1, let bare = options.cgroups.first(where: { $0.controllers.isEmpty }) {
            throw UsageError("--cgroup: \"\(bare.path)\" names no controller beside others", verb: "exec")
        }
        return options
    }

    /// The table of a verb. No other verb's table is made: each is made when it is first asked for.
    private static func table(of verb: String) -> Table? {
        switch verb {
        case "create": createTable
        case "run": runTable
        case "exec": execTable
        case "kill": killTable
        case "delete": deleteTable
        case "list": listTable
        case "ps": psTable
        case "update": updateTable
        case "events": eventsTable
        case "spec": specTable
        case "checkpoint": checkpointTable
        case "restore": restoreTable
        default: plainTables.first { $0.verb == verb }
        }
    }

    private static func count(_ operands: [String], _ table: Table) throws(UsageError) {
        let verb = table.verb
        if operands.count < table.operands.fewest {
            throw UsageError("\(verb) needs the id of a container", verb: verb)
        }
        if operands.count > table.operands.most {
            let extra = operands[table.operands.most]
            let words = table.operands.words.isEmpty ? "no operands" : "only \(table.operands.words)"
            throw UsageError("\(verb) takes \(words); \"\(extra)\" is one too many", verb: verb)
        }
    }

    private static func checked(
        _ id: String, _ verb: String, isPattern: Bool
    ) throws(UsageError) -> String {
        if isPattern {
            do throws(PatternError) { _ = try Pattern(id) } catch {
                throw UsageError("--regex: \"\(id)\": \(error.problem)", verb: verb)
            }
        } else if let problem = ContainerID.problem(id) {
            throw UsageError("\(verb): \(problem)", verb: verb)
        }
        return id
    }

    /// In runc's words, which its callers look for.
    private static func noTopic(_ name: String) -> UsageError {
        UsageError("No help topic for '\(name)'")
    }
}
