import Glibc
import Kernel

/// Taking a container from a verb that does not come to its end: a hook may hang, and `delete --force` must
/// work nevertheless.
extension Store {
    /// How long another verb may still take.
    private static let patienceMillis: Int32 = 5000

    /// The folder, locked, with an end to the waiting: past it whoever holds the lock is killed.
    func seize(_ id: String) throws -> Folder {
        var waited: Int32 = 0
        while true {
            let folder = try open(id)
            if flock(folder.directory.number, LOCK_EX | LOCK_NB) == 0 {
                if try folder.lock() { return folder }
                continue
            }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw SystemError("flock", errno, path(id)) }
            if waited >= Self.patienceMillis {
                try folder.endHolder()
                waited = 0
            }
            _ = poll(nil, 0, 10)
            waited += 10
        }
    }
}

extension Folder {
    /// Kills the process that holds the lock with the groups of processes that it started, its hooks, and
    /// waits for its end. What it has made is on record.
    fileprivate func endHolder() throws {
        guard let pid = try holder(), let process = try? Processes.open(pid: pid), try holder() == pid else {
            return
        }
        let children = (try? Files.text("/proc/\(pid)/task/\(pid)/children")) ?? ""
        let groups = children.split(separator: " ").compactMap { Int32($0) }.filter { getpgid($0) == $0 }
        do {
            try Processes.signal(process, SIGKILL)
            for group in groups { _ = Glibc.kill(-group, SIGKILL) }
        } catch {
            guard error.code == ESRCH else { throw error }
            return
        }
        var entry = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, -1) < 0, errno == EINTR {}
    }

    /// The process that holds the lock, as /proc/locks has it; nil where nobody does, or nobody we can see.
    private func holder() throws -> Int32? {
        var status = stat()
        try SystemError.check(fstat(directory.number, &status), "stat", path)
        let inode = ":" + String(status.st_ino)
        for line in try Files.text("/proc/locks").split(separator: "\n") {
            let words = line.split(separator: " ")
            // For example `1: FLOCK  ADVISORY  WRITE 708 00:13:1296 0 EOF`; those who wait have an arrow.
            guard words.count > 5, words[1] == "FLOCK", words[3] == "WRITE", words[5].hasSuffix(inode),
                let pid = Int32(words[4]), pid > 0
            else { continue }
            if words[5].dropLast(inode.utf8.count) == Self.device(status.st_dev) { return pid }
        }
        return nil
    }

    /// A device's numbers in /proc/locks' words: two hexadecimal digits each, at least.
    private static func device(_ device: dev_t) -> String {
        func hex(_ number: UInt64) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
        let number = UInt64(device)
        let major = number >> 8 & 0xfff | number >> 32 & 0xffff_f000
        let minor = number & 0xff | number >> 12 & 0xffff_ff00
        return hex(major) + ":" + hex(minor)
    }
}
