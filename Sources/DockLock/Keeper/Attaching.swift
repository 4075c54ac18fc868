import CKernel
import Glibc
import Kernel
import Upkeep

/// How a person is attached to a container.
public struct Attaching: Sendable, Equatable {
    public var stdin = false
    /// The container has a terminal: ours becomes raw, and its size is passed on.
    public var tty = false
    /// Signals that come to us go on to the container; otherwise they end the attachment.
    public var proxiesSignals = true
    /// The bytes that leave the container to itself; empty for none. ctrl-p ctrl-q by default.
    public var detachKeys: [UInt8] = [0x10, 0x11]
    /// Where what is typed comes from, and where the container's output goes.
    public var input: Int32 = 0
    public var output: Int32 = 1
    public var errors: Int32 = 2

    public init() {}

    /// Keeps what comes to us until an attachment takes it: from before a start on, a signal is the
    /// container's.
    public static func holdSignals() {
        var all = signals
        sigprocmask(SIG_SETMASK, &all, nil)
    }

    static var signals: sigset_t {
        var all = sigset_t()
        sigfillset(&all)
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS] { sigdelset(&all, number) }
        return all
    }

    public enum Outcome: Sendable, Equatable {
        /// The container has ended with this status.
        case ended(Int32)
        case detached
        /// A signal ended the attachment.
        case interrupted(Int32)
    }

    /// `ctrl-X` and single characters, separated by commas, as docker's `--detach-keys`; nil for a bad one.
    public static func keys(_ text: String) -> [UInt8]? {
        var keys: [UInt8] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bytes = Array(part.utf8)
            if bytes.count == 1, bytes[0] < 0x80 {
                keys.append(bytes[0])
            } else if bytes.count == 6, part.hasPrefix("ctrl-") {
                let key = bytes[5]
                let isLetter = key >= UInt8(ascii: "a") && key <= UInt8(ascii: "z")
                guard isLetter || (key >= UInt8(ascii: "@") && key <= UInt8(ascii: "_")) else { return nil }
                keys.append(key & 0x1F)
            } else {
                return nil
            }
        }
        return keys
    }
}

extension Client {
    /// Passes bytes, signals and the terminal's size both ways until the container ends or is left.
    public func attach(_ how: Attaching) throws -> Attaching.Outcome {
        try Attachment(self, how).run()
    }
}

/// An attachment at work.
private final class Attachment {
    let client: Client
    let how: Attaching
    let signals: Descriptor
    let terminal: Terminal?
    var readsInput: Bool
    /// A packet that the keeper does not take yet.
    var waiting: [UInt8] = []
    var keys: DetachKeys
    var old = sigset_t()

    init(_ client: Client, _ how: Attaching) throws {
        self.client = client
        self.how = how
        readsInput = how.stdin
        keys = DetachKeys(how.tty ? how.detachKeys : [])
        var all = Attaching.signals
        // Before the terminal is raw, so that no signal ends us while it is.
        sigprocmask(SIG_SETMASK, &all, &old)
        signals = Descriptor(try SystemError.check(signalfd(-1, &all, 0x80000 | 0x800), "signalfd"))
        terminal = how.tty && how.stdin ? Terminal(how.input) : nil
        _ = fcntl(client.number, F_SETFL, O_RDWR | O_NONBLOCK)
    }

    func run() throws -> Attaching.Outcome {
        defer {
            terminal?.restore()
            sigprocmask(SIG_SETMASK, &old, nil)
        }
        if how.tty { sendSize() }
        while true {
            var entries = [
                pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: client.number, events: Int16(POLLIN | (waiting.isEmpty ? 0 : POLLOUT)), revents: 0),
                pollfd(fd: readsInput && waiting.isEmpty ? how.input : -1, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&entries, 3, -1) < 0, errno != EINTR { throw SystemError("poll", errno) }
            if entries[0].revents != 0, let number = takeSignals() { return .interrupted(number) }
            if entries[1].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, let status = try relay() {
                return .ended(status)
            }
            if entries[1].revents & Int16(POLLOUT) != 0 { send(waiting) }
            if entries[2].revents != 0, try !readInput() { return .detached }
        }
    }

    private func send(_ packet: [UInt8]) {
        do {
            waiting = try Sockets.sendPacket(client.number, packet) ? [] : packet
        } catch {
            // The keeper is gone: what it still has to say is read first.
            waiting = []
            readsInput = false
        }
    }

    private func sendSize() {
        guard let size = how.size else { return }
        let number = UInt64(size.rows) | UInt64(size.columns) << 16
        _ = try? Sockets.sendPacket(client.number, Frame.size.with(number: number, width: 4))
    }

    private func takeSignals() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(signals.number, &info, size) == size {
            let number = Int32(info.ssi_signo)
            switch number {
            case SIGWINCH: if how.tty { sendSize() }
            case SIGCHLD, SIGTTIN, SIGTTOU, SIGPIPE, SIGURG: break
            default:
                guard how.proxiesSignals else { return number }
                try? client.signal(number)
            }
        }
        return nil
    }

    /// Takes one packet; the exit status once the container has ended.
    private func relay() throws -> Int32? {
        guard let packet = try Sockets.receivePacket(client.number, size: Frame.payloadMax + 1) else {
            return nil
        }
        guard let kind = packet.first else { throw KeeperError("the keeper of the container is gone") }
        let payload = Array(packet.dropFirst())
        switch Frame(rawValue: kind) {
        case .stdout: write(payload, to: how.output)
        case .stderr: write(payload, to: how.errors)
        case .dropped:
            let count = Frame.number(payload[...], width: 8) ?? 0
            write(
                Array("\r\n[\(count) bytes of output were lost: too slow to read]\r\n".utf8), to: how.errors)
        case .exited: return Int32(payload.first ?? 255)
        case .refused: throw KeeperError(String(decoding: payload, as: UTF8.self))
        default: break
        }
        return nil
    }

    /// A reader that is gone is no reason to end the container; its output goes nowhere from then on.
    private func write(_ bytes: [UInt8], to number: Int32) {
        var done = 0
        while done < bytes.count {
            let wrote = bytes[done...].withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if wrote > 0 {
                done += wrote
            } else if errno == EAGAIN {
                var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// False where the detach keys were typed.
    private func readInput() throws -> Bool {
        var room = [UInt8](repeating: 0, count: 4096)
        let got = read(how.input, &room, room.count)
        if got > 0 {
            let (bytes, isDetached) = keys.take(room[..<got])
            if !bytes.isEmpty { send(Frame.input.with(bytes)) }
            return !isDetached
        }
        if got < 0, errno == EAGAIN || errno == EINTR { return true }
        readsInput = false
        send(Frame.inputEnd.with())
        return true
    }
}

/// Looks for the keys that detach in what is typed.
struct DetachKeys {
    private let keys: [UInt8]
    private var matched = 0

    init(_ keys: [UInt8]) { self.keys = keys }

    /// What goes on to the container, and whether all of the keys have come, one after the other.
    mutating func take(_ typed: ArraySlice<UInt8>) -> (bytes: [UInt8], isDetached: Bool) {
        guard !keys.isEmpty else { return (Array(typed), false) }
        var bytes: [UInt8] = []
        for byte in typed {
            if byte == keys[matched] {
                matched += 1
                if matched == keys.count { return (bytes, true) }
                continue
            }
            // They were meant for the container after all.
            bytes += keys[..<matched]
            matched = byte == keys[0] ? 1 : 0
            if matched == 0 { bytes.append(byte) }
            if matched == keys.count { return (bytes, true) }
        }
        return (bytes, false)
    }
}
