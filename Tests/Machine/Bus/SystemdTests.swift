import Glibc
import Kernel
import Testing

@testable import Bus

/// The other end of a conversation, on a thread of its own: greets, then answers every call with what
/// `answer` makes of it, byte for byte.
private final class FakeServer: @unchecked Sendable {
    private let socket: Int32
    private let greeting: String
    private let answer: (BusMessage) -> [[UInt8]]
    private var thread = pthread_t()
    /// The calls that came; read after `finish`.
    private(set) var calls: [BusMessage] = []
    private(set) var hello = ""

    init(_ socket: Int32, greeting: String, answer: @escaping (BusMessage) -> [[UInt8]]) {
        self.socket = socket
        self.greeting = greeting
        self.answer = answer
        let box = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { box in
                if let box { Unmanaged<FakeServer>.fromOpaque(box).takeRetainedValue().serve() }
                return nil
            }, box)
    }

    private func take(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return count == 0 || recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }

    private func give(_ bytes: [UInt8]) { _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    private func serve() {
        defer { shutdown(socket, Int32(SHUT_RDWR)) }
        guard let hello = take(22) else { return }
        self.hello = String(decoding: hello, as: UTF8.self)
        give(Array(greeting.utf8))
        guard let begin = take(7), begin == Array("BEGIN\r\n".utf8) else { return }
        while let prefix = take(16), let size = try? BusMessage.size(prefix: prefix),
            let rest = take(size - 16),
            let message = try? BusMessage(prefix + rest)
        {
            calls.append(message)
            for bytes in answer(message) { give(bytes) }
        }
    }

    func finish() {
        pthread_join(thread, nil)
        close(socket)
    }
}

private func reply(_ call: BusMessage, _ body: [BusValue] = []) -> [UInt8] {
    var message = BusMessage(kind: .reply)
    message.serial = 1
    message.replyTo = call.serial
    message.body = body
    return message.encoded
}

private func refusal(_ call: BusMessage, _ name: String) -> [UInt8] {
    var message = BusMessage(kind: .error)
    message.serial = 1
    message.replyTo = call.serial
    message.errorName = name
    message.body = [.string("words of " + name)]
    return message.encoded
}

private func removed(_ job: String, _ result: String, member: String = "JobRemoved") -> [UInt8] {
    var message = BusMessage(kind: .signal)
    message.serial = 1
    message.path = "/org/freedesktop/systemd1"
    message.interface = "org.freedesktop.systemd1.Manager"
    message.member = member
    message.body = [.uint32(1), .path(job), .string("a.scope"), .string(result)]
    return message.encoded
}

/// Talks to a server that answers so; its calls are what is returned.
private func converse(
    greeting: String = "DATA\r\nOK 0123\r\n", isPrivate: Bool = false,
    answer: @escaping (BusMessage) -> [[UInt8]], _ body: (inout Systemd) throws -> Void
) throws -> [String] {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    let server = FakeServer(pair[1], greeting: greeting, answer: answer)
    func talk() throws {
        var systemd = try Systemd(
            try BusConnection(Descriptor(pair[0]), patienceMillis: 10_000), isPrivate: isPrivate)
        try body(&systemd)
    }
    let result = Result { try talk() }
    server.finish()
    #expect(server.hello == "\0AUTH EXTERNAL\r\nDATA\r\n")
    try result.get()
    return server.calls.compactMap { $0.member }
}

@Suite struct SystemdTests {
    private static let job = "/org/freedesktop/systemd1/job/7"

    @Test func startsAScope() throws {
        let calls = try converse { call in
            guard call.member == "StartTransientUnit" else { return [reply(call)] }
            let named = call.body[0] == .string("a.scope") && call.body[1] == .string("replace")
            let properties = call.body[2] == .array(of: "(sv)", [.property("Delegate", .boolean(true))])
            guard named, properties, call.destination == "org.freedesktop.systemd1" else {
                return [refusal(call, "wrong")]
            }
            return [
                reply(call, [.path(SystemdTests.job)]), removed("/other", "failed"),
                removed(SystemdTests.job, "failed", member: "JobNew"), removed(SystemdTests.job, "done"),
            ]
        } _: { systemd in
            try systemd.start("a.scope", properties: [.property("Delegate", .boolean(true))])
        }
        #expect(calls == ["Hello", "AddMatch", "Subscribe", "StartTransientUnit"])
    }

    @Test func aSignalBeforeItsAnswerIsKept() throws {
        _ = try converse(isPrivate: true) { call in
            guard call.member == "StopUnit" else { return [reply(call)] }
            return [removed(SystemdTests.job, "done"), reply(call, [.path(SystemdTests.job)])]
        } _: { systemd in
            try systemd.stop("a.scope")
        }
    }

    @Test func aPrivateSocketNeedsNoHello() throws {
        let calls = try converse(isPrivate: true) { call in
            [call.destination == nil ? reply(call) : refusal(call, "wrong")]
        } _: { systemd in
            try systemd.set("a.scope", properties: [.property("TasksMax", .uint64(5))])
        }
        #expect(calls == ["Subscribe", "SetUnitProperties"])
    }

    @Test func aFailedJobIsAnError() throws {
        let error = #expect(throws: BusError.self) {
            _ = try converse { call in
                guard call.member == "StartTransientUnit" else { return [reply(call)] }
                return [reply(call, [.path(SystemdTests.job)]), removed(SystemdTests.job, "timeout")]
            } _: { systemd in
                try systemd.start("a.scope", properties: [])
            }
        }
        #expect(error?.description == "D-Bus: systemd could not start a.scope: timeout")
    }

    @Test func aUnitThatFailedEarlierIsForgotten() throws {
        var starts = 0
        let calls = try converse { call in
            guard call.member == "StartTransientUnit" else { return [reply(call)] }
            starts += 1
            if starts == 1 { return [refusal(call, "org.freedesktop.systemd1.UnitExists")] }
            return [reply(call, [.path(SystemdTests.job)]), removed(SystemdTests.job, "done")]
        } _: { systemd in
            try systemd.start("a.scope", properties: [])
        }
        #expect(calls.suffix(3) == ["StartTransientUnit", "ResetFailedUnit", "StartTransientUnit"])
    }

    @Test func anUnknownUnitIsStoppedAlready() throws {
        _ = try converse { call in
            call.member == "StopUnit"
                ? [refusal(call, "org.freedesktop.systemd1.NoSuchUnit")] : [reply(call)]
        } _: { systemd in
            try systemd.stop("a.scope")
        }
    }

    @Test func aRefusalCarriesItsWords() throws {
        let error = #expect(throws: BusError.self) {
            _ = try converse { call in
                [refusal(call, "a.b")]
            } _: { _ in
            }
        }
        #expect(error == .refused(name: "a.b", message: "words of a.b"))
    }

    @Test func aRejectedGreetingIsAnError() throws {
        let error = #expect(throws: BusError.self) {
            _ = try converse(greeting: "REJECTED EXTERNAL\r\n") { _ in
                []
            } _: { _ in
            }
        }
        #expect(error == .unwelcome("REJECTED EXTERNAL"))
    }

    @Test(arguments: [
        Array(repeating: UInt8(0xFF), count: 64),
        [0x6C, 2, 0, 1, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0],
        [0x6C, 2, 0, 1, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
    ])
    func hostileAnswersAreErrors(bytes: [UInt8]) throws {
        #expect(throws: BusError.self) {
            _ = try converse { _ in
                [bytes]
            } _: { _ in
            }
        }
    }

    @Test(arguments: [
        ("unix:path=/run/user/1000/bus", "/run/user/1000/bus"),
        ("unix:path=/run/bus,guid=12", "/run/bus"), ("unix:guid=1,abstract=/tmp/x", "\0/tmp/x"),
        ("tcp:host=a;unix:path=/a%20b", "/a b"), ("tcp:host=a", nil), ("unix:path=/a%2", nil),
        ("unix:path=/a%00b", nil), ("", nil),
    ])
    func addresses(address: String, path: String?) {
        #expect(Systemd.socketPath(address: address) == path)
    }
}
