import Glibc
import Kernel
import OCI

/// The longest wait for tasks to stop or to die.
private let waitMillisMax: Int32 = 10_000

extension Cgroup {
    /// Stops every task and waits until the last one stands still; lets them go on where one never does.
    ///
    /// The freezer of v1 is used where it is mounted, as every tool on such a host expects. Its frozen
    /// tasks do not die, not even of SIGKILL, before they are thawed; those of v2 do.
    public func freeze() throws {
        do {
            if let directory = legacyFreezer {
                try freezeLegacy(directory + "/freezer.state")
            } else if let directory = unifiedFreezer {
                try Files.put("1", to: directory + "/cgroup.freeze")
                try waitUnified(directory, key: "frozen", value: "1")
            } else {
                throw CgroupError("cgroup " + place.path + " has no freezer")
            }
        } catch {
            try? thaw()
            throw error
        }
    }

    /// Lets every task go on, whichever freezer holds it.
    public func thaw() throws {
        if let directory = legacyFreezer, Cgroup.isFrozen(directory) {
            try Files.put("THAWED", to: directory + "/freezer.state")
        }
        if let directory = unifiedFreezer, Cgroup.isFrozen(directory) {
            try Files.put("0", to: directory + "/cgroup.freeze")
        }
    }

    /// True when the tasks stand still or are about to.
    public func isFrozen() throws -> Bool {
        if let directory = legacyFreezer, Cgroup.isFrozen(directory) { return true }
        return unified.map { Cgroup.isFrozen($0.directory) } ?? false
    }

    /// All processes, those of nested cgroups too, in ascending order.
    public func processes() throws -> [Int32] {
        var found: [Int32] = []
        if let unified { try Cgroup.collect(unified.directory, into: &found) }
        // A process that the v2 tree does not hold is in every v1 tree: one is enough to ask.
        if let first = legacy.first(where: { Files.exists($0.directory) }) {
            try Cgroup.collect(first.directory, into: &found)
        }
        found.sort()
        var pids: [Int32] = []
        for pid in found where pids.last != pid { pids.append(pid) }
        return pids
    }

    /// Kills every process, frozen ones too, and waits until they are gone.
    public func kill() throws {
        if let unified { try? Files.put("1", to: unified.directory + "/cgroup.kill") }
        if let directory = legacyFreezer, Cgroup.isFrozen(directory) {
            try Files.put("THAWED", to: directory + "/freezer.state")
        }
        var waited: Int32 = 0
        var pause: Int32 = 1
        while true {
            let pids = try processes()
            if pids.isEmpty { return }
            for pid in pids { _ = Glibc.kill(pid, SIGKILL) }
            guard waited < waitMillisMax else {
                throw CgroupError("processes of cgroup " + place.path + " do not die: " + Cgroup.text(pids))
            }
            if legacy.isEmpty, let unified {
                try waitUnified(unified.directory, key: "populated", value: "0")
            } else {
                _ = poll(nil, 0, pause)
                waited += pause
                pause = min(pause * 2, 50)
            }
        }
    }

    /// Removes the directories with the nested ones, waiting for tasks that are dying. One that is not
    /// there is no error.
    public func remove() throws {
        if place.driver == .systemd { stopScope() }
        for branch in branches { try Cgroup.removeTree(branch.directory) }
    }
}

extension Cgroup {
    /// The directory in the tree of v1's freezer, where it is there.
    /// The directory of the freezer of v1, where that is mounted.
    public var freezerDirectory: String? { legacyFreezer }

    private var legacyFreezer: String? {
        legacyDirectory(of: "freezer").flatMap { Files.exists($0) ? $0 : nil }
    }

    /// The directory in the v2 tree, where it is there and can freeze.
    private var unifiedFreezer: String? {
        unified.flatMap { Files.exists($0.directory + "/cgroup.freeze") ? $0.directory : nil }
    }

    /// v1's freezer misses tasks that fork while it works: it is asked again until it is done.
    private func freezeLegacy(_ file: String) throws {
        var waited: Int32 = 0
        while waited < waitMillisMax {
            try Files.put("FROZEN", to: file)
            if try Files.text(file).hasPrefix("FROZEN") { return }
            _ = poll(nil, 0, 1)
            waited += 1
        }
        throw CgroupError("cgroup " + place.path + " does not freeze")
    }

    /// Waits until a line of cgroup.events reads as wanted; the kernel wakes the poll at each change.
    private func waitUnified(_ directory: String, key: String, value: String) throws {
        let path = directory + "/cgroup.events"
        let wanted = key + " " + value
        guard let events = try? Descriptor.open(path, O_RDONLY) else { return }
        var waited: Int32 = 0
        while true {
            _ = lseek(events.number, 0, SEEK_SET)
            guard let bytes = try? events.readAll(name: path) else { return }
            let text = String(decoding: bytes, as: UTF8.self)
            if text.split(separator: "\n").contains(where: { $0 == wanted }) { return }
            guard waited < waitMillisMax else {
                throw CgroupError("cgroup " + place.path + " does not become " + wanted)
            }
            var poller = pollfd(fd: events.number, events: Int16(POLLPRI), revents: 0)
            if poll(&poller, 1, 1000) <= 0 { waited += 1000 }
        }
    }

    /// Either kind of directory: v2 has cgroup.freeze, v1's freezer has freezer.state, others neither.
    static func isFrozen(_ directory: String) -> Bool {
        if let text = try? Files.read(directory + "/cgroup.freeze") { return text.first == 0x31 }
        guard let text = try? Files.read(directory + "/freezer.state") else { return false }
        return text.first == 0x46
    }

    /// The processes of one directory; none where it is not there.
    static func pids(in directory: String) throws(SystemError) -> [Int32] {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(directory + "/cgroup.procs")
        } catch  where error.code == ENOENT || error.code == ENODEV || error.code == EOPNOTSUPP {
            // Gone, or a threaded cgroup, whose processes its parent lists.
            return []
        }
        var pids: [Int32] = []
        var pid: Int32 = 0
        for byte in bytes {
            if 0x30...0x39 ~= byte {
                pid = pid &* 10 &+ Int32(byte - 0x30)
            } else {
                // Zero stands for processes of a foreign PID namespace, which no signal reaches.
                if pid > 0 { pids.append(pid) }
                pid = 0
            }
        }
        return pids
    }

    private static func collect(_ directory: String, into pids: inout [Int32]) throws {
        pids += try Cgroup.pids(in: directory)
        for name in Cgroup.nested(directory) { try collect(directory + "/" + name, into: &pids) }
    }

    /// Names of the cgroups within. A directory's link count tells of none without reading it.
    static func nested(_ directory: String) -> [String] {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_nlink > 2 else { return [] }
        let names = (try? Files.list(directory)) ?? []
        return names.filter { Files.isDirectory(directory + "/" + $0) }
    }

    static func removeTree(_ directory: String) throws {
        var waited: Int32 = 0
        var pause: Int32 = 1
        while true {
            if rmdir(directory) == 0 || errno == ENOENT { return }
            let code = errno
            guard code == EBUSY || code == ENOTEMPTY, waited < waitMillisMax / 2 else {
                let pids = (try? pids(in: directory)) ?? []
                if pids.isEmpty { throw SystemError("rmdir", code, directory) }
                throw CgroupError("cgroup " + directory + " still holds processes: " + text(pids))
            }
            let inner = nested(directory)
            for name in inner { try removeTree(directory + "/" + name) }
            if !inner.isEmpty, rmdir(directory) == 0 { return }
            _ = poll(nil, 0, pause)
            waited += pause
            pause = min(pause * 2, 50)
        }
    }

    static func text(_ pids: [Int32]) -> String {
        pids.prefix(8).map { String($0) }.joined(separator: " ") + (pids.count > 8 ? " …" : "")
    }
}
