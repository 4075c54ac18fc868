import CKernel
import Glibc

/// Other ways to a child than a plan's.
extension Processes {
    /// Starts a program in a session of its own: its stdio is /dev/null, and `descriptors` become 3 and on.
    /// - Returns: the pid; the child is the caller's to wait for.
    public static func start(
        _ path: String, _ args: [String], env: [String], descriptors: [Int32]
    ) throws(SystemError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in [Int32(0), 1, 2] {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        }
        // Out of the way of their own places first; their copies go with exec.
        var moved: [Int32] = []
        defer { for number in moved { close(number) } }
        for (index, number) in descriptors.enumerated() {
            moved.append(try SystemError.check(fcntl(number, F_DUPFD_CLOEXEC, 64), "dup"))
            posix_spawn_file_actions_adddup2(&actions, moved[index], Int32(3 + index))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // 0x80 is POSIX_SPAWN_SETSID, which the importer does not show.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)
        var pid: pid_t = 0
        let code = withArguments(args) { argv in
            withArguments(env) { envp in posix_spawn(&pid, path, &actions, &attributes, argv, envp) }
        }
        guard code == 0 else { throw SystemError("spawn", code, path) }
        return pid
    }

    /// A copy of this process, which must have one thread: 0 in the copy, its pid here.
    /// - Parameter flags: CLONE_NEW* bits.
    public static func fork(flags: UInt64 = 0) throws(SystemError) -> Int32 {
        let result = dl_syscall(Int(SYS_clone), Int(flags) | Int(SIGCHLD), 0, 0, 0, 0, 0)
        return Int32(try SystemError.checkReturned(result, "clone"))
    }

    /// Closes every descriptor from `first` on.
    public static func closeFrom(_ first: Int32) {
        _ = dl_syscall(Int(SYS_close_range), Int(first), Int(UInt32.max), 0, 0, 0, 0)
    }

    /// The next child that has ended and is not yet waited for; nil where there is none. It stays unwaited.
    public static func endedChild() -> Int32? {
        var info = siginfo_t()
        guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return nil }
        let pid = dl_child_of(&info)
        return pid > 0 ? pid : nil
    }

    /// Waits for a child by its pid: its exit code, or 128 + n.
    @discardableResult
    public static func collect(_ pid: Int32) throws(SystemError) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemError("waitpid", errno) }
        }
        return dl_exited(status)
    }

    private static func control(_ option: Int32, _ value: Int) {
        _ = dl_syscall(Int(SYS_prctl), Int(option), value, 0, 0, 0, 0)
    }

    /// What ps(1) shows this process as: at most 15 bytes.
    public static func rename(_ name: StaticString) {
        control(PR_SET_NAME, Int(bitPattern: name.utf8Start))
    }

    /// From here on orphans below this process become its children.
    public static func adoptOrphans() { control(PR_SET_CHILD_SUBREAPER, 1) }

    /// The kernel kills this process when its parent dies.
    public static func dieWithParent() { control(PR_SET_PDEATHSIG, Int(SIGKILL)) }
}
