/// A message of rtnetlink(7): a header of 16 bytes, a body, attributes, all in the machine's byte order.
struct Message: Equatable {
    static let acknowledgement: UInt16 = 2
    static let done: UInt16 = 3
    static let newLink: UInt16 = 16
    static let newAddress: UInt16 = 20
    static let getLink: UInt16 = 18
    static let getAddress: UInt16 = 22

    static let request: UInt16 = 1
    static let acknowledge: UInt16 = 4
    static let exclusive: UInt16 = 0x200
    static let dump: UInt16 = 0x300
    static let create: UInt16 = 0x400

    /// SOL_NETLINK and two of its options.
    static let optionLevel: Int32 = 270
    static let cappedAcknowledgement: Int32 = 10
    static let extendedAcknowledgement: Int32 = 11
    /// NLM_F_ACK_TLVS: attributes follow in an acknowledgement.
    private static let explains: UInt16 = 0x200

    var type: UInt16
    var flags: UInt16
    /// Which question of the datagram it answers, counted from 1. Sending gives numbers of its own.
    var sequence: UInt32 = 1
    /// The fixed part and the attributes.
    var body: [UInt8]

    /// Asks for the addresses of all devices.
    static func addresses() -> Message {
        Message(
            type: getAddress, flags: request | dump, body: addressHeader(0, 0, 0, 0, index: 0))
    }

    /// Asks for the device of a name.
    static func find(_ name: String) -> Message {
        var body = linkHeader(0, flags: 0, change: 0)
        append(&body, 3, Array(name.utf8) + [0])
        return Message(type: getLink, flags: request | acknowledge, body: body)
    }

    static func link(_ index: UInt32, up: Bool) -> Message {
        Message(
            type: newLink, flags: request | acknowledge,
            body: linkHeader(index, flags: up ? 1 : 0, change: 1))
    }

    /// In one step with the move, so that the old name need not be free in the new namespace.
    static func move(_ index: UInt32, to namespace: Int32, name: String) -> Message {
        var body = linkHeader(index, flags: 0, change: 0)
        append(&body, 3, Array(name.utf8) + [0])
        append(&body, 28, bytes(UInt32(bitPattern: namespace)))
        return Message(type: newLink, flags: request | acknowledge, body: body)
    }

    static func add(_ address: Address, to index: UInt32) -> Message {
        var body = addressHeader(address.family, address.prefix, 0, 0, index: index)
        append(&body, Address.local, address.localBytes)
        append(&body, Address.peer, address.peerBytes ?? address.localBytes)
        if let broadcast = address.broadcastBytes { append(&body, Address.broadcast, broadcast) }
        return Message(
            type: newAddress, flags: request | acknowledge | create | exclusive, body: body)
    }

    /// The message as it is sent.
    func encoded(sequence: UInt32) -> [UInt8] {
        Message.bytes(UInt32(16 + body.count)) + Message.bytes(type) + Message.bytes(flags)
            + Message.bytes(sequence) + Message.bytes(UInt32(0)) + body
    }

    /// The messages in a datagram that answer one of `sequences`; nil where a length is wrong.
    static func parse(_ datagram: ArraySlice<UInt8>, sequences: ClosedRange<UInt32>) -> [Message]? {
        var messages: [Message] = []
        var rest = datagram
        while !rest.isEmpty {
            guard let length = word(rest, at: 0), length >= 16, Int(length) <= rest.count,
                let type = half(rest, at: 4), let flags = half(rest, at: 6), let number = word(rest, at: 8)
            else { return nil }
            let end = rest.startIndex + Int(length)
            if sequences.contains(number) {
                messages.append(
                    Message(
                        type: type, flags: flags, sequence: number,
                        body: Array(rest[rest.startIndex + 16..<end])))
            }
            rest = rest[min(end + (4 - Int(length) % 4) % 4, rest.endIndex)...]
        }
        return messages
    }

    /// The attributes after a fixed part of `offset` bytes, in order; nil where a length is wrong.
    func attributes(after offset: Int) -> [(type: UInt16, value: ArraySlice<UInt8>)]? {
        guard offset <= body.count else { return nil }
        return Message.attributes(in: body[offset...])
    }

    /// The attributes that lie one after the other in `bytes`; nil where a length is wrong.
    static func attributes(in bytes: ArraySlice<UInt8>) -> [(type: UInt16, value: ArraySlice<UInt8>)]? {
        var attributes: [(type: UInt16, value: ArraySlice<UInt8>)] = []
        var rest = bytes
        while rest.count >= 4 {
            guard let length = Message.half(rest, at: 0), length >= 4, Int(length) <= rest.count,
                let type = Message.half(rest, at: 2)
            else { return nil }
            let end = rest.startIndex + Int(length)
            // The two bits above are the kernel's own marks.
            attributes.append((type & 0x3fff, rest[rest.startIndex + 4..<end]))
            rest = rest[min(end + (4 - Int(length) % 4) % 4, rest.endIndex)...]
        }
        return rest.isEmpty ? attributes : nil
    }

    /// The errno of a closing message: 0 for success. Nil for one cut short.
    var error: Int32? {
        guard let word = Message.word(body[...], at: 0) else { return nil }
        let code = Int32(bitPattern: word)
        return code == .min ? nil : -code
    }

    /// The kernel's words for a refusal, where it has any: at most 200 characters of one line.
    var explanation: String? {
        // Behind the errno of an acknowledgement comes the header of what was refused.
        guard flags & Message.explains != 0,
            let attributes = attributes(after: type == Message.done ? 4 : 20)
        else { return nil }
        for (type, value) in attributes where type == 1 {
            let text = value.prefix { $0 >= 0x20 && $0 < 0x7f }.prefix(200)
            return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
        }
        return nil
    }

    /// The index of the device that an answer to `find` tells of.
    var device: UInt32? { type == Message.newLink ? Message.word(body[...], at: 4) : nil }

    static func linkHeader(_ index: UInt32, flags: UInt32, change: UInt32) -> [UInt8] {
        [0, 0, 0, 0] + bytes(index) + bytes(flags) + bytes(change)
    }

    static func addressHeader(
        _ family: UInt8, _ prefix: UInt8, _ flags: UInt8, _ scope: UInt8, index: UInt32
    ) -> [UInt8] {
        [family, prefix, flags, scope] + bytes(index)
    }

    /// An attribute of this type, padded.
    static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(&bytes, type, value)
        return bytes
    }

    /// An attribute that holds a text and its end.
    static func attribute(_ type: UInt16, text: String) -> [UInt8] {
        attribute(type, Array(text.utf8) + [0])
    }

    /// An attribute that holds attributes.
    static func nest(_ type: UInt16, _ attributes: [UInt8]...) -> [UInt8] {
        attribute(type | 0x8000, Array(attributes.joined()))
    }

    static func append(_ body: inout [UInt8], _ type: UInt16, _ value: [UInt8]) {
        body += bytes(UInt16(4 + value.count)) + bytes(type) + value
        body += [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) }
    }

    static func word(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt32? {
        guard offset + 4 <= bytes.count else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    static func half(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt16? {
        guard offset + 2 <= bytes.count else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self) }
    }
}
