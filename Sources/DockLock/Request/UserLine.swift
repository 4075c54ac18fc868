import Verbs

/// Reads the command lines of people: docker's and podman's words.
public enum UserLine {
    /// The exit status of a command line that is refused, as docker's and podman's.
    public static let refused: Int32 = 125

    /// The command line as a value. `arguments` begin with the verb.
    /// - Throws: `UsageError`, whose text names the flag or operand and what was wrong with it.
    public static func parse(_ arguments: [String]) throws(UsageError) -> UserVerb {
        guard let verb = arguments.first else { throw UsageError("no verb was given") }
        guard let table = table(of: verb) else {
            let near = nearest(verb, among: verbs).map { "; did you mean \($0)?" } ?? ""
            throw UsageError("there is no verb \"\(verb)\"\(near)")
        }
        var draft = Draft()
        var parser = Parser(.people, arguments, from: 1, verb: verb, permuted: table.operands.permuted)
        let isHelp = try parser.parse(table.lettered(for: arguments).flags, into: &draft)
        if isHelp { return .help(topic: verb) }
        try count(parser.operands, table)
        for operand in parser.operands where operand.utf8.contains(0) {
            throw UsageError("an operand holds a NUL byte", verb: verb)
        }
        return try value(verb, parser.operands, draft)
    }

    /// The verbs that people have.
    public static let verbs = [
        "run", "create", "start", "attach", "stop", "restart", "kill", "pause", "unpause", "wait", "rm", "ps",
        "logs", "exec", "stats", "top", "port", "inspect", "diff", "events", "cp", "rename", "update",
        "container", "volume", "network",
    ]

    /// The table of a verb. No other verb's table is made: each is made when it is first asked for.
    static func table(of verb: String) -> Table? {
        switch verb {
        case "run": runTable
        case "create": createTable
        case "start": startTable
        case "attach": attachTable
        case "stop": stopTable
        case "restart": restartTable
        case "kill": killTable
        case "pause": pauseTable
        case "unpause": unpauseTable
        case "wait": waitTable
        case "rm": removeTable
        case "ps": listTable
        case "logs": logsTable
        case "exec": execTable
        case "stats": statsTable
        case "top": topTable
        case "port": portTable
        case "inspect": inspectTable
        case "diff": diffTable
        case "events": eventsTable
        case "cp": copyTable
        case "rename": renameTable
        case "update": updateTable
        case "container": containerTable
        case "volume": volumeTable
        case "network": networkTable
        default: nil
        }
    }

    private static func count(_ operands: [String], _ table: Table) throws(UsageError) {
        let verb = table.verb
        if operands.count < table.operands.fewest {
            throw UsageError("\(verb) needs \(table.operands.words)", verb: verb)
        }
        if operands.count > table.operands.most {
            let extra = operands[table.operands.most]
            let words = table.operands.words.isEmpty ? "no operands" : "only \(table.operands.words)"
            throw UsageError("\(verb) takes \(words); \"\(extra)\" is one too many", verb: verb)
        }
        for operand in operands.prefix(table.operands.permuted ? operands.count : 1) where operand.isEmpty {
            throw UsageError("\(verb): an operand is empty", verb: verb)
        }
    }

    private static func value(
        _ verb: String, _ operands: [String], _ draft: Draft
    ) throws(UsageError) -> UserVerb {
        switch verb {
        case "run": return .run(try container(verb, operands, draft))
        case "create": return .create(try container(verb, operands, draft))
        case "start", "attach":
            var start = draft.start
            start.containers = operands
            try chosen(verb, operands, start.all)
            let isShown = start.attaches || start.isInteractive
            if isShown, operands.count > 1 {
                throw UsageError("start can attach to one container only", verb: verb)
            }
            return verb == "start" ? .start(start) : .attach(start)
        case "stop", "restart", "kill", "pause", "unpause": return try stop(verb, operands, draft.stop)
        case "wait":
            var wait = draft.wait
            wait.containers = operands
            return .wait(wait)
        case "rm":
            var remove = draft.remove
            remove.containers = operands
            try chosen(verb, operands, remove.all)
            if remove.timeout != nil, !remove.force { throw UsageError("--time needs --force", verb: verb) }
            return .remove(remove)
        case "ps": return .list(draft.list)
        case "logs":
            var logs = draft.logs
            logs.containers = operands
            return .logs(logs)
        case "exec":
            var exec = draft.exec
            exec.container = operands[0]
            exec.command = Array(operands.dropFirst())
            return .exec(exec)
        case "cp": return .copy(try copy(operands, draft.copy))
        case "rename":
            guard isName(operands[1]) else {
                throw UsageError("rename: \"\(operands[1])\" is not a name", verb: verb)
            }
            return .rename(container: operands[0], name: operands[1])
        case "update": return try update(operands, draft)
        case "container":
            guard operands[0] == "prune" else {
                throw UsageError("container knows no \"\(operands[0])\"", verb: verb)
            }
            return .prune(draft.prune)
        case "volume": return .volume(try volume(operands, draft.volume))
        case "network": return .network(try draft.network.taking(operands))
        default: return try look(verb, operands, draft.look)
        }
    }

    private static func stop(
        _ verb: String, _ operands: [String], _ draft: StopRequest
    ) throws(UsageError) -> UserVerb {
        var stop = draft
        stop.containers = operands
        try chosen(verb, operands, stop.all)
        switch verb {
        case "stop": return .stop(stop)
        case "restart": return .restart(stop)
        case "kill": return .kill(stop)
        case "pause": return .pause(stop)
        default: return .unpause(stop)
        }
    }

    private static func look(
        _ verb: String, _ operands: [String], _ draft: LookRequest
    ) throws(UsageError) -> UserVerb {
        var look = draft
        let isOfOne = verb == "top" || verb == "port"
        look.subjects = isOfOne ? Array(operands.prefix(1)) : operands
        look.rest = isOfOne ? Array(operands.dropFirst()) : []
        switch verb {
        case "stats": return .stats(look)
        case "top": return .top(look)
        case "port":
            try chosen(verb, operands, look.all)
            return .port(look)
        case "inspect": return .inspect(look)
        case "diff": return .diff(look)
        default: return .events(look)
        }
    }

    private static func copy(_ operands: [String], _ draft: CopyRequest) throws(UsageError) -> CopyRequest {
        var copy = draft
        copy.source = end(operands[0])
        copy.destination = end(operands[1])
        let isInside = [copy.source, copy.destination].contains {
            if case .container = $0 { true } else { false }
        }
        guard isInside else { throw UsageError("cp: neither side names a container", verb: "cp") }
        return copy
    }

    /// A side of `cp`: with a colon before any slash it is a container's, as docker has it.
    private static func end(_ text: String) -> CopyRequest.End {
        if text == "-" { return .stream }
        let (before, after) = split(text, at: colon)
        guard let after, !before.isEmpty, !before.utf8.contains(slash), before.utf8.first != UInt8(ascii: ".")
        else { return .host(text) }
        return .container(before, path: after)
    }

    private static func update(_ operands: [String], _ draft: Draft) throws(UsageError) -> UserVerb {
        let resources = draft.container.resources
        if resources == ResourceRequest(), draft.restart == nil {
            throw UsageError("update: no flag says what to change", verb: "update")
        }
        try refuseConflicts(resources, verb: "update")
        return .update(containers: operands, resources, draft.restart)
    }

    private static func volume(
        _ operands: [String], _ draft: VolumeRequest
    ) throws(UsageError) -> VolumeRequest {
        var volume = draft
        let words = ["list": "ls", "remove": "rm"]
        guard let action = VolumeRequest.Action(rawValue: words[operands[0]] ?? operands[0]) else {
            let known = VolumeRequest.Action.allCases.map(\.rawValue)
            let near = nearest(operands[0], among: known).map { "; did you mean \($0)?" } ?? ""
            throw UsageError("volume knows no \"\(operands[0])\"\(near)", verb: "volume")
        }
        volume.action = action
        volume.names = Array(operands.dropFirst())
        let count = volume.names.count
        switch action {
        case .create where count > 1, .exists where count != 1, .list where count > 0, .prune where count > 0:
            throw UsageError("volume \(action.rawValue) does not take \(count) names", verb: "volume")
        case .remove, .inspect: try chosen("volume \(action.rawValue)", volume.names, volume.all)
        default: break
        }
        for name in volume.names where !isName(name) {
            throw UsageError("volume: \"\(name)\" is not a name", verb: "volume")
        }
        return volume
    }

    /// Refuses a verb that was told neither which nor `--all`, and one that was told both.
    private static func chosen(_ verb: String, _ operands: [String], _ all: Bool) throws(UsageError) {
        if operands.isEmpty, !all { throw UsageError("\(verb) needs a name, or --all", verb: verb) }
        if !operands.isEmpty, all { throw UsageError("\(verb): --all takes no names", verb: verb) }
    }
}
