import Glibc
import Kernel
import OCI
import Plan

/// Writes the maps of a child's new user namespace. Without privilege the kernel takes a map of one's own
/// id; for more, newuidmap and newgidmap ask /etc/subuid.
func writeMaps(_ linux: Linux, pid: Int32, isPrivileged: Bool) throws {
    let folder = "/proc/\(pid)/"
    if isPrivileged {
        try put(linux.uidMappings.map, folder + "uid_map")
        try put(linux.gidMappings.map, folder + "gid_map")
        return
    }
    if linux.gidMappings.isOnly(Host.gid) {
        try put("deny", folder + "setgroups")
        try put(linux.gidMappings.map, folder + "gid_map")
    } else {
        try map("newgidmap", linux.gidMappings, pid)
    }
    if linux.uidMappings.isOnly(Host.uid) {
        try put(linux.uidMappings.map, folder + "uid_map")
    } else {
        try map("newuidmap", linux.uidMappings, pid)
    }
}

private func put(_ text: String, _ path: String) throws {
    guard !text.isEmpty else { return }
    try Files.put(text, to: path)
}

extension [IDMapping] {
    fileprivate func isOnly(_ id: UInt32) -> Bool { count == 1 && self[0].hostID == id && self[0].size == 1 }
}

private func map(_ program: String, _ mappings: [IDMapping], _ pid: Int32) throws {
    var args = [program, String(pid)]
    for range in mappings { args += [String(range.containerID), String(range.hostID), String(range.size)] }
    let places = ["/usr/bin/", "/usr/local/bin/", "/bin/"]
    guard let path = places.map({ $0 + program }).first(where: { Files.exists($0) }) else {
        throw ContainerError("linux.uidMappings: \(program) is needed for them, and is not installed")
    }
    guard try Processes.run(path, args, env: []) == 0 else {
        throw ContainerError("\(program) refused the maps; see /etc/subuid and /etc/subgid")
    }
}
