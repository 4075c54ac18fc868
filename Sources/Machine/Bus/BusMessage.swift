/// A message of D-Bus: a call, its answer, or a signal.
public struct BusMessage: Sendable, Equatable {
    public enum Kind: UInt8, Sendable { case call = 1, reply = 2, error = 3, signal = 4 }

    public var kind: Kind
    public var serial: UInt32 = 0
    public var path: String?
    public var interface: String?
    public var member: String?
    public var errorName: String?
    /// The serial of the call that this answers.
    public var replyTo: UInt32?
    public var destination: String?
    public var sender: String?
    public var body: [BusValue] = []

    public init(kind: Kind) { self.kind = kind }

    /// A call of a method.
    public static func call(
        _ destination: String?, _ path: String, _ interface: String, _ member: String, _ body: [BusValue] = []
    ) -> BusMessage {
        var message = BusMessage(kind: .call)
        message.destination = destination
        message.path = path
        message.interface = interface
        message.member = member
        message.body = body
        return message
    }

    /// The largest message that is read, in bytes: systemd's answers are far below.
    public static let sizeMax = 1 << 20

    /// The fixed part, before the header's fields.
    static let prefixSize = 16

    /// The message as it goes over the wire.
    public var encoded: [UInt8] {
        var content = BusWriter()
        for value in body { content.write(value) }
        var fields: [BusValue] = []
        func add(_ code: UInt8, _ value: BusValue?) {
            if let value { fields.append(.structure([.byte(code), .variant(value)])) }
        }
        add(1, path.map { .path($0) })
        add(2, interface.map { .string($0) })
        add(3, member.map { .string($0) })
        add(4, errorName.map { .string($0) })
        add(5, replyTo.map { .uint32($0) })
        add(6, destination.map { .string($0) })
        add(7, sender.map { .string($0) })
        if !body.isEmpty { add(8, .signature(body.map { $0.signature }.joined())) }
        var writer = BusWriter()
        writer.append([0x6C, kind.rawValue, 0, 1])
        writer.write(.uint32(UInt32(truncatingIfNeeded: content.bytes.count)))
        writer.write(.uint32(serial))
        writer.write(.array(of: "(yv)", fields))
        writer.align(8)
        writer.append(content.bytes)
        return writer.bytes
    }

    /// How long the message is in all whose first 16 bytes these are.
    public static func size(prefix: [UInt8]) throws(BusError) -> Int {
        guard prefix.count >= prefixSize else { throw .malformed("it is shorter than its header") }
        guard prefix[0] == 0x6C || prefix[0] == 0x42 else { throw .malformed("unknown byte order") }
        guard prefix[3] == 1 else { throw .malformed("unknown version") }
        var reader = BusReader(prefix, isBigEndian: prefix[0] == 0x42, at: 4)
        let body = Int(try reader.uint32())
        _ = try reader.uint32()
        let fields = Int(try reader.uint32())
        let size = prefixSize + (fields + 7) / 8 * 8 + body
        guard size <= sizeMax else { throw .malformed("it is too long") }
        return size
    }

    /// Reads one whole message.
    public init(_ bytes: [UInt8]) throws(BusError) {
        guard try BusMessage.size(prefix: bytes) == bytes.count else {
            throw .malformed("its length is not what its header says")
        }
        guard let kind = Kind(rawValue: bytes[1]) else { throw .malformed("unknown kind") }
        self.init(kind: kind)
        let isBigEndian = bytes[0] == 0x42
        var reader = BusReader(bytes, isBigEndian: isBigEndian, at: 8)
        serial = try reader.uint32()
        guard case .array(_, let fields) = try reader.value(Array("a(yv)".utf8), from: 0, depth: 0) else {
            throw .malformed("its header has no fields")
        }
        var signature = ""
        for field in fields {
            guard case .structure(let pair) = field, pair.count == 2, case .byte(let code) = pair[0],
                case .variant(let value) = pair[1]
            else { throw .malformed("a header field has no value") }
            try take(code, value, signature: &signature)
        }
        try reader.align(8)
        body = try reader.values(signature)
    }

    private mutating func take(
        _ code: UInt8, _ value: BusValue, signature: inout String
    ) throws(BusError) {
        switch (code, value) {
        case (1, .path(let text)): path = text
        case (2, .string(let text)): interface = text
        case (3, .string(let text)): member = text
        case (4, .string(let text)): errorName = text
        case (5, .uint32(let number)): replyTo = number
        case (6, .string(let text)): destination = text
        case (7, .string(let text)): sender = text
        case (8, .signature(let text)): signature = text
        case (1...8, _): throw .malformed("a header field has the wrong type")
        // Unknown fields are to be passed over.
        default: break
        }
    }
}
