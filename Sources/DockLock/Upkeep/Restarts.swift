import JSON

/// When a container that has ended is started again, as docker and podman name it.
public struct RestartPolicy: Sendable, Equatable {
    public enum Kind: String, Sendable, Equatable {
        case no
        case onFailure = "on-failure"
        case always
        /// As `always` while the keeper lives; they differ after a reboot, which is not the keeper's matter.
        case unlessStopped = "unless-stopped"
    }

    public var kind = Kind.no
    /// The most restarts of `on-failure`; 0 is without end.
    public var most: Int64 = 0

    public init() {}

    public init(_ kind: Kind, most: Int64 = 0) {
        self.kind = kind
        self.most = most
    }

    /// `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`; nil for anything else.
    public init?(_ text: String) {
        if let kind = Kind(rawValue: text) {
            self.init(kind)
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "on-failure", let first = parts[1].utf8.first, first >= 48,
            first <= 57, let most = Int64(parts[1])
        else { return nil }
        self.init(.onFailure, most: most)
    }

    public var node: JSONNode { ["name": .string(kind.rawValue), "maximumRetryCount": .int(most)] }

    init(_ fields: Fields) throws(UpkeepError) {
        guard let kind = Kind(rawValue: try fields.string("name")) else {
            throw fields.wrong("name", "is not no, on-failure, always or unless-stopped")
        }
        self.init(kind, most: try fields.int("maximumRetryCount", in: 0...Int64.max))
    }

    /// Reads what `node` wrote.
    public init(decoding bytes: [UInt8]) throws(UpkeepError) {
        try self.init(Fields(try Fields.parse(bytes), ""))
    }
}

/// The restarts of one container: whether, and after how long. Docker's pauses: 100 ms, doubled each time
/// up to a minute, and from the start again once it ran for ten seconds.
public struct Restarts: Sendable, Equatable {
    public static let pauseMillisMin: Int64 = 100
    public static let pauseMillisMax: Int64 = 60_000
    public static let ranMillisEnough: Int64 = 10_000

    public enum Verdict: Sendable, Equatable {
        case again(afterMillis: Int64)
        case over
    }

    /// How often it was started again.
    public private(set) var count: Int64 = 0
    private var pauseMillis: Int64 = 0

    public init() {}

    /// The container has ended.
    public mutating func ended(
        _ policy: RestartPolicy, status: Int32, ranMillis: Int64, isStopped: Bool
    ) -> Verdict {
        if isStopped { return .over }
        switch policy.kind {
        case .no: return .over
        case .onFailure:
            if status == 0 { return .over }
            if policy.most > 0, count >= policy.most { return .over }
        case .always, .unlessStopped: break
        }
        if pauseMillis == 0 || ranMillis >= Self.ranMillisEnough {
            pauseMillis = Self.pauseMillisMin
        } else {
            pauseMillis = min(pauseMillis * 2, Self.pauseMillisMax)
        }
        count += 1
        return .again(afterMillis: pauseMillis)
    }
}
