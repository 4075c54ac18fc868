import Glibc
import Kernel
import Netlink
import OCI

/// Network devices of the host's that go into the container's network namespace.
enum NetDevices {
    static func move(_ devices: [NetDevice], pid: Int32) throws {
        let namespace = try Descriptor.open("/proc/\(pid)/ns/net", O_RDONLY)
        for device in devices {
            try Netlink.move(device: device.hostName, name: device.name, intoNamespace: namespace.number)
        }
    }
}
