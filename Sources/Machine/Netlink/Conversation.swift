import Glibc
import Kernel

/// A netlink socket to one of the kernel's subsystems, of the network namespace in which it was made.
struct Conversation: ~Copyable {
    static let route: Int32 = 0
    static let netfilter: Int32 = 12

    private let socket: Descriptor

    /// A socket of the thread's namespace, -1 and an errno where there is none to be had.
    static func socket(_ subsystem: Int32 = route) -> Int32 {
        Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), subsystem)
    }

    /// Takes ownership of what `socket` returned.
    init(_ number: Int32 = Conversation.socket()) throws(SystemError) {
        try SystemError.check(number, "socket", "netlink")
        let socket = Descriptor(number)
        // struct sockaddr_nl of the kernel, whose port is 0. Connected, the socket takes datagrams from
        // nobody else: any process could send us some.
        var address = [UInt8](repeating: 0, count: 12)
        address[0] = UInt8(AF_NETLINK)
        let result = address.withUnsafeBytes { buffer in
            // Sound: the length is the buffer's; the kernel copies it.
            buffer.withMemoryRebound(to: sockaddr.self) {
                connect(number, __CONST_SOCKADDR_ARG(__sockaddr__: $0.baseAddress), 12)
            }
        }
        try SystemError.check(result, "connect", "netlink")
        // Refusals come with the kernel's words, and without a copy of what was refused.
        for option: Int32 in [Message.extendedAcknowledgement, Message.cappedAcknowledgement] {
            var on: Int32 = 1
            try SystemError.check(
                setsockopt(number, Message.optionLevel, option, &on, 4), "setsockopt", "netlink")
        }
        self.socket = socket
    }

    /// A socket of another namespace; the calling thread visits it.
    static func visiting(
        _ namespace: Int32, _ subsystem: Int32 = route
    ) throws(SystemError) -> Conversation {
        let home = try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        try SystemError.check(setns(namespace, CLONE_NEWNET), "setns", "network namespace")
        let socket = Conversation.socket(subsystem)
        let code = errno
        try SystemError.check(setns(home.number, CLONE_NEWNET), "setns", "back")
        if socket < 0 { throw SystemError("socket", code, "netlink") }
        return try Conversation(socket)
    }

    /// Sends a message and waits for the kernel's word that it was done.
    func tell(_ message: Message, _ deed: String, _ object: String) throws(SystemError) {
        _ = try ask(message, deed, object)
    }

    /// The index of a device.
    func find(_ name: String) throws(SystemError) -> UInt32 {
        for answer in try ask(.find(name), "find network device", name) {
            if let index = answer.device { return index }
        }
        throw SystemError("find network device", EBADMSG, name)
    }

    /// Sends a message and gathers the answers, up to the last or to the acknowledgement.
    func ask(_ message: Message, _ deed: String, _ object: String) throws(SystemError) -> [Message] {
        try socket.write(message.encoded(sequence: 1), name: "to netlink")
        var answers: [Message] = []
        while true {
            for answer in try receive(deed, object, sequences: 1...1) {
                if answer.type == Message.done || answer.type == Message.acknowledgement {
                    try Conversation.accept(answer, deed, object)
                    return answers
                }
                answers.append(answer)
            }
        }
    }

    /// Sends messages as one datagram, which the kernel takes as a whole or not at all: the first and the
    /// last only enclose the others. The one before the last is to ask for an acknowledgement.
    func tellTogether(
        _ messages: [Message], _ label: (Int) -> (deed: String, object: String)
    ) throws(SystemError) {
        var bytes: [UInt8] = []
        for (index, message) in messages.enumerated() {
            bytes += message.encoded(sequence: UInt32(index) + 1)
        }
        // A batch must go at once; the limit for others is the administrator's for unprivileged users.
        var size = Int32(clamping: bytes.count * 2)
        _ = setsockopt(socket.number, SOL_SOCKET, SO_SNDBUFFORCE, &size, 4)
        try SystemError.check(send(socket.number, bytes, bytes.count, 0), "send", "to netlink")
        let last = UInt32(messages.count) - 1
        var failure: SystemError?
        while true {
            for answer in try receive("change", "nftables", sequences: 1...last + 1) {
                guard answer.type == Message.acknowledgement else { continue }
                let label = label(Int(answer.sequence) - 1)
                do {
                    try Conversation.accept(answer, label.deed, label.object)
                } catch {
                    // The kernel tells every refusal, in order; the first explains the others.
                    if failure == nil { failure = error }
                }
                // A refusal of the first is one of the whole, and no other comes.
                if answer.sequence == 1, let failure { throw failure }
                if answer.sequence == last {
                    if let failure { throw failure }
                    return
                }
            }
        }
    }

    /// Throws what a closing message refuses, with the kernel's words for it.
    private static func accept(_ answer: Message, _ deed: String, _ object: String) throws(SystemError) {
        guard let code = answer.error else { throw SystemError(deed, EBADMSG, object) }
        if code == 0 { return }
        if let words = answer.explanation { throw SystemError(deed, code, object + ": " + words) }
        throw SystemError(deed, code, object)
    }

    private func receive(
        _ deed: String, _ object: String, sequences: ClosedRange<UInt32>
    ) throws(SystemError) -> [Message] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = recv(socket.number, &buffer, buffer.count, Int32(MSG_TRUNC))
            if got < 0 && errno == EINTR { continue }
            try SystemError.check(got, "receive", "from netlink")
            guard got > 0, got <= buffer.count,
                let messages = Message.parse(buffer[..<got], sequences: sequences)
            else { throw SystemError(deed, EBADMSG, object) }
            return messages
        }
    }
}
