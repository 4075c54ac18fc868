import Glibc
import Kernel
import Upkeep

/// A connection to a keeper.
public final class Client: Sendable {
    private let socket: Descriptor

    init(_ number: Int32) { socket = Descriptor(number) }

    /// Connects to the keeper of a container.
    /// - Parameter path: `Keeping.socket`.
    /// - Throws: `KeeperError` where none answers.
    public init(_ path: String, _ hello: Hello = Hello()) throws {
        do {
            socket = try Sockets.connectPackets(path)
        } catch {
            guard error.code == ENOENT || error.code == ECONNREFUSED else { throw error }
            throw KeeperError("the container is not running")
        }
        try send(Frame.hello.with(hello.node.encoded()))
    }

    var number: Int32 { socket.number }

    /// What came: its kind and payload; nil at the end.
    func receive() throws -> (Frame, ArraySlice<UInt8>)? {
        guard let packet = try Sockets.receivePacket(number, size: Frame.payloadMax + 1), !packet.isEmpty
        else {
            return nil
        }
        guard let frame = Frame(rawValue: packet[0]) else {
            throw KeeperError("the keeper sent an unknown word")
        }
        return (frame, packet[1...])
    }

    func send(_ packet: [UInt8]) throws { _ = try Sockets.sendPacket(number, packet) }

    /// Until the container runs: its first process.
    func awaitStart() throws -> Int32 {
        while let (frame, payload) = try receive() {
            switch frame {
            case .started: return Int32(truncatingIfNeeded: Frame.number(payload, width: 4) ?? 0)
            case .failed:
                let words = String(decoding: payload.dropFirst(), as: UTF8.self)
                throw KeeperError(words, status: Int32(payload.first ?? 125))
            default: throw KeeperError("the keeper spoke out of turn")
            }
        }
        throw KeeperError("the keeper has ended before the container was started")
    }

    /// Waits for the end of the container, for good: its exit status.
    public func awaitEnd() throws -> Int32 {
        while let (frame, payload) = try receive() {
            if frame == .exited { return Int32(payload.first ?? 255) }
        }
        throw KeeperError("the keeper of the container is gone")
    }

    /// Asks for something, and waits until it is done.
    public func ask(_ command: Command) throws {
        try send(Frame.command.with(command.node.encoded()))
        while let (frame, payload) = try receive() {
            switch frame {
            case .done: return
            case .refused: throw KeeperError(String(decoding: payload, as: UTF8.self))
            case .exited: if case .stop = command { return }
            default: break
            }
        }
        throw KeeperError("the keeper of the container is gone")
    }

    /// Sends a signal to the container's first process.
    public func signal(_ number: Int32) throws {
        try send(Frame.signal.with([UInt8(truncatingIfNeeded: number)]))
    }
}
