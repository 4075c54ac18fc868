import CKernel
import Container
import Glibc
import Kernel

/// The keeper's ends of a container's stdio. None of them ever waits.
final class Stdio {
    /// To the container's stdin, or the terminal's master; -1 where it is closed.
    private(set) var input: Int32 = -1
    /// The container's stdout or terminal, and its stderr; -1 where closed.
    private(set) var outputs: [Int32] = [-1, -1]
    private let isTerminal: Bool
    /// Held open so that the terminal never looks as if nobody were there while the container runs.
    private var slave: Int32 = -1

    private init(isTerminal: Bool) { self.isTerminal = isTerminal }

    deinit {
        for number in Set([input, slave] + outputs) where number >= 0 { close(number) }
    }

    /// Calls with descriptors 0 to 2 being what the container shall have.
    static func pipes(openStdin: Bool, _ body: () throws -> Held) throws -> (Held, Stdio) {
        let stdio = Stdio(isTerminal: false)
        // Everything moves out of 0 to 2 and back: only these are handed down.
        let null = try Descriptor.open("/dev/null", O_RDWR)
        defer { for number in [Int32(0), 1, 2] { dup2(null.number, number) } }
        if openStdin {
            let (reads, writes) = try pipe()
            stdio.input = writes
            dup2(reads, 0)
            close(reads)
        }
        for (index, number) in [Int32(1), 2].enumerated() {
            let (reads, writes) = try pipe()
            stdio.outputs[index] = reads
            dup2(writes, number)
            close(writes)
        }
        for number in [stdio.input] + stdio.outputs where number >= 0 {
            _ = fcntl(number, F_SETFL, O_NONBLOCK)
        }
        return (try body(), stdio)
    }

    /// The terminal of a container.
    static func terminal(_ held: Held) throws(SystemError) -> Stdio {
        let stdio = Stdio(isTerminal: true)
        let master = try SystemError.check(fcntl(held.terminal, F_DUPFD_CLOEXEC, 3), "dup")
        stdio.outputs[0] = master
        stdio.input = master
        _ = fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK)
        // TIOCGPTPEER, since the name of the other end is one of the container's.
        let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
        let peer = dl_syscall(Int(SYS_ioctl), Int(master), 0x5441, Int(flags), 0, 0, 0)
        stdio.slave = Int32(try SystemError.checkReturned(peer, "open the terminal's other end"))
        return stdio
    }

    private static func pipe() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try SystemError.check(pipe2(&ends, O_CLOEXEC), "pipe")
        return (ends[0], ends[1])
    }

    func resize(rows: UInt16, columns: UInt16) {
        if isTerminal, outputs[0] >= 0 { _ = dl_window_set(outputs[0], rows, columns) }
    }

    /// Writes what it takes at once: how much that was; nil where nobody will read it any more.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard input >= 0 else { return nil }
        let wrote = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
        if wrote >= 0 { return wrote }
        if errno == EAGAIN || errno == EINTR { return 0 }
        closeInput()
        return nil
    }

    /// The end of the input; a terminal's is what ^D types.
    func closeInput() {
        guard input >= 0 else { return }
        if isTerminal {
            _ = Glibc.write(input, [4], 1)
        } else {
            close(input)
            input = -1
        }
    }

    /// Reads once into the room: how much came, 0 at the end, nil where there is nothing now.
    func read(_ index: Int, into room: UnsafeMutableRawBufferPointer) -> Int? {
        let got = Glibc.read(outputs[index], room.baseAddress, room.count)
        if got > 0 { return got }
        if got < 0, errno == EAGAIN || errno == EINTR { return nil }
        closeOutput(index)
        return 0
    }

    func closeOutput(_ index: Int) {
        guard outputs[index] >= 0 else { return }
        if outputs[index] == input { input = -1 }
        close(outputs[index])
        outputs[index] = -1
    }
}
