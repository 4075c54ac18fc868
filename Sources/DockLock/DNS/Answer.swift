/// What a server says to a question.
public enum Answer: Equatable, Sendable {
    /// Addresses of 4 or 16 bytes: those that are of the question's type are told.
    case addresses([[UInt8]])
    /// Names that an address has.
    case names([String])
    /// There is no such name.
    case unknown
    /// Nobody could be asked.
    case failure
    /// It asks for what is not answered here.
    case refused

    private var code: UInt8 {
        switch self {
        case .addresses, .names: 0
        case .failure: 2
        case .unknown: 3
        case .refused: 5
        }
    }

    /// How long a client may keep an answer, in seconds: containers come and go.
    private static let lifetime: [UInt8] = [0, 0, 0, 5]

    /// The message that answers.
    ///
    /// - Parameter limit: what the transport takes at most; over UDP pass nil for what the client takes.
    ///   Where the records don't fit, the message says that it was cut, and the client comes again over TCP.
    public func message(to question: Question, limit: Int? = nil) -> [UInt8] {
        let extended: [UInt8] = question.sizeTaken == nil ? [] : [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]
        let limit = limit ?? min(max(Int(question.sizeTaken ?? 512), 512), 1232)
        var records: [UInt8] = []
        var count: UInt16 = 0
        var isCut = false
        for data in data(for: question) {
            // The name is that of the question, 12 bytes from the beginning.
            let record =
                [0xc0, 12] + Wire.bytes(question.type) + [0, 1] + Answer.lifetime
                + Wire.bytes(UInt16(data.count)) + data
            if 12 + question.section.count + records.count + record.count + extended.count > limit {
                isCut = true
                break
            }
            records += record
            count += 1
        }
        let flags: [UInt8] = [
            0x84 | (isCut ? 2 : 0) | (question.wantsRecursion ? 1 : 0), 0x80 | code,
        ]
        var message = Wire.bytes(question.id) + flags + [0, 1] + Wire.bytes(count) + [0, 0]
        message += Wire.bytes(extended.isEmpty ? 0 : 1) + question.section + records + extended
        return message
    }

    private func data(for question: Question) -> [[UInt8]] {
        switch (self, question.kind) {
        case (.addresses(let addresses), .ipv4): addresses.filter { $0.count == 4 }
        case (.addresses(let addresses), .ipv6): addresses.filter { $0.count == 16 }
        case (.names(let names), .pointer): names.compactMap { Wire.labels($0) }
        default: []
        }
    }
}

/// The names of one network.
public struct Zone: Equatable, Sendable {
    private var addresses: [String: [[UInt8]]] = [:]
    private var names: [[UInt8]: [String]] = [:]

    public init() {}

    /// Names, of any case, that all these addresses have; the first is told for an address.
    public mutating func add(names all: [String], addresses bytes: [[UInt8]]) {
        for name in all {
            let name = name.lowercased()
            self.addresses[name, default: []] += bytes
            for address in bytes { names[address, default: []].append(name) }
        }
    }

    /// The answer, or nil where somebody else must be asked.
    /// - Parameter contains: whether an address is one of the network's.
    public func answer(to question: Question, contains: ([UInt8]) -> Bool) -> Answer? {
        if let found = addresses[question.name] { return .addresses(found) }
        guard question.kind == .pointer, let address = question.reversed else { return nil }
        if let found = names[address] { return .names(Array(found.prefix(1))) }
        return contains(address) ? .unknown : nil
    }
}
