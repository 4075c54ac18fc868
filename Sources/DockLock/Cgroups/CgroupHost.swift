import Glibc
import Kernel

/// The cgroup trees that the host has mounted.
public struct CgroupHost: Sendable, Equatable {
    /// How controllers are spread: all in one tree, all in trees of their own, or both kinds mounted.
    public enum Mode: Sendable, Equatable { case unified, legacy, hybrid }

    /// A tree of cgroup v1 and the controllers that are mounted on it together.
    public struct Hierarchy: Sendable, Equatable {
        /// As the kernel spells them, for example `cpu`; a named tree has one entry like `name=systemd`.
        public var controllers: [String]
        public var mount: String

        public init(controllers: [String], mount: String) {
            self.controllers = controllers
            self.mount = mount
        }
    }

    /// The trees of v1, in the order of their mounts, each once.
    public var hierarchies: [Hierarchy]
    /// Where the v2 tree is mounted.
    public var unifiedMount: String?

    public init(hierarchies: [Hierarchy], unifiedMount: String?) {
        self.hierarchies = hierarchies
        self.unifiedMount = unifiedMount
    }

    public var mode: Mode {
        if hierarchies.isEmpty { return .unified }
        return unifiedMount == nil ? .legacy : .hybrid
    }

    /// True where no tree is mounted at all.
    public var isEmpty: Bool { hierarchies.isEmpty && unifiedMount == nil }

    /// Where the controller's v1 tree is mounted.
    public func mount(of controller: String) -> String? {
        for hierarchy in hierarchies where hierarchy.controllers.contains(controller) {
            return hierarchy.mount
        }
        return nil
    }

    /// Reads what is mounted now. A host with nothing but v2 at /sys/fs/cgroup is told by one call.
    public static func detect() throws(SystemError) -> CgroupHost {
        // Only the v2 tree has this file; where v1 is mounted too, a tmpfs lies here.
        if Files.exists("/sys/fs/cgroup/cgroup.controllers") {
            return CgroupHost(hierarchies: [], unifiedMount: "/sys/fs/cgroup")
        }
        return CgroupHost(mountinfo: try Files.read("/proc/self/mountinfo"))
    }

    /// Reads the lines of /proc/self/mountinfo; lines of other filesystems are skipped.
    public init(mountinfo bytes: [UInt8]) {
        hierarchies = []
        unifiedMount = nil
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            if CgroupHost.mentionsCgroup(bytes[start..<end]) { add(bytes[start..<end]) }
            start = end + 1
        }
    }

    /// True where ` - cgroup` stands in the line: what all other lines are skipped by.
    private static func mentionsCgroup(_ line: ArraySlice<UInt8>) -> Bool {
        let mark: [UInt8] = [0x20, 0x2D, 0x20, 0x63, 0x67, 0x72, 0x6F, 0x75, 0x70]
        guard line.count > mark.count else { return false }
        var at = line.startIndex
        let last = line.endIndex - mark.count
        while at <= last {
            if line[at] == 0x2D || line[at + 1] != 0x2D {
                at += 1
                continue
            }
            if line[at..<(at + mark.count)].elementsEqual(mark) { return true }
            at += 1
        }
        return false
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: 0x20)
        guard fields.count >= 9, let dash = fields[6...].firstIndex(where: { $0.elementsEqual([0x2D]) }),
            dash + 3 < fields.count
        else { return }
        let mount = CgroupHost.unescaped(fields[4])
        let kind = String(decoding: fields[dash + 1], as: UTF8.self)
        if kind == "cgroup2" {
            // The first mount counts: engines bind parts of the tree elsewhere later.
            if unifiedMount == nil { unifiedMount = mount }
            return
        }
        guard kind == "cgroup" else { return }
        var controllers: [String] = []
        for option in fields[dash + 3].split(separator: 0x2C) {
            let word = String(decoding: option, as: UTF8.self)
            if CgroupHost.controllers.contains(word) || word.hasPrefix("name=") { controllers.append(word) }
        }
        guard let first = controllers.first, self.mount(of: first) == nil else { return }
        hierarchies.append(Hierarchy(controllers: controllers, mount: mount))
    }

    private static let controllers = [
        "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "net_cls", "net_prio",
        "perf_event", "hugetlb", "rdma", "misc",
    ]

    /// The kernel writes blanks, tabs, newlines and backslashes of a path as three octal digits.
    static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        guard field.contains(0x5C) else { return String(decoding: field, as: UTF8.self) }
        var out: [UInt8] = []
        var at = field.startIndex
        while at < field.endIndex {
            if field[at] == 0x5C, at + 3 < field.endIndex {
                let digits = field[(at + 1)...(at + 3)].map { Int($0) - 0x30 }
                if digits.allSatisfy({ 0...7 ~= $0 }) {
                    out.append(UInt8(truncatingIfNeeded: digits[0] << 6 | digits[1] << 3 | digits[2]))
                    at += 4
                    continue
                }
            }
            out.append(field[at])
            at += 1
        }
        return String(decoding: out, as: UTF8.self)
    }
}
