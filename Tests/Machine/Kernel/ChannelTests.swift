import CKernel
import Glibc
import Kernel
import Testing

/// The conversation with a walker, this test in the walker's place.
@Suite struct ChannelTests {
    private func send(
        _ channel: borrowing Channel, _ kind: dl_kind, step: UInt32 = 0, error: Int32 = 0, value: Int32 = 0,
        fds: [Int32] = []
    ) {
        var message = dl_message(kind: kind.rawValue, step: step, error: error, value: value)
        let size = MemoryLayout<dl_message>.size
        #expect(dl_send(channel.child, &message, size, fds, fds.count) == 0)
    }

    @Test func messagesAreUnderstood() throws {
        let channel = try Channel()
        defer { close(channel.child) }
        send(channel, DL_ASKS, value: 3)
        send(channel, DL_FAILED, step: 13, error: EPERM, value: 256)
        send(channel, DL_FORKED, value: 4711)
        #expect(try channel.receive() == .asks(phase: 3))
        #expect(try channel.receive() == .failed(step: 13, code: EPERM, status: 256))
        #expect(try channel.receive() == .forked(pid: 4711))
    }

    @Test func terminalBringsItsDescriptor() throws {
        let channel = try Channel()
        defer { close(channel.child) }
        send(channel, DL_TERMINAL, fds: [0])
        guard case .terminal(let number) = try channel.receive() else {
            Issue.record("another message")
            return
        }
        #expect(number > 2)
        #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
        #expect(close(number) == 0)
    }

    @Test func endIsHeard() throws {
        let channel = try Channel()
        send(channel, DL_ASKS, value: 5)
        close(channel.child)
        #expect(try channel.receive() == .asks(phase: 5))
        #expect(try channel.receive() == .end)
        #expect(throws: SystemError("send to the container", EPIPE)) { try channel.go() }
    }

    @Test func rubbishIsRefused() throws {
        let channel = try Channel()
        defer { close(channel.child) }
        send(channel, dl_kind(99))
        #expect(write(channel.child, "abc", 3) == 3)
        for _ in 0..<2 {
            #expect(throws: SystemError("receive from the container", EPROTO)) { try channel.receive() }
        }
    }

    @Test func answerCarriesDescriptors() throws {
        let channel = try Channel()
        defer { close(channel.child) }
        try channel.go([0, 1])
        var message = dl_message()
        var fds: [Int32] = [-1, -1, -1, -1]
        #expect(dl_receive(channel.child, &message, MemoryLayout<dl_message>.size, &fds, 4) == 16)
        #expect(message.kind == DL_GO.rawValue)
        #expect(fds[0] > 2 && fds[1] > 2 && fds[2] == -1 && fds[3] == -1)
        close(fds[0])
        close(fds[1])
        #expect(throws: SystemError("send to the container", EINVAL)) { try channel.go([0, 0, 0, 0, 0]) }
    }
}
