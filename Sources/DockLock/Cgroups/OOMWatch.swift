import CKernel
import Glibc
import Kernel

/// Tells of processes killed in a cgroup because its memory was used up.
public struct OOMWatch: ~Copyable, Sendable {
    /// Becomes readable when something happened.
    public let descriptor: Descriptor
    private let directory: String
    private let isUnified: Bool
    private var kills: UInt64

    /// What happened since the last look.
    public struct Events: Sendable, Equatable {
        public var outOfMemory = false
        /// The cgroup's processes are gone: nothing more will come.
        public var ended = false
    }

    private init(_ descriptor: consuming Descriptor, _ directory: String, isUnified: Bool, kills: UInt64) {
        self.descriptor = descriptor
        self.directory = directory
        self.isUnified = isUnified
        self.kills = kills
    }

    /// v1: an eventfd that memory.oom_control signals, and the removal of the cgroup too.
    static func legacy(_ directory: String) throws -> OOMWatch {
        // EFD_CLOEXEC and EFD_NONBLOCK are the flags of open(2).
        let made = dl_syscall(CallNumber.eventfd2, 0, Int(O_CLOEXEC | O_NONBLOCK), 0, 0, 0, 0)
        let descriptor = Descriptor(Int32(try SystemError.checkReturned(made, "eventfd")))
        let control = try Descriptor.open(directory + "/memory.oom_control", O_RDONLY)
        try ControlFiles(directory: directory).put(
            "cgroup.event_control", String(descriptor.number) + " " + String(control.number))
        return OOMWatch(descriptor, directory, isUnified: false, kills: 0)
    }

    /// v2: the kernel marks memory.events and cgroup.events as modified.
    static func unified(_ directory: String) throws -> OOMWatch {
        let made = inotify_init1(O_CLOEXEC | O_NONBLOCK)
        let descriptor = Descriptor(try SystemError.check(made, "inotify_init1"))
        for file in ["memory.events", "cgroup.events"] {
            let path = directory + "/" + file
            let watch = inotify_add_watch(descriptor.number, path, UInt32(IN_MODIFY))
            try SystemError.check(watch, "inotify_add_watch", path)
        }
        let kills = OOMWatch.count(directory + "/memory.events", "oom_kill") ?? 0
        return OOMWatch(descriptor, directory, isUnified: true, kills: kills)
    }

    /// Takes what has come, without waiting.
    public mutating func next() -> Events {
        var events = Events()
        var buffer = [UInt8](repeating: 0, count: 4096)
        var signalled = false
        while Glibc.read(descriptor.number, &buffer, buffer.count) > 0 { signalled = true }
        guard isUnified else {
            // The eventfd is signalled a last time when the cgroup is removed.
            events.ended = !Files.exists(directory)
            events.outOfMemory = signalled && !events.ended
            return events
        }
        if let now = OOMWatch.count(directory + "/memory.events", "oom_kill") {
            events.outOfMemory = now > kills
            kills = now
        }
        events.ended = OOMWatch.count(directory + "/cgroup.events", "populated") ?? 0 == 0
        return events
    }

    private static func count(_ path: String, _ key: String) -> UInt64? {
        guard let text = try? Files.text(path) else { return nil }
        return Counters(text)[key]
    }
}

extension Cgroup {
    /// Begins to watch for memory running out.
    public func watchOOM() throws -> OOMWatch {
        if let directory = legacyDirectory(of: "memory") { return try OOMWatch.legacy(directory) }
        guard let unified else { throw CgroupError("the host has no cgroup controller memory") }
        return try OOMWatch.unified(unified.directory)
    }
}

extension Cgroup {
    /// How many of its processes the kernel has killed because its memory was used up.
    public var outOfMemoryKills: UInt64 {
        let file =
            legacyDirectory(of: "memory").map { $0 + "/memory.oom_control" }
            ?? unified.map { $0.directory + "/memory.events" }
        guard let file, let text = try? Files.text(file) else { return 0 }
        return Counters(text)["oom_kill"] ?? 0
    }
}
