import JSON

/// What goes over a keeper's socket: a packet is one byte of kind, then the payload.
public enum Frame: UInt8, Sendable {
    // To the keeper.
    /// The first of every client: an object of `Hello`.
    case hello = 0x68
    /// Bytes for the container's stdin.
    case input = 0x69
    /// The end of them.
    case inputEnd = 0x65
    /// Rows and columns, two bytes each, the low one first.
    case size = 0x77
    /// One byte: a signal for the container's first process.
    case signal = 0x73
    /// An object of `Command`.
    case command = 0x63

    // From the keeper.
    case stdout = 0x6F
    case stderr = 0x78
    /// Bytes of output that this client was too slow for: eight, the lowest first.
    case dropped = 0x64
    /// The container runs: four bytes of pid, the lowest first.
    case started = 0x53
    /// It could not be started: a byte of exit status, then why.
    case failed = 0x46
    /// It has ended for good: a byte of exit status.
    case exited = 0x58
    /// A command is carried out.
    case done = 0x4B
    /// A command is refused: why.
    case refused = 0x45

    /// The longest payload.
    public static let payloadMax = 16384

    /// A packet.
    public func with(_ payload: [UInt8] = []) -> [UInt8] { [rawValue] + payload }

    public func with(number: UInt64, width: Int) -> [UInt8] {
        with((0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) })
    }

    /// The number of a payload, the lowest byte first; nil where it has not that width.
    public static func number(_ payload: ArraySlice<UInt8>, width: Int) -> UInt64? {
        guard payload.count == width else { return nil }
        return payload.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// What a client is for.
public struct Hello: Sendable, Equatable {
    /// Whether it will send input.
    public var stdin = false
    public var stdout = false
    public var stderr = false
    /// It loses no byte: where it is slow, the container waits, as it would with a pipe. Others lose what
    /// they are too slow for, and are told how much.
    public var isLossless = false

    public init() {}

    public var node: JSONNode {
        [
            "stdin": .bool(stdin), "stdout": .bool(stdout), "stderr": .bool(stderr),
            "lossless": .bool(isLossless),
        ]
    }

    public init(decoding bytes: [UInt8]) throws(UpkeepError) {
        let fields = Fields(try Fields.parse(bytes), "")
        stdin = try fields.bool("stdin")
        stdout = try fields.bool("stdout")
        stderr = try fields.bool("stderr")
        isLossless = try fields.bool("lossless")
    }
}

/// What a client asks of a keeper.
public enum Command: Sendable, Equatable {
    /// Ends the container: the signal (0 is the container's own), then SIGKILL after the seconds (nil is the
    /// container's own, below zero is never). Answered once it has ended.
    case stop(signal: Int32, timeout: Int64?)
    /// As stop, and starts it again. Answered once it runs.
    case restart(signal: Int32, timeout: Int64?)
    /// Other restarts from now on.
    case policy(RestartPolicy)

    public var node: JSONNode {
        switch self {
        case .stop(let signal, let timeout): Command.ending("stop", signal, timeout)
        case .restart(let signal, let timeout): Command.ending("restart", signal, timeout)
        case .policy(let policy): ["verb": .string("policy"), "policy": policy.node]
        }
    }

    private static func ending(_ verb: String, _ signal: Int32, _ timeout: Int64?) -> JSONNode {
        var members: [JSONNode.Member] = [
            .init("verb", .string(verb)), .init("signal", .int(Int64(signal))),
        ]
        if let timeout { members.append(.init("timeout", .int(timeout))) }
        return .object(members)
    }

    public init(decoding bytes: [UInt8]) throws(UpkeepError) {
        let json = try Fields.parse(bytes)
        let fields = Fields(json, "")
        let verb = try fields.string("verb")
        if verb == "policy" {
            self = .policy(try RestartPolicy(try fields.object("policy")))
            return
        }
        let signal = Int32(try fields.int("signal", in: 0...64))
        var timeout: Int64?
        if json["timeout"] != nil { timeout = try fields.int("timeout", in: -1...Fields.secondsMax) }
        switch verb {
        case "stop": self = .stop(signal: signal, timeout: timeout)
        case "restart": self = .restart(signal: signal, timeout: timeout)
        default: throw UpkeepError("verb: is not stop, restart or policy")
        }
    }
}
