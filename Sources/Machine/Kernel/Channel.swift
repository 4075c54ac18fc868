import CKernel
import Glibc

/// The runtime's end of the socket to the child that walks a plan.
public struct Channel: ~Copyable, Sendable {
    public let descriptor: Descriptor
    /// The child's end, which is the caller's to close: once the child has it, only the child's death or
    /// exec ends the conversation.
    public let child: Int32

    public enum Message: Equatable, Sendable {
        /// The child waits at a phase.
        case asks(phase: UInt64)
        /// A step failed with an errno; for a hook, its wait status with ECHILD.
        case failed(step: Int, code: Int32, status: Int32)
        /// Another process goes on in the child's place.
        case forked(pid: Int32)
        /// The terminal's master; the receiver closes it.
        case terminal(Int32)
        /// The child's end is closed: it has executed, or is gone.
        case end
    }

    public init() throws(SystemError) {
        var ends: (Int32, Int32) = (-1, -1)
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let result = withUnsafeMutableBytes(of: &ends) { bytes in
            // Sound: the tuple is two adjacent Int32, as socketpair(2) wants.
            socketpair(AF_UNIX, type, 0, bytes.bindMemory(to: Int32.self).baseAddress)
        }
        try SystemError.check(result, "socketpair")
        descriptor = Descriptor(ends.0)
        child = ends.1
    }

    public func receive() throws(SystemError) -> Message {
        var message = dl_message()
        var fd: Int32 = -1
        let size = MemoryLayout<dl_message>.size
        let got = dl_receive(descriptor.number, &message, size, &fd, 1)
        if got == 0 || got == -Int(ECONNRESET) { return .end }
        try SystemError.checkReturned(got, "receive from the container")
        guard got == size else { throw SystemError("receive from the container", EPROTO) }
        switch dl_kind(message.kind) {
        case DL_ASKS: return .asks(phase: UInt64(message.value))
        case DL_FAILED: return .failed(step: Int(message.step), code: message.error, status: message.value)
        case DL_FORKED: return .forked(pid: message.value)
        case DL_TERMINAL: return .terminal(fd)
        default: throw SystemError("receive from the container", EPROTO)
        }
    }

    /// Lets the child go on, with descriptors for its slots.
    public func go(_ descriptors: [Int32] = []) throws(SystemError) {
        var message = dl_message()
        message.kind = DL_GO.rawValue
        let size = MemoryLayout<dl_message>.size
        try SystemError.checkReturned(
            dl_send(descriptor.number, &message, size, descriptors, descriptors.count),
            "send to the container")
    }
}
