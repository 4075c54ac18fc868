import CKernel
import Glibc
import Kernel
import Upkeep

extension Keeper {
    /// What a client sends, and what it can take now.
    func serve(_ peer: Peer, _ events: Int16) {
        if events & Int16(POLLOUT) != 0 { peer.flush() }
        if events & Int16(POLLHUP | POLLERR) != 0, events & Int16(POLLIN) == 0 { peer.leave() }
        guard events & Int16(POLLIN) != 0 else { return }
        // One packet a turn: what it wants of stdin may have to wait before the next is read.
        if let packet = peer.receive() { take(packet, from: peer) }
    }

    func take(_ packet: [UInt8], from peer: Peer) {
        let payload = packet.dropFirst()
        guard let frame = Frame(rawValue: packet[0]) else { return refuse(peer, "unknown packet") }
        do {
            if peer.hello == nil {
                guard frame == .hello else { return refuse(peer, "the first packet is no hello") }
                peer.hello = try Hello(decoding: Array(payload))
                if phase == .running, let held {
                    peer.send(Frame.started.with(number: UInt64(held.pid), width: 4))
                }
                return
            }
            switch frame {
            case .input:
                if peer.hello?.stdin == true, phase == .running, stdio?.input ?? -1 >= 0, !inputEnds {
                    input += payload
                    feed()
                }
            case .inputEnd: if peer.hello?.stdin == true { endInput() }
            case .size:
                guard let number = Frame.number(payload, width: 4) else { return refuse(peer, "bad size") }
                keeping.rows = UInt16(truncatingIfNeeded: number)
                keeping.columns = UInt16(truncatingIfNeeded: number >> 16)
                stdio?.resize(rows: keeping.rows, columns: keeping.columns)
            case .signal:
                guard let number = payload.first, payload.count == 1, (1...64).contains(number) else {
                    return refuse(peer, "bad signal")
                }
                if let held { _ = dl_pidfd_send_signal(held.process, Int32(number)) }
            case .command: try obey(try Command(decoding: Array(payload)), peer)
            default: refuse(peer, "unknown packet")
            }
        } catch {
            refuse(peer, "\(error)")
        }
    }

    private func obey(_ command: Command, _ peer: Peer) throws {
        switch command {
        case .stop(let signal, let timeout):
            peer.asked = command
            stop(signal: signal, timeout: timeout, restarts: false)
        case .restart(let signal, let timeout):
            guard phase != .over else { return refuse(peer, "the container has ended") }
            peer.asked = command
            stop(signal: signal, timeout: timeout, restarts: true)
        case .policy(let policy):
            keeping.restart = policy
            state.policy = policy
            try writeState()
            peer.send(Frame.done.with())
        }
    }

    /// The answer to what a client has asked: done, or why not.
    func answer(_ peer: Peer, _ problem: String?) {
        peer.asked = nil
        peer.send(problem.map { Frame.refused.with(Array($0.utf8)) } ?? Frame.done.with())
    }

    private func refuse(_ peer: Peer, _ problem: String) {
        peer.send(Frame.refused.with(Array(problem.utf8)))
        peer.leave()
    }

    /// A client is gone.
    func left(_ peer: Peer) {
        guard peer.hello?.stdin == true, keeping.stdinOnce else { return }
        if !keeping.tty { endInput() }
    }

    private func endInput() {
        inputEnds = true
        feed()
    }

    /// Writes what the container's stdin takes.
    func feed() {
        while !input.isEmpty {
            guard let wrote = stdio?.write(input[...]) else {
                input = []
                break
            }
            if wrote == 0 { return }
            input.removeFirst(wrote)
        }
        guard inputEnds else { return }
        stdio?.closeInput()
        // A terminal's input goes on after ^D.
        if keeping.tty { inputEnds = false }
    }
}
