/// Changes to one table of nftables (family inet), done as a whole or not at all.
public struct Batch: Sendable {
    /// Where and when a chain sees packets.
    public struct Hook: Sendable {
        public enum Point: UInt32, Sendable {
            case prerouting = 0
            case forward = 2
            case output = 3
            case postrouting = 4
        }

        /// `filter` or `nat`.
        public var type: String
        public var point: Point
        /// Lower ones come first; -300 before connections are tracked, -100 destination, 100 source NAT.
        public var priority: Int32

        public init(type: String, point: Point, priority: Int32) {
            self.type = type
            self.point = point
            self.priority = priority
        }
    }

    /// The type of a set's keys or a map's values: nft's numbers for it and its bytes. Several make a
    /// concatenation, each filled up to words of 4 bytes.
    public enum Field: Sendable {
        case transport, port, ipv4, ipv6, deviceName

        var code: UInt32 {
            switch self {
            case .ipv4: 7
            case .ipv6: 8
            case .transport: 12
            case .port: 13
            case .deviceName: 41
            }
        }

        var size: UInt32 {
            switch self {
            case .transport: 1
            case .port: 2
            case .ipv4: 4
            case .ipv6, .deviceName: 16
            }
        }
    }

    /// An entry of a set, or of a map where it has a value.
    public struct Element: Hashable, Sendable {
        public var key: [UInt8]
        public var value: [UInt8]?
        /// Whether an interval ends before it, in a set of intervals; every other key begins one.
        public var endsInterval: Bool

        public init(key: [UInt8], value: [UInt8]? = nil, endsInterval: Bool = false) {
            self.key = key
            self.value = value
            self.endsInterval = endsInterval
        }
    }

    static let subsystem: UInt16 = 10
    static let inet: UInt8 = 1
    private static let begin: UInt16 = 16
    private static let end: UInt16 = 17

    public let table: String
    private var changes: [(message: Message, object: String)] = []
    private var sets: UInt32 = 0

    public init(table: String) { self.table = table }

    public var isEmpty: Bool { changes.isEmpty }

    /// Fails with EEXIST where there is such a table.
    public mutating func addTable() {
        change(0, Message.create | Message.exclusive, Message.attribute(1, text: table), table)
    }

    /// Fails with ENOENT where there is none.
    public mutating func deleteTable() { change(2, 0, Message.attribute(1, text: table), table) }

    /// A chain of rules: entered by the kernel where it has a hook, by jumps where it has none.
    public mutating func addChain(_ name: String, hook: Hook? = nil) {
        var body = Message.attribute(1, text: table) + Message.attribute(3, text: name)
        if let hook {
            body += Message.nest(
                4, Expression.number(1, hook.point.rawValue),
                Expression.number(2, UInt32(bitPattern: hook.priority)))
            body += Message.attribute(7, text: hook.type)
        }
        change(3, Message.create, body, name)
    }

    /// A set of keys; a map where there are values.
    public mutating func addSet(
        _ name: String, keys: [Field], values: [Field] = [], isOfIntervals: Bool = false
    ) {
        sets += 1
        var body = Message.attribute(1, text: table) + Message.attribute(2, text: name)
        body += Expression.number(3, (values.isEmpty ? 0 : 8) | (isOfIntervals ? 4 : 0))
        body += Expression.number(4, Batch.code(keys)) + Expression.number(5, Batch.size(keys))
        if !values.isEmpty {
            body += Expression.number(6, Batch.code(values)) + Expression.number(7, Batch.size(values))
        }
        body += Expression.number(10, sets)
        change(9, Message.create, body, name)
    }

    /// Appends a rule to a chain.
    public mutating func addRule(_ chain: String, _ expressions: [Expression]) {
        var body = Message.attribute(1, text: table) + Message.attribute(2, text: chain)
        body += Message.attribute(4 | 0x8000, expressions.flatMap(\.encoded))
        // NLM_F_APPEND.
        change(6, Message.create | 0x800, body, chain)
    }

    /// Adds an entry. EEXIST where the key is there already; with `replaces`, no error where the entry is.
    /// - Parameter label: what an error names.
    public mutating func add(
        _ element: Element, to set: String, label: String, replaces: Bool = false
    ) {
        var flags = Message.create
        if !replaces { flags |= Message.exclusive }
        change(12, flags, body(element, set), label)
    }

    /// Removes an entry. ENOENT where there is none.
    public mutating func delete(_ element: Element, from set: String, label: String) {
        let key = Element(key: element.key, endsInterval: element.endsInterval)
        change(14, 0, body(key, set), label)
    }

    private func body(_ element: Element, _ set: String) -> [UInt8] {
        var entry = Expression.value(1, element.key)
        if let value = element.value { entry += Expression.value(2, value) }
        if element.endsInterval { entry += Expression.number(3, 1) }
        return Message.attribute(1, text: table) + Message.attribute(2, text: set)
            + Message.nest(3, Message.nest(1, entry))
    }

    private mutating func change(_ kind: UInt16, _ flags: UInt16, _ body: [UInt8], _ object: String) {
        let message = Message(
            type: Batch.subsystem << 8 | kind, flags: Message.request | flags,
            body: [Batch.inet, 0, 0, 0] + body)
        changes.append((message, object))
    }

    private static func code(_ fields: [Field]) -> UInt32 {
        fields.reduce(0) { $0 << 6 | $1.code }
    }

    static func size(_ fields: [Field]) -> UInt32 {
        // A lone field is not filled up.
        if fields.count == 1 { return fields[0].size }
        return fields.reduce(0) { $0 + ($1.size + 3) / 4 * 4 }
    }

    /// The messages between their begin and end, the last change asking for the kernel's word.
    var messages: [Message] {
        let header: [UInt8] = [0, 0, 0, UInt8(Batch.subsystem)]
        var messages = [Message(type: Batch.begin, flags: Message.request, body: header)]
        messages += changes.map(\.message)
        messages[messages.count - 1].flags |= Message.acknowledge
        messages.append(Message(type: Batch.end, flags: Message.request, body: header))
        return messages
    }

    /// What the error of a message, counted from 0, is said of.
    func label(_ index: Int) -> String {
        index > 0 && index <= changes.count ? changes[index - 1].object : "nftables table " + table
    }
}
