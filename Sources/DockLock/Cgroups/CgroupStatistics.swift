import Kernel
import OCI
import Report

extension Cgroup {
    /// What the cgroup has used; groups whose files are missing are nil.
    public func statistics() throws -> Statistics {
        Statistics()
    }
}
