import Glibc
import Kernel

/// The nftables of one network namespace, over nfnetlink.
public struct Tables: ~Copyable {
    private let conversation: Conversation

    /// Of the calling thread's namespace.
    public init() throws(SystemError) {
        conversation = try Conversation(Conversation.socket(Conversation.netfilter))
    }

    /// Does all changes or none. The error names what the first refused change was of.
    public func commit(_ batch: Batch) throws(SystemError) {
        if batch.isEmpty { return }
        try conversation.tellTogether(batch.messages) { ("change nftables", batch.label($0)) }
    }

    /// Makes the kernel forget the connections of a transport protocol that began towards a port of any
    /// address: what comes next is led anew. A flow of datagrams that never rests would else keep its old way
    /// for ever.
    /// - Parameter transport: IPPROTO_*.
    public func forgetConnections(
        transport: UInt8, port: UInt16, isIPv6: Bool
    ) throws(SystemError) {
        // CTA_TUPLE_ORIG with CTA_TUPLE_PROTO, and in CTA_FILTER which of its members count: protocol and
        // destination port.
        let counted: UInt32 = 1 << 3 | 1 << 5
        let tuple = Message.nest(
            1,
            Message.nest(
                2, Message.attribute(1, [transport]), Message.attribute(3, Message.bytes(port.bigEndian))))
        let filter = Message.nest(
            25, Message.attribute(1, Message.bytes(counted)), Message.attribute(2, Message.bytes(UInt32(0))))
        let message = Message(
            type: 1 << 8 | 2, flags: Message.request | Message.acknowledge,
            body: [isIPv6 ? 10 : 2, 0, 0, 0] + tuple + filter)
        do {
            try conversation.tell(message, "forget connections to port", String(port))
        } catch {
            // There is none.
            guard error.code == ENOENT else { throw error }
        }
    }

    /// The entries of a set or map. ENOENT where the table or the set is missing.
    public func elements(of set: String, in table: String) throws(SystemError) -> [Batch.Element] {
        let question = Message(
            type: Batch.subsystem << 8 | 13, flags: Message.request | Message.dump,
            body: [Batch.inet, 0, 0, 0] + Message.attribute(1, text: table)
                + Message.attribute(2, text: set))
        var elements: [Batch.Element] = []
        for answer in try conversation.ask(question, "list nftables set", set) {
            guard let some = Batch.Element.parse(answer) else {
                throw SystemError("list nftables set", EBADMSG, set)
            }
            elements += some
        }
        return elements
    }
}

extension Batch.Element {
    private static let newElements = Batch.subsystem << 8 | 12

    /// The entries that a message of NFT_MSG_NEWSETELEM tells; nil for another one, or wrong lengths.
    static func parse(_ message: Message) -> [Batch.Element]? {
        guard message.type == newElements, let attributes = message.attributes(after: 4) else { return nil }
        var elements: [Batch.Element] = []
        for (type, value) in attributes where type == 3 {
            guard let entries = Message.attributes(in: value) else { return nil }
            for (_, entry) in entries {
                guard let parts = Message.attributes(in: entry) else { return nil }
                var key: [UInt8]?
                var data: [UInt8]?
                var endsInterval = false
                for (type, part) in parts {
                    switch type {
                    case 1: key = bytes(part)
                    case 2: data = bytes(part)
                    // A big-endian word, whose lowest bit says so.
                    case 3: endsInterval = part.count == 4 && part.last.map { $0 & 1 } == 1
                    default: continue
                    }
                }
                guard let key else { return nil }
                elements.append(Batch.Element(key: key, value: data, endsInterval: endsInterval))
            }
        }
        return elements
    }

    /// The bytes in NFTA_DATA_VALUE.
    private static func bytes(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        guard let inner = Message.attributes(in: part) else { return nil }
        for (type, value) in inner where type == 1 { return Array(value) }
        return nil
    }
}
