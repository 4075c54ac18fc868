import CHarness
import Foundation

/// What a test process that crashed has left: its temporary folder, mounts in it, and its cgroups. The next
/// one clears it.
enum Leftovers {
    static func sweep() {
        for name in names(in: "/tmp", prefix: "dlt-") {
            let folder = "/tmp/" + name
            let table = Host.read("/proc/self/mountinfo") ?? ""
            for line in table.split(separator: "\n").reversed() {
                let fields = line.split(separator: " ")
                if fields.count > 4, fields[4].hasPrefix(folder + "/") { umount2(String(fields[4]), 2) }
            }
            try? FileManager.default.removeItem(atPath: folder)
        }
        for hierarchy in Host.hierarchies {
            for name in names(in: hierarchy, prefix: "docklock-test-") { clear(hierarchy + "/" + name) }
        }
    }

    /// Names of a prefix and a number, where no process has that number.
    private static func names(in folder: String, prefix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            guard name.hasPrefix(prefix), let pid = pid_t(name.dropFirst(prefix.count)), pid > 0 else {
                return false
            }
            return kill(pid, 0) != 0 && errno == ESRCH
        }
    }

    /// Ends what lives in a cgroup and below, and removes it.
    private static func clear(_ cgroup: String) {
        let inner = (try? FileManager.default.contentsOfDirectory(atPath: cgroup)) ?? []
        for name in inner {
            var info = stat()
            let path = cgroup + "/" + name
            if lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR { clear(path) }
        }
        Host.write("THAWED", to: cgroup + "/freezer.state")
        for member in (Host.read(cgroup + "/cgroup.procs") ?? "").split(separator: "\n") {
            guard let pid = pid_t(member), pid > 0 else { continue }
            kill(pid, SIGKILL)
            _ = harness_wait(pid, 2000)
        }
        rmdir(cgroup)
    }
}
