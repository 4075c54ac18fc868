import Glibc
import Kernel

/// Runs another program to its end.
enum Program {
    /// The exit status, or 128 + n where a signal ended it. What it prints goes to `log`, or where this
    /// process prints. What would end this process meanwhile calls `interrupted` instead; the program gets
    /// it, too, where the keyboard sent it.
    static func run(
        _ path: String, _ arguments: [String], log: String?, interrupted: () -> Void = {}
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let log {
            posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        // Blocked here, so that nothing of them is lost between two looks; not in the program.
        let signals = Signals.blocked(also: [SIGCHLD])
        defer { signals.restore() }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &words, environ)
        guard code == 0 else { throw SystemError("start", code, path) }
        while true {
            var status: Int32 = 0
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid {
                if signals.take() { interrupted() }
                return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
            }
            if ended < 0, errno != EINTR { throw SystemError("wait for", errno, path) }
            // Looked at again after it, also where what ran meanwhile has taken the word of its end.
            let number = signals.next()
            if number > 0, number != SIGCHLD { interrupted() }
        }
    }
}
