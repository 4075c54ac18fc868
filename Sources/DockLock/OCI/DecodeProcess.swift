import JSON

extension ProcessSpec {
    /// Reads the file of `exec --process`. Throws `JSONError` for the syntax, `SpecError` for the rest.
    public static func decode(_ bytes: [UInt8]) throws -> ProcessSpec {
        let process = try read(JSON.parse(bytes))
        try process.validate()
        return process
    }

    static func read(_ json: JSON) throws(SpecError) -> ProcessSpec {
        let json = try json.object()
        var process = ProcessSpec()
        process.terminal = try json.flag("terminal") ?? false
        process.consoleSize = try json.member("consoleSize", ConsoleSize.read)
        process.user = try json.member("user", User.read) ?? User()
        process.args = try json.texts("args")
        process.env = try json.texts("env")
        process.cwd = try required(json.text("cwd"), "cwd")
        try requireAbsolute(process.cwd, "cwd")
        process.capabilities = try json.member("capabilities", Capabilities.read)
        process.rlimits = try Rlimit.readAll(json)
        process.noNewPrivileges = try json.flag("noNewPrivileges") ?? false
        process.apparmorProfile = try json.fullText("apparmorProfile")
        process.selinuxLabel = try json.fullText("selinuxLabel")
        process.oomScoreAdj = try json.integer("oomScoreAdj", -1000...1000)
        process.scheduler = try json.member("scheduler", Scheduler.read)
        process.ioPriority = try json.member("ioPriority", IOPriority.read)
        process.execCPUAffinity = try json.member("execCPUAffinity", CPUAffinity.read)
        return process
    }

    /// Refuses a process that has nothing to run.
    public func validate() throws(SpecError) {
        guard let program = args.first else { throw SpecError(path: "args", problem: "must not be empty") }
        guard !program.isEmpty else { throw SpecError(path: "args[0]", problem: "must not be empty") }
    }
}

extension ConsoleSize {
    static func read(_ json: JSON) throws(SpecError) -> ConsoleSize {
        let json = try json.object()
        return ConsoleSize(
            height: try required(json.integer("height"), "height"),
            width: try required(json.integer("width"), "width"))
    }
}

extension User {
    /// The last number is no id: the system calls take it for "leave as it is".
    private static let ids: ClosedRange<UInt32> = 0...UInt32.max - 1

    static func read(_ json: JSON) throws(SpecError) -> User {
        let json = try json.object()
        var user = User()
        user.uid = try json.integer("uid", ids) ?? 0
        user.gid = try json.integer("gid", ids) ?? 0
        user.umask = try json.integer("umask", 0...0o777)
        user.additionalGids = try json.list("additionalGids") { (value) throws(SpecError) in
            let gid: UInt32 = try value.integer()
            guard ids.contains(gid) else { throw SpecError(path: "", problem: "is not a group id") }
            return gid
        }
        return user
    }
}

extension Capabilities {
    /// The number of a capability by its name, CAP_ and all.
    public static func number(named name: String) -> Int? {
        Words.capabilities.firstIndex { $0.description == name }
    }

    static func read(_ json: JSON) throws(SpecError) -> Capabilities {
        let json = try json.object()
        var sets = Capabilities()
        sets.bounding = try set(json, "bounding", &sets.unknown)
        sets.effective = try set(json, "effective", &sets.unknown)
        sets.inheritable = try set(json, "inheritable", &sets.unknown)
        sets.permitted = try set(json, "permitted", &sets.unknown)
        sets.ambient = try set(json, "ambient", &sets.unknown)
        return sets
    }

    private static func set(
        _ json: JSON, _ key: StaticString, _ unknown: inout [String]
    ) throws(SpecError) -> UInt64 {
        guard let array = json[key], !array.isNull else { return 0 }
        guard array.kind == .array else {
            throw SpecError(path: key.description, problem: "must be an array")
        }
        var mask: UInt64 = 0
        var index = 0
        for name in array.elements {
            if let number = Words.capabilities.firstIndex(where: { name.equals($0) }) {
                mask |= 1 << UInt64(number)
            } else {
                do throws(SpecError) {
                    let text = try name.text()
                    if !unknown.contains(text) { unknown.append(text) }
                } catch {
                    throw error.within(index).within(key)
                }
            }
            index += 1
        }
        return mask
    }
}

extension Rlimit {
    static func readAll(_ process: JSON) throws(SpecError) -> [Rlimit] {
        var seen: UInt32 = 0
        return try process.list("rlimits") { (json) throws(SpecError) in
            let limit = try read(json)
            guard seen & 1 << UInt32(limit.resource) == 0 else {
                throw SpecError(path: "type", problem: "\"\(limit.name)\" is given twice")
            }
            seen |= 1 << UInt32(limit.resource)
            return limit
        }
    }

    private static func read(_ json: JSON) throws(SpecError) -> Rlimit {
        let json = try json.object()
        let resource = try required(json.word("type", of: Words.rlimits), "type")
        let soft: UInt64 = try required(json.integer("soft"), "soft")
        let hard: UInt64 = try required(json.integer("hard"), "hard")
        guard soft <= hard else { throw SpecError(path: "soft", problem: "is above the hard limit") }
        return Rlimit(
            resource: Int(resource), name: Words.rlimits[Int(resource)].name.description, soft: soft,
            hard: hard)
    }
}

extension Scheduler {
    private static let fifo: UInt32 = 1
    private static let roundRobin: UInt32 = 2
    private static let deadline: UInt32 = 6

    static func read(_ json: JSON) throws(SpecError) -> Scheduler {
        let json = try json.object()
        var scheduler = Scheduler()
        scheduler.policy = try required(json.word("policy", of: Words.schedulerPolicies), "policy")
        scheduler.nice = try json.integer("nice", -20...19) ?? 0
        let priority: Int32 = try json.integer("priority", 0...99) ?? 0
        scheduler.priority = UInt32(priority)
        let flags = try json.list("flags") { (word) throws(SpecError) in
            UInt64(try word.word(of: Words.schedulerFlags))
        }
        scheduler.flags = flags.reduce(0, |)
        scheduler.runtime = try json.integer("runtime") ?? 0
        scheduler.deadline = try json.integer("deadline") ?? 0
        scheduler.period = try json.integer("period") ?? 0

        guard priority == 0 || scheduler.policy == fifo || scheduler.policy == roundRobin else {
            throw SpecError(path: "priority", problem: "belongs to SCHED_FIFO and SCHED_RR alone")
        }
        guard scheduler.runtime | scheduler.deadline | scheduler.period == 0 || scheduler.policy == deadline
        else { throw SpecError(path: "policy", problem: "takes no times: only SCHED_DEADLINE does") }
        return scheduler
    }
}

extension IOPriority {
    static func read(_ json: JSON) throws(SpecError) -> IOPriority {
        let json = try json.object()
        return IOPriority(
            ioClass: try required(json.word("class", of: Words.ioPriorityClasses), "class"),
            priority: try json.integer("priority", 0...7) ?? 0)
    }
}

extension CPUAffinity {
    static func read(_ json: JSON) throws(SpecError) -> CPUAffinity {
        let json = try json.object()
        return CPUAffinity(initial: try list(json, "initial"), final: try list(json, "final"))
    }

    private static func list(_ json: JSON, _ key: StaticString) throws(SpecError) -> [UInt32]? {
        guard let text = try json.fullText(key) else { return nil }
        do throws(SpecError) {
            return try NumberList.parse(text)
        } catch {
            throw error.within(key)
        }
    }
}
