import Glibc
import Kernel
import OCI

/// Intel RDT: classes of service in the kernel's resctrl filesystem.
enum Resctrl {
    private static let mount = "/sys/fs/resctrl"

    /// Puts a process into its class. Returns the group where it was made here, for `remove`.
    static func enter(_ config: IntelRdt, id: String, pid: Int32) throws -> String? {
        guard Files.exists(mount + "/schemata") else {
            throw ContainerError("linux.intelRdt: resctrl is not mounted on \(mount)")
        }
        let group = mount + "/" + (config.closID ?? id)
        let isNew = !Files.exists(group)
        if isNew { try Files.makeDirectory(group) }
        do {
            for line in schemata(config) { try Files.put(line + "\n", to: group + "/schemata") }
            try Files.put(String(pid), to: group + "/tasks")
            if config.enableMonitoring {
                let monitor = group + "/mon_groups/" + id
                try Files.makeDirectory(monitor)
                try Files.put(String(pid), to: monitor + "/tasks")
            }
        } catch {
            if isNew { remove(group) }
            throw error
        }
        return isNew && config.closID == nil ? group : nil
    }

    /// New values for a running container.
    static func update(_ group: String, l3: String?, bandwidth: String?) throws {
        for line in [l3, bandwidth].compactMap({ $0 }) { try Files.put(line + "\n", to: group + "/schemata") }
    }

    static func remove(_ group: String) { _ = rmdir(group) }

    private static func schemata(_ config: IntelRdt) -> [String] {
        [config.l3CacheSchema, config.memBwSchema].compactMap { $0 } + config.schemata
    }
}
