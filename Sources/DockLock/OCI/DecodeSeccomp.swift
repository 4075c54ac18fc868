import JSON

extension SeccompSource {
    static func read(_ json: JSON) throws(SpecError) -> SeccompSource {
        let json = try json.object()
        var source = SeccompSource(bytes: json.bytes)
        source.listenerPath = try json.fullText("listenerPath")
        source.listenerMetadata = try json.fullText("listenerMetadata")
        guard source.listenerPath != nil || source.listenerMetadata == nil else {
            throw SpecError(path: "listenerMetadata", problem: "is for a listenerPath, which is missing")
        }
        return source
    }
}

extension Seccomp {
    /// Reads the filter that `Spec.decode` kept as bytes; the listener is the source's, which an engine
    /// may name elsewhere too. Throws `SpecError`, its path from the top of config.json.
    public static func decode(_ source: SeccompSource) throws -> Seccomp {
        let json = try JSON.parse(source.bytes)
        do throws(SpecError) {
            var seccomp = try read(json)
            seccomp.listenerPath = source.listenerPath
            seccomp.listenerMetadata = source.listenerMetadata
            guard source.listenerPath != nil || !seccomp.syscalls.contains(where: { $0.action == .notify })
            else { throw SpecError(path: "listenerPath", problem: "is missing: SCMP_ACT_NOTIFY needs it") }
            return seccomp
        } catch {
            throw error.within("linux.seccomp" as StaticString)
        }
    }

    private static func read(_ json: JSON) throws(SpecError) -> Seccomp {
        let json = try json.object()
        var seccomp = Seccomp()
        seccomp.defaultAction = try required(json.member("defaultAction", action), "defaultAction")
        guard seccomp.defaultAction != .notify else {
            throw SpecError(path: "defaultAction", problem: "SCMP_ACT_NOTIFY is for single calls")
        }
        seccomp.defaultErrnoRet = try json.integer("defaultErrnoRet", errnos)
        seccomp.architectures = try json.list("architectures") { (value) throws(SpecError) in
            try word(value, of: Words.seccompArchitectures)
        }
        seccomp.flags = try json.optionalList("flags") { (value) throws(SpecError) in
            try word(value, of: Words.seccompFlags)
        }
        seccomp.syscalls = try json.list("syscalls", Rule.read)
        return seccomp
    }

    /// What the kernel hands back as an errno.
    static let errnos: ClosedRange<UInt32> = 0...4095

    static func action(_ json: JSON) throws(SpecError) -> Action {
        let word = try json.text()
        guard let action = Action(rawValue: word) else {
            throw SpecError(path: "", problem: "\"\(word)\" is not an action")
        }
        return action
    }

    private static func word(_ json: JSON, of words: [StaticString]) throws(SpecError) -> String {
        for word in words where json.equals(word) { return word.description }
        throw SpecError(path: "", problem: "\"\(try json.text())\" is not known")
    }
}

extension Seccomp.Rule {
    static func read(_ json: JSON) throws(SpecError) -> Seccomp.Rule {
        let json = try json.object()
        var rule = Seccomp.Rule()
        rule.names = try json.texts("names")
        guard !rule.names.isEmpty else { throw SpecError(path: "names", problem: "must not be empty") }
        rule.action = try required(json.member("action", Seccomp.action), "action")
        // The runtime itself writes to the listener before anyone answers for it.
        if rule.action == .notify, let index = rule.names.firstIndex(of: "write") {
            let problem = "SCMP_ACT_NOTIFY cannot be used for the write syscall"
            throw SpecError(path: "names[\(index)]", problem: problem)
        }
        rule.errnoRet = try json.integer("errnoRet", Seccomp.errnos)
        rule.args = try json.list("args", Seccomp.Argument.read)
        return rule
    }
}

extension Seccomp.Argument {
    static func read(_ json: JSON) throws(SpecError) -> Seccomp.Argument {
        let json = try json.object()
        var argument = Seccomp.Argument()
        argument.index = try required(json.integer("index", 0...5), "index")
        argument.value = try required(json.integer("value"), "value")
        argument.valueTwo = try json.integer("valueTwo") ?? 0
        let word = try required(json.text("op"), "op")
        guard let comparison = Seccomp.Comparison(rawValue: word) else {
            throw SpecError(path: "op", problem: "\"\(word)\" is not a comparison")
        }
        argument.comparison = comparison
        return argument
    }
}
