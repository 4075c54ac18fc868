import CKernel
import Glibc
import Kernel

/// For who is not root: a user namespace in which he is, with his range of /etc/subuid below him, so that
/// layers keep their owners. Without a range only what is root's can be unpacked.
enum Rootless {
    /// CLONE_NEWUSER
    private static let newUser = 0x1000_0000

    /// Enters the namespace, where one is needed: this process has one thread, and becomes its root.
    static func enter() throws {
        let (uid, gid) = (Host.uid, Host.gid)
        guard uid != 0 else { return }
        let name = Host.userName
        let users = try range("/etc/subuid", name, uid)
        let groups = try range("/etc/subgid", name, uid)
        // Maps of more than one's own id are written by newuidmap, from outside: it is started before, and
        // waits until it can read the word that the namespace is there.
        var ends: [Int32] = [-1, -1]
        try SystemError.check(pipe(&ends), "pipe")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reading = Descriptor(ends[0])
        let writing = Descriptor(ends[1])
        var helper: pid_t?
        if let users, let groups {
            let pid = String(getpid())
            let script =
                "read go && newuidmap \(pid) 0 \(uid) 1 1 \(users.start) \(users.count)"
                + " && newgidmap \(pid) 0 \(gid) 1 1 \(groups.start) \(groups.count)"
            helper = try start(script, input: reading.number)
        }
        try SystemError.checkReturned(
            dl_syscall(Int(SYS_unshare), Self.newUser, 0, 0, 0, 0, 0), "make a user namespace")
        if let helper {
            try writing.write("go\n")
            var status: Int32 = 0
            while waitpid(helper, &status, 0) < 0 && errno == EINTR {}
            guard status == 0 else {
                throw Failure(description: "newuidmap and newgidmap did not map \(name)'s range of ids")
            }
        } else {
            try Files.put("deny", to: "/proc/self/setgroups")
            try Files.put("0 \(gid) 1", to: "/proc/self/gid_map")
            try Files.put("0 \(uid) 1", to: "/proc/self/uid_map")
        }
        try SystemError.check(setgid(0), "setgid")
        try SystemError.check(setuid(0), "setuid")
    }

    /// The first range of ids that the file gives the user, by name or by number.
    private static func range(
        _ path: String, _ name: String, _ uid: UInt32
    ) throws -> (start: UInt32, count: UInt32)? {
        guard let text = try? Files.text(path) else { return nil }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] == name || fields[0] == String(uid) else { continue }
            guard let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0 else {
                throw Failure(description: "\(path): the line \"\(line)\" is no range of ids")
            }
            return (start, count)
        }
        return nil
    }

    private static func start(_ script: String, input: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        var words = cStrings(["sh", "-c", script])
        defer { words.forEach { free($0) } }
        var environment = cStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        defer { environment.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/bin/sh", &actions, nil, &words, &environment)
        guard code == 0 else { throw SystemError("start", code, "/bin/sh") }
        return pid
    }

    /// Copies that end in a null pointer; the caller frees them.
    private static func cStrings(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
        strings.map { strdup($0) } + [nil]
    }
}
