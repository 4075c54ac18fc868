import Glibc
import Kernel

/// A socket to the kernel's rtnetlink, of the network namespace in which it was made.
struct Conversation: ~Copyable {
    private let socket: Descriptor

    /// A socket of the thread's namespace, -1 and an errno where there is none to be had.
    static func socket() -> Int32 {
        Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
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
        self.socket = socket
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
        let sequence: UInt32 = 1
        try socket.write(message.encoded(sequence: sequence), name: "to netlink")
        var answers: [Message] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = recv(socket.number, &buffer, buffer.count, Int32(MSG_TRUNC))
            if got < 0 && errno == EINTR { continue }
            try SystemError.check(got, "receive", "from netlink")
            guard got > 0, got <= buffer.count,
                let messages = Message.parse(buffer[..<got], sequence: sequence)
            else { throw SystemError(deed, EBADMSG, object) }
            for answer in messages {
                if answer.type == Message.done || answer.type == Message.acknowledgement {
                    guard let code = answer.error else { throw SystemError(deed, EBADMSG, object) }
                    if code == 0 { return answers }
                    throw SystemError(deed, code, object)
                }
                answers.append(answer)
            }
        }
    }
}
