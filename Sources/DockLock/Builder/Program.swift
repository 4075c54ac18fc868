import Glibc
import Kernel

/// Runs another program to its end.
enum Program {
    enum Output {
        case ours
        /// Nothing of it is shown, complaints neither.
        case nothing
        case file(String)
    }

    /// The exit status, or 128 + n where a signal ended it. What would end this process meanwhile calls
    /// `interrupted` instead; the program gets it, too, where the keyboard sent it.
    static func run(
        _ path: String, _ arguments: [String], output: Output, interrupted: () -> Void = {}
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        switch output {
        case .ours: break
        case .nothing:
            for number in [Int32(1), 2] {
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
            }
        case .file(let log):
            posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        // Blocked here, so that nothing of them is lost between two looks; not in the program.
        var awaited = sigset_t()
        sigemptyset(&awaited)
        for number in [SIGCHLD, SIGINT, SIGTERM, SIGHUP] { sigaddset(&awaited, number) }
        var before = sigset_t()
        sigprocmask(SIG_BLOCK, &awaited, &before)
        defer { sigprocmask(SIG_SETMASK, &before, nil) }
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
            let number = sigwaitinfo(&awaited, nil)
            var status: Int32 = 0
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid {
                return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
            }
            if ended < 0, errno != EINTR { throw SystemError("wait for", errno, path) }
            if number > 0, number != SIGCHLD { interrupted() }
        }
    }
}
