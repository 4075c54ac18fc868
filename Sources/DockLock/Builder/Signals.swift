import Glibc

/// The signals that end a process at a person's wish, while they are kept waiting.
struct Signals {
    private var before = sigset_t()
    private var waiting = sigset_t()

    /// Keeps them waiting, but for those that whoever started this process told it to take no notice of, as
    /// nohup(1) does; and `also`.
    static func blocked(also: [Int32] = []) -> Signals {
        var signals = Signals()
        sigemptyset(&signals.waiting)
        for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
            sigaddset(&signals.waiting, number)
        }
        for number in also { sigaddset(&signals.waiting, number) }
        sigprocmask(SIG_BLOCK, &signals.waiting, &signals.before)
        return signals
    }

    /// The next of them.
    func next() -> Int32 {
        var set = waiting
        return sigwaitinfo(&set, nil)
    }

    /// Takes those that wait, and says whether one of them was to end this process.
    func take() -> Bool {
        var set = waiting
        var none = timespec()
        var isEnding = false
        while true {
            let number = sigtimedwait(&set, nil, &none)
            if number > 0, number != SIGCHLD { isEnding = true }
            if number < 0, errno != EINTR { return isEnding }
        }
    }

    /// Lets them through again.
    func restore() {
        var old = before
        sigprocmask(SIG_SETMASK, &old, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        // 1 is SIG_IGN, which is no function to compare with.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
