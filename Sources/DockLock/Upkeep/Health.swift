import JSON

/// How a container's health is asked for. Times in nanoseconds.
public struct HealthCheck: Sendable, Equatable {
    /// How it is looked.
    public enum Kind: String, Sendable, Equatable {
        /// A program in the container.
        case command
        /// A connection in the container's network, which needs no program of its image: `command` is the
        /// address and the port.
        case tcp
        /// The same, and a request of HTTP/1.1 there, which a status from 200 to 399 answers: after address
        /// and port the path and lines of the head.
        case http
    }

    /// What is done to a container that turned unhealthy.
    public enum Action: String, Sendable, Equatable { case none, kill, restart, stop }

    public var kind = Kind.command
    /// The program and its arguments; of CMD-SHELL, `/bin/sh -c` and the line.
    public var command: [String] = []
    /// Until the first look; nil for the interval.
    public var delay: Int64?
    /// Successes in a row that make it healthy.
    public var successes: Int64 = 1
    public var action = Action.none
    public var interval: Int64 = 30_000_000_000
    public var timeout: Int64 = 30_000_000_000
    /// Failures before this has passed do not count.
    public var startPeriod: Int64 = 0
    /// The interval within the start period.
    public var startInterval: Int64 = 5_000_000_000
    /// Failures in a row that make it unhealthy.
    public var retries: Int64 = 3

    public init(command: [String]) { self.command = command }

    public var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("command", .strings(command)), .init("interval", .int(interval)),
            .init("timeout", .int(timeout)), .init("startPeriod", .int(startPeriod)),
            .init("startInterval", .int(startInterval)), .init("retries", .int(retries)),
            .init("kind", .string(kind.rawValue)), .init("successes", .int(successes)),
            .init("action", .string(action.rawValue)),
        ]
        if let delay { members.append(.init("delay", .int(delay))) }
        return .object(members)
    }

    init(_ fields: Fields) throws(UpkeepError) {
        let most = Int64.max / 4
        self.init(command: try fields.strings("command"))
        guard !command.isEmpty else { throw fields.wrong("command", "is empty") }
        // As docker: intervals below a millisecond would do nothing but probe.
        interval = try fields.int("interval", in: 1_000_000...most)
        timeout = try fields.int("timeout", in: 1_000_000...most)
        startPeriod = try fields.int("startPeriod", in: 0...most)
        startInterval = try fields.int("startInterval", in: 1_000_000...most)
        retries = try fields.int("retries", in: 1...most)
        // Those that were written before there were other kinds.
        guard fields.json["kind"] != nil else { return }
        guard let kind = Kind(rawValue: try fields.string("kind")) else {
            throw fields.wrong("kind", "is none of command, tcp and http")
        }
        guard kind == .command || command.count >= (kind == .tcp ? 2 : 3) else {
            throw fields.wrong("command", "lacks an address, a port or a path")
        }
        guard let action = Action(rawValue: try fields.string("action")) else {
            throw fields.wrong("action", "is none of none, kill, restart and stop")
        }
        (self.kind, self.action) = (kind, action)
        successes = try fields.int("successes", in: 1...most)
        if fields.json["delay"] != nil { delay = try fields.int("delay", in: 0...most) }
    }
}

/// The health of a running container. Times are nanoseconds of any clock that goes on, but for those of the
/// probes kept, which are for people: nanoseconds since 1970.
public struct Health: Sendable, Equatable {
    public enum State: String, Sendable, Equatable { case starting, healthy, unhealthy }

    /// One look, as docker's inspect shows it.
    public struct Probe: Sendable, Equatable {
        public var start: Int64
        public var end: Int64
        /// Of the program; -1 where it took too long.
        public var status: Int32
        public var output: [UInt8]

        public init(start: Int64, end: Int64, status: Int32, output: [UInt8]) {
            self.start = start
            self.end = end
            self.status = status
            self.output = output
        }
    }

    /// How many probes are kept, and how much of the output of each.
    public static let probesMax = 5
    public static let outputMax = 4096

    public private(set) var state = State.starting
    public private(set) var failures: Int64 = 0
    public private(set) var probes: [Probe] = []
    private let check: HealthCheck
    private let began: Int64
    private var hasPassed = false
    private var hasLooked = false
    private var passes: Int64 = 0

    /// The container has just started.
    public init(_ check: HealthCheck, now: Int64) {
        self.check = check
        began = now
    }

    /// When to look next, counted from the start or from the end of the last look.
    public func next(after now: Int64) -> Int64 {
        if let delay = check.delay, !hasLooked { return began + delay }
        return now + (isInStartPeriod(now) ? min(check.startInterval, check.interval) : check.interval)
    }

    private func isInStartPeriod(_ now: Int64) -> Bool { !hasPassed && now - began < check.startPeriod }

    /// A look has ended. True where the state is another now.
    public mutating func ended(_ probe: Probe, now: Int64) -> Bool {
        probes.append(probe)
        if probes.count > Self.probesMax { probes.removeFirst() }
        let before = state
        hasLooked = true
        passes = probe.status == 0 ? passes + 1 : 0
        if probe.status == 0 {
            failures = 0
            hasPassed = true
            if passes >= check.successes { state = .healthy }
        } else if !isInStartPeriod(now) {
            failures += 1
            if failures >= check.retries { state = .unhealthy }
        }
        return state != before
    }

    /// As docker's inspect shows it.
    public var node: JSONNode {
        [
            "Status": .string(state.rawValue), "FailingStreak": .int(failures),
            "Log": .array(
                probes.map {
                    [
                        "Start": .string(Moment($0.start).text), "End": .string(Moment($0.end).text),
                        "ExitCode": .int(Int64($0.status)),
                        "Output": .string(String(decoding: $0.output, as: UTF8.self)),
                    ]
                }),
        ]
    }
}
