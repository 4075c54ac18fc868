import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Puts the device rules in force: v1's list where the devices controller is mounted, else an eBPF
    /// program on the v2 directory.
    func applyDevices(_ rules: [Resources.DeviceRule]) throws {
        let rules = try DeviceRules(rules)
        guard let directory = legacyDirectory(of: "devices") else {
            if let unified { try DeviceProgram(rules).attach(to: unified.directory) }
            return
        }
        let allow = try Descriptor.open(directory + "/devices.allow", O_WRONLY)
        let deny = try Descriptor.open(directory + "/devices.deny", O_WRONLY)
        for line in try rules.legacyLines() {
            if line.allow {
                try allow.write(line.text, name: directory + "/devices.allow " + line.text)
            } else {
                try deny.write(line.text, name: directory + "/devices.deny " + line.text)
            }
        }
    }
}
