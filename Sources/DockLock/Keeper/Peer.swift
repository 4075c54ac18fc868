import Glibc
import Kernel
import Upkeep

/// A client of the keeper.
final class Peer {
    private let socket: Descriptor
    /// nil until it has said what it is for.
    var hello: Hello?
    /// Packets that it did not take yet; only those it must not lose.
    private var waiting: [[UInt8]] = []
    /// Bytes of output that it lost.
    private var dropped: UInt64 = 0
    /// It is gone, or was refused.
    private(set) var isGone = false
    /// What it waits for an answer to.
    var asked: Command?

    init(_ number: Int32) { socket = Descriptor(number) }

    var number: Int32 { socket.number }
    var hasWaiting: Bool { !waiting.isEmpty || dropped > 0 }
    /// The container must not write more before this client has taken what it has.
    var holdsOutput: Bool { hello?.isLossless == true && !waiting.isEmpty }

    func leave() { isGone = true }

    /// Sends what must arrive.
    func send(_ packet: [UInt8]) {
        guard !isGone else { return }
        if dropped > 0 || !waiting.isEmpty || !isTaken(packet) { waiting.append(packet) }
    }

    /// Sends output, which a slow client loses unless it is to lose nothing.
    func send(output: [UInt8]) {
        if hello?.isLossless == true { return send(output) }
        guard !isGone else { return }
        if dropped > 0 || !waiting.isEmpty || !isTaken(output) { dropped += UInt64(output.count - 1) }
    }

    /// The client takes packets again.
    func flush() {
        var sent = 0
        if dropped > 0 {
            guard isTaken(Frame.dropped.with(number: dropped, width: 8)) else { return }
            dropped = 0
        }
        while sent < waiting.count, isTaken(waiting[sent]) { sent += 1 }
        waiting.removeFirst(sent)
    }

    private func isTaken(_ packet: [UInt8]) -> Bool {
        do {
            return try Sockets.sendPacket(number, packet)
        } catch {
            isGone = true
            return true
        }
    }

    /// The next packet: nil where there is none.
    func receive() -> [UInt8]? {
        guard !isGone else { return nil }
        do {
            guard let packet = try Sockets.receivePacket(number, size: Frame.payloadMax + 1) else {
                return nil
            }
            if packet.isEmpty { isGone = true }
            return packet.isEmpty ? nil : packet
        } catch {
            isGone = true
            return nil
        }
    }
}
