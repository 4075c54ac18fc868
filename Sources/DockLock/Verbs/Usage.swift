/// Reads command lines. `arguments` are those after the program's name.
public enum Usage {
    /// The command line as a value.
    /// - Throws: `UsageError`, whose text names the flag or operand and what was wrong with it.
    public static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        var head = Parser(globalTable, arguments, from: 0, verb: nil, options: Head())
        guard case .operands(let operands) = try head.parse() else {
            return Invocation(globals: head.options.globals, verb: .help(topic: nil))
        }
        if head.options.version { return Invocation(globals: head.options.globals, verb: .version) }
        guard let name = operands.first else { throw UsageError("no verb was given") }
        let verb = try parseVerb(name, operands)
        return Invocation(globals: head.options.globals, verb: verb)
    }

    /// `arguments` begin with the verb's name.
    private static func parseVerb(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        switch name {
        case "create", "run": return try parseContainer(name, arguments)
        case "exec": return try parseExec(arguments)
        case "ps": return try parsePs(arguments)
        case "kill", "delete", "list": return try parseMany(name, arguments)
        case "update", "events": return try parseLive(name, arguments)
        case "checkpoint", "restore": return try parseCriu(name, arguments)
        case "help", "h":
            guard arguments.count > 1 else { return .help(topic: nil) }
            guard knows(arguments[1]) else { throw noTopic(arguments[1]) }
            return .help(topic: arguments[1])
        case "version": return .version
        case "spec":
            var options = SpecOptions()
            return try take(specTable, arguments, into: &options) == nil ? .help(topic: name) : .spec(options)
        default: return try parsePlain(name, arguments)
        }
    }

    private static func parsePlain(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        guard let table = plainTables.first(where: { $0.verb == name }) else {
            if arguments.contains("-h") || arguments.contains("--help") { throw noTopic(name) }
            let near = nearest(name, among: verbs.map(\.name))
            throw UsageError("there is no verb \"\(name)\"" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        var options = NoOptions()
        guard let operands = try take(table, arguments, into: &options) else { return .help(topic: name) }
        if name == "features" { return .features }
        if name == "repair", operands.isEmpty { return .repair(id: nil) }
        let id = try checked(operands[0], name)
        switch name {
        case "start": return .start(id: id)
        case "state": return .state(id: id)
        case "pause": return .pause(id: id)
        case "resume": return .resume(id: id)
        default: return .repair(id: id)
        }
    }

    private static func parseContainer(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        var options = CreateOptions()
        let table = name == "run" ? runTable : createTable
        guard let operands = try take(table, arguments, into: &options) else { return .help(topic: name) }
        options.id = try checked(operands[0], name)
        return name == "run" ? .run(options) : .create(options)
    }

    private static func parseExec(_ arguments: [String]) throws(UsageError) -> Verb {
        var options = ExecOptions()
        guard let operands = try take(execTable, arguments, into: &options) else {
            return .help(topic: "exec")
        }
        options.id = try checked(operands[0], "exec")
        options.args = Array(operands.dropFirst())
        if options.processFile == nil, options.args.isEmpty {
            throw UsageError("exec needs a command after the id, or --process", verb: "exec")
        }
        if options.processFile != nil, !options.args.isEmpty {
            throw UsageError("exec takes a command or --process, not both", verb: "exec")
        }
        if options.cgroups.count > 1, let bare = options.cgroups.first(where: { $0.controllers.isEmpty }) {
            throw UsageError("--cgroup: \"\(bare.path)\" names no controller beside others", verb: "exec")
        }
        return .exec(options)
    }

    private static func parsePs(_ arguments: [String]) throws(UsageError) -> Verb {
        var options = PsOptions()
        guard let operands = try take(psTable, arguments, into: &options) else { return .help(topic: "ps") }
        options.id = try checked(operands[0], "ps")
        options.psArgs = Array(operands.dropFirst())
        return .ps(options)
    }

    /// Verbs that reach for several containers.
    private static func parseMany(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        if name == "list" {
            var options = ListOptions()
            return try take(listTable, arguments, into: &options) == nil ? .help(topic: name) : .list(options)
        }
        if name == "delete" {
            var options = DeleteOptions()
            guard let operands = try take(deleteTable, arguments, into: &options) else {
                return .help(topic: name)
            }
            options.id = try checked(operands[0], name, isPattern: options.isPattern)
            return .delete(options)
        }
        var options = KillOptions()
        guard let operands = try take(killTable, arguments, into: &options) else { return .help(topic: name) }
        options.id = try checked(operands[0], name, isPattern: options.isPattern)
        if operands.count > 1 {
            guard let signal = Signals.number(operands[1]) else {
                throw UsageError("there is no signal \"\(operands[1])\"", verb: name)
            }
            options.signal = signal
        }
        return .kill(options)
    }

    /// Verbs for a container that runs.
    private static func parseLive(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        if name == "events" {
            var options = EventsOptions()
            guard let operands = try take(eventsTable, arguments, into: &options) else {
                return .help(topic: name)
            }
            options.id = try checked(operands[0], name)
            return .events(options)
        }
        var options = UpdateOptions()
        guard let operands = try take(updateTable, arguments, into: &options) else {
            return .help(topic: name)
        }
        options.id = try checked(operands[0], name)
        return .update(options)
    }

    private static func parseCriu(_ name: String, _ arguments: [String]) throws(UsageError) -> Verb {
        if name == "restore" {
            var options = RestoreOptions()
            guard let operands = try take(restoreTable, arguments, into: &options) else {
                return .help(topic: name)
            }
            options.create.id = try checked(operands[0], name)
            return .restore(options)
        }
        var options = CheckpointOptions()
        guard let operands = try take(checkpointTable, arguments, into: &options) else {
            return .help(topic: name)
        }
        options.id = try checked(operands[0], name)
        return .checkpoint(options)
    }

    /// The operands of a verb, counted; nil where help is asked for.
    private static func take<Options>(
        _ table: Table<Options>, _ arguments: [String], into options: inout Options
    ) throws(UsageError) -> [String]? {
        let verb = table.verb
        var parser = Parser(table, arguments, from: 1, verb: verb, options: options)
        guard case .operands(let operands) = try parser.parse() else { return nil }
        options = parser.options
        if operands.count < table.operands.fewest {
            throw UsageError("\(verb) needs the id of a container", verb: verb)
        }
        if operands.count > table.operands.most {
            let extra = operands[table.operands.most]
            let words = table.operands.words.isEmpty ? "no operands" : "only \(table.operands.words)"
            throw UsageError("\(verb) takes \(words); \"\(extra)\" is one too many", verb: verb)
        }
        return operands
    }

    private static func checked(
        _ id: String, _ verb: String, isPattern: Bool = false
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
