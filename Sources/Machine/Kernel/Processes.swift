import CKernel
import Glibc

/// A process of this runtime's, or one that it looks after.
public enum Processes {
    /// Starts the walker of a plan.
    /// - Parameters:
    ///   - program: this program, as `readonlySelf` gives it.
    ///   - blob: the sealed plan.
    ///   - keep: descriptors that the child inherits, at their numbers.
    ///   - flags: CLONE_NEW* bits.
    ///   - cgroup: a directory of the v2 tree to be born in, or -1.
    /// - Returns: the pid, and a descriptor of the process.
    public static func walk(
        program: Int32, blob: Int32, keep: [Int32], flags: UInt64, cgroup: Int32
    ) throws(SystemError) -> (pid: Int32, descriptor: Int32) {
        var spawn = dl_spawn()
        spawn.`self` = program
        spawn.blob = blob
        spawn.flags = flags
        spawn.cgroup = cgroup
        let pid = keep.withUnsafeBufferPointer { buffer in
            // Sound: the pointer is used before the call returns, when the child has executed.
            spawn.keep = buffer.baseAddress
            spawn.kept = buffer.count
            return dl_spawn(&spawn)
        }
        try SystemError.checkReturned(pid, "clone")
        return (pid, spawn.pidfd)
    }

    /// This program in a form that nobody can write to, not even through /proc/PID/exe (CVE-2019-5736).
    public static func readonlySelf() throws(SystemError) -> Int32 {
        try SystemError.checkReturned(dl_readonly_self(), "copy", "/proc/self/exe")
    }

    /// Runs a program to its end: exit code, or 128 + n; nil where it was killed after `seconds`. An empty
    /// environment stands for the caller's own.
    public static func run(
        _ path: String, _ args: [String], env: [String], input: Int32 = -1, output: Int32 = -1,
        seconds: Int = 0
    ) throws(SystemError) -> Int32? {
        let status = withArguments(args) { argv in
            withArguments(env) { envp in
                dl_run(path, argv, envp, input, output, UInt32(clamping: seconds))
            }
        }
        if status == -ETIMEDOUT { return nil }
        try SystemError.checkReturned(status, "run", path)
        return dl_exited(status)
    }

    /// Calls with a NULL-terminated array of C strings.
    static func withArguments<T>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> T
    ) -> T {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        // Sound: the array outlives the call, and the strings are freed after it.
        return pointers.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { return body(base) }
            fatalError("an array with an element has an address")
        }
    }

    public static func open(pid: Int32) throws(SystemError) -> Descriptor {
        Descriptor(try SystemError.checkReturned(dl_pidfd_open(pid), "pidfd_open", String(pid)))
    }

    public static func signal(_ process: borrowing Descriptor, _ number: Int32) throws(SystemError) {
        try SystemError.checkReturned(dl_pidfd_send_signal(process.number, number), "kill")
    }

    /// Waits for a child: its exit code, 128 + n where a signal ended it; nil where it runs and `blocks`
    /// is false.
    public static func wait(_ descriptor: Int32, blocks: Bool = true) throws(SystemError) -> Int32? {
        var status: Int32 = 0
        let ended = dl_wait_pidfd(descriptor, &status, blocks ? 1 : 0)
        try SystemError.checkReturned(ended, "waitid")
        return ended == 1 ? status : nil
    }

    /// When a process began, in clock ticks since boot, and its state's letter; nil where there is none.
    /// With the pid it names a process for good: pids come again, this pair doesn't.
    public static func identity(of pid: Int32) -> (start: UInt64, state: UInt8)? {
        guard pid > 0, let bytes = try? Files.read("/proc/" + String(pid) + "/stat") else { return nil }
        // The second field is the name, in parentheses, and may hold anything; what counts comes after it.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        var field = 2
        var state: UInt8 = 0
        var start: UInt64 = 0
        for byte in bytes[(close + 1)...] {
            if byte == UInt8(ascii: " ") {
                field += 1
                if field > 22 { break }
                continue
            }
            if field == 3 { state = byte }
            if field == 22, byte >= 48, byte <= 57 { start = start &* 10 &+ UInt64(byte - 48) }
        }
        return field >= 22 ? (start, state) : nil
    }
}

/// Bytes in memory that can be handed on as a file.
public enum Memory {
    /// Gives back the pages of code that a phase of the work has gone through: what comes next needs few of
    /// them, and they count as ours as long as they are mapped. They stay in the page cache.
    public static func releaseCode() { dl_release_code() }

    /// A file of memory that holds `bytes`, at its start; sealed against every change where `isSealed`.
    public static func file(_ name: String, _ bytes: [UInt8], isSealed: Bool = true) throws(SystemError)
        -> Descriptor
    {
        let file = Descriptor(try SystemError.checkReturned(dl_memfd(name), "memfd_create", name))
        try file.write(bytes, name: name)
        if isSealed { try SystemError.checkReturned(dl_seal(file.number), "seal", name) }
        try SystemError.check(lseek(file.number, 0, SEEK_SET), "lseek", name)
        return file
    }
}
