import CKernel
import Glibc
import Kernel

/// A foreground process: signals go on to it, a terminal's bytes go both ways, and its end is waited for.
final class Attachment {
    private let signals: Descriptor
    /// The master, or -1 where the process has our own stdio.
    private let terminal: Int32
    private var saved: termios?
    private var toTerminal: [UInt8] = []
    private var readsInput = true
    /// Nobody has the terminal open: poll(2) would report it without end, so it is asked now and then.
    private var isHungUp = false

    /// Signals are held from before the clone on, so that none is lost between clone and wait.
    static func holdSignals() {
        var all = sigset_t()
        sigfillset(&all)
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS] { sigdelset(&all, number) }
        sigprocmask(SIG_SETMASK, &all, nil)
    }

    init(terminal: Int32) throws {
        self.terminal = terminal
        var all = sigset_t()
        sigfillset(&all)
        signals = Descriptor(try SystemError.check(signalfd(-1, &all, 0x80000 | 0x800), "signalfd"))
        guard terminal >= 0 else { return }
        // A write that waits for the process to read would keep its output from being read here.
        _ = fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK)
        var mode = termios()
        if tcgetattr(0, &mode) == 0 {
            saved = mode
            cfmakeraw(&mode)
            tcsetattr(0, TCSANOW, &mode)
        }
    }

    func restore() {
        if var saved { tcsetattr(0, TCSANOW, &saved) }
        saved = nil
    }

    deinit { restore() }

    /// Gives a terminal the size of ours, where we have one.
    static func copySize(to terminal: Int32) {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        if dl_window_get(0, &rows, &columns) == 0, rows > 0 { _ = dl_window_set(terminal, rows, columns) }
    }

    /// Waits for the process: its exit code, or 128 + n. Meanwhile `notify` is passed on.
    func wait(_ process: Int32, _ notify: Notify? = nil) throws -> Int32 {
        while true {
            var entries = [
                pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: process, events: Int16(POLLIN), revents: 0),
                pollfd(fd: terminal, events: Int16(POLLIN | (toTerminal.isEmpty ? 0 : POLLOUT)), revents: 0),
                pollfd(
                    fd: terminal >= 0 && readsInput && toTerminal.isEmpty ? 0 : -1, events: Int16(POLLIN),
                    revents: 0),
                pollfd(fd: notify?.number ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            if isHungUp { entries[2].fd = -1 }
            let ready = poll(&entries, 5, isHungUp ? 50 : -1)
            if ready < 0, errno != EINTR { throw SystemError("poll", errno) }
            if entries[0].revents != 0 { try forward(process) }
            if isHungUp || entries[2].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { relayOutput() }
            if entries[3].revents != 0 { readInput() }
            if !toTerminal.isEmpty, !isHungUp { writeInput() }
            if entries[4].revents != 0 { _ = notify?.take() }
            if entries[1].revents != 0, let status = try Processes.wait(process, blocks: false) {
                drain()
                return status
            }
        }
    }

    private func forward(_ process: Int32) throws {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(signals.number, &info, size) == size {
            let number = Int32(info.ssi_signo)
            switch number {
            case SIGCHLD: reap(except: process)
            case SIGWINCH where terminal >= 0: Attachment.copySize(to: terminal)
            case SIGTTIN, SIGTTOU, SIGPIPE, SIGURG: break
            default: _ = dl_pidfd_send_signal(process, number)
            }
        }
    }

    /// Orphans of the container that came to us, its subreaper.
    private func reap(except process: Int32) {
        var info = siginfo_t()
        while true {
            guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0, dl_child_of(&info) > 0 else {
                return
            }
            var own = siginfo_t()
            // The container's own end is for `wait` to read.
            if waitid(P_PIDFD, id_t(process), &own, WEXITED | WNOHANG | WNOWAIT) == 0,
                dl_child_of(&own) == dl_child_of(&info)
            {
                return
            }
            waitpid(dl_child_of(&info), nil, WNOHANG)
        }
    }

    private func relayOutput() {
        var room = [UInt8](repeating: 0, count: 32768)
        let got = read(terminal, &room, room.count)
        isHungUp = got == 0 || got < 0 && errno == EIO
        if got > 0 {
            room.removeLast(room.count - got)
            try? Attachment.write(room)
        }
    }

    private static func write(_ bytes: [UInt8]) throws(SystemError) {
        let out = Descriptor(dup(1))
        try out.write(bytes)
    }

    private func readInput() {
        var room = [UInt8](repeating: 0, count: 4096)
        let got = read(0, &room, room.count)
        if got > 0 {
            toTerminal = Array(room[..<got])
        } else if got == 0 {
            // The end of our input is the end of the terminal's: what ^D types.
            readsInput = false
            toTerminal = [4]
        } else if errno != EAGAIN, errno != EINTR {
            readsInput = false
        }
    }

    private func writeInput() {
        let wrote = Glibc.write(terminal, toTerminal, toTerminal.count)
        if wrote > 0 { toTerminal.removeFirst(wrote) }
        if wrote < 0, errno != EAGAIN, errno != EINTR { toTerminal = [] }
    }

    /// What the process wrote before it ended, and nobody has read yet.
    private func drain() {
        guard terminal >= 0 else { return }
        var entry = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, 0) > 0, entry.revents & Int16(POLLIN) != 0 { relayOutput() }
    }
}
