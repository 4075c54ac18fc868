import JSON

/// What is known of a user's container, in `state.json` of its folder. Whoever reads it must ask whether the
/// keeper named here is alive: one that was killed could not write down its own end.
public struct KeptState: Sendable, Equatable {
    public enum Status: String, Sendable, Equatable {
        /// Being started, for the first time or again.
        case starting
        case running
        /// Waits for its next start.
        case restarting
        case exited
    }

    public var status = Status.starting
    /// The first process, as the host sees it; 0 while there is none.
    public var pid: Int32 = 0
    /// The keeper, and when it began, in clock ticks since boot: together they name it for good.
    public var keeperPid: Int32 = 0
    public var keeperStart: UInt64 = 0
    /// The last start; nil where it has never run.
    public var started: Moment?
    /// The last end; nil where it has never ended.
    public var finished: Moment?
    /// Of the last end: the exit code, or 128 + n after signal n.
    public var exitStatus: Int32 = 0
    /// Whether the kernel killed a process of it because its memory was used up.
    public var isOOMKilled = false
    /// Whether `stop` ended it: then a reboot does not start it again under `unless-stopped`.
    public var isStopped = false
    public var restarts: Int64 = 0
    /// Why it could not be started; empty where it could.
    public var error = ""
    /// Bytes of output that could not be written to the log.
    public var logLost: Int64 = 0
    public var policy = RestartPolicy()
    /// As docker's inspect shows it; nil without a health check.
    public var health: JSONNode?
    /// The same of `Keeping.readiness`.
    public var readiness: JSONNode?

    public init() {}

    public var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("version", .int(1)), .init("status", .string(status.rawValue)),
            .init("pid", .int(Int64(pid))), .init("keeperPid", .int(Int64(keeperPid))),
            .init("keeperStart", .uint(keeperStart)),
        ]
        if let started { members.append(.init("started", .string(started.text))) }
        if let finished { members.append(.init("finished", .string(finished.text))) }
        members += [
            .init("exitStatus", .int(Int64(exitStatus))), .init("oomKilled", .bool(isOOMKilled)),
            .init("stopped", .bool(isStopped)), .init("restarts", .int(restarts)),
            .init("error", .string(error)), .init("logLost", .int(logLost)), .init("policy", policy.node),
        ]
        if let health { members.append(.init("health", health)) }
        if let readiness { members.append(.init("readiness", readiness)) }
        return .object(members)
    }

    public init(decoding bytes: [UInt8]) throws(UpkeepError) {
        let json = try Fields.parse(bytes)
        let fields = Fields(json, "")
        guard try fields.int("version") == 1 else { throw UpkeepError("version: is not 1") }
        guard let status = Status(rawValue: try fields.string("status")) else {
            throw UpkeepError("status: is none of a container's")
        }
        self.status = status
        let pids = 0...Int64(Int32.max)
        pid = Int32(try fields.int("pid", in: pids))
        keeperPid = Int32(try fields.int("keeperPid", in: pids))
        guard let start = json["keeperStart"]?.uint else { throw fields.wrong("keeperStart", "is no number") }
        keeperStart = start
        started = try KeptState.moment(json["started"], "started")
        finished = try KeptState.moment(json["finished"], "finished")
        exitStatus = Int32(try fields.int("exitStatus", in: 0...255))
        isOOMKilled = try fields.bool("oomKilled")
        isStopped = try fields.bool("stopped")
        restarts = try fields.int("restarts", in: 0...Int64.max)
        error = try fields.string("error")
        logLost = try fields.int("logLost", in: 0...Int64.max)
        policy = try RestartPolicy(try fields.object("policy"))
        health = json["health"].map { JSONNode($0) }
        readiness = json["readiness"].map { JSONNode($0) }
    }

    private static func moment(_ json: JSON?, _ name: String) throws(UpkeepError) -> Moment? {
        guard let json else { return nil }
        guard let text = json.string, let moment = Moment(text.utf8) else {
            throw UpkeepError(name + ": is not a time of RFC 3339")
        }
        return moment
    }
}
