import JSON

/// One record of a log, read back.
public struct LogRecord: Sendable, Equatable {
    public var stream: LogStream
    public var time: Moment
    /// What the container wrote; without a newline at the end where the line goes on in the next record.
    public var bytes: [UInt8]

    public init(stream: LogStream, time: Moment, bytes: [UInt8]) {
        self.stream = stream
        self.time = time
        self.bytes = bytes
    }

    /// Reads a line of a log, without its newline; nil where it is none of that driver's, as when the disk
    /// was full in the middle of one.
    public init?(_ line: [UInt8], _ driver: LogOptions.Driver) {
        switch driver {
        case .jsonFile: self.init(json: line)
        case .k8sFile: self.init(k8s: line)
        case .none: return nil
        }
    }

    private init?(json line: [UInt8]) {
        guard let json = try? JSON.parse(line, limits: .init(depth: 4, bytes: 1 << 20)),
            let log = json["log"]?.string, let name = json["stream"]?.string,
            let time = json["time"]?.string, let moment = Moment(time.utf8)
        else { return nil }
        switch name {
        case "stdout": stream = .stdout
        case "stderr": stream = .stderr
        default: return nil
        }
        self.time = moment
        bytes = Array(log.utf8)
    }

    private init?(k8s line: [UInt8]) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let moment = Moment(parts[0]) else { return nil }
        if parts[1].elementsEqual("stdout".utf8) {
            stream = .stdout
        } else if parts[1].elementsEqual("stderr".utf8) {
            stream = .stderr
        } else {
            return nil
        }
        time = moment
        bytes = Array(parts[3])
        // Tags may follow the first, after colons.
        switch parts[2].first {
        case UInt8(ascii: "F"): bytes.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "P"): break
        default: return nil
        }
    }
}

/// Which records a reader wants, as `logs` takes them.
public struct LogChoice: Sendable, Equatable {
    public var stdout = true
    public var stderr = true
    public var since: Moment?
    public var until: Moment?
    /// The last so many records; nil is all.
    public var tail: Int?
    /// Goes on with what is still to come, until the container has ended.
    public var follows = false

    public init() {}

    public func takes(_ record: LogRecord) -> Bool {
        guard record.stream == .stdout ? stdout : stderr else { return false }
        if let since, record.time < since { return false }
        if let until, record.time > until { return false }
        return true
    }
}
