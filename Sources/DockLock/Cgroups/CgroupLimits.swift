import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Sets the limits. `update` is for a container that runs: device rules stay as they are then.
    /// `devices` is false in a user namespace, where the kernel refuses device rules.
    public func apply(_ resources: Resources, update: Bool, devices: Bool = true) throws {
    }
}
