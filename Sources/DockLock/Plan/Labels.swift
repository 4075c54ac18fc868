import OCI

/// `linux.mountLabel`: the SELinux context of the filesystems that are mounted for the container. Binds keep
/// what their files have.
extension Planner {
    /// The label, where one is asked for.
    var label: String? { linux.mountLabel.flatMap { $0.isEmpty ? nil : $0 } }

    /// A label that nothing would enforce protects nothing.
    func refuseLabel() throws(SpecError) {
        guard let label else { return }
        guard around.hasSELinux else {
            throw SpecError(path: "linux.mountLabel", problem: "needs SELinux, which is not there or off")
        }
        // It stands in quotes, since commas end an option and categories have them.
        guard !label.utf8.contains(UInt8(ascii: "\"")) else {
            throw SpecError(path: "linux.mountLabel", problem: "holds a quotation mark")
        }
    }

    /// A mount's options with the context. proc and sysfs take none, and neither do cgroups; mqueue is
    /// labelled once it is mounted.
    func labelled(_ data: String, _ type: String) -> String? {
        let bare = ["proc", "sysfs", "mqueue", "cgroup", "cgroup2"].contains(type)
        guard let label, !bare else { return data.isEmpty ? nil : data }
        return (data.isEmpty ? "" : data + ",") + "context=\"" + label + "\""
    }

    /// Labels what is mounted, for filesystems that take no context.
    mutating func labelDirectory(_ target: String) {
        guard let label else { return }
        var step = Step(.label, target)
        step.s1 = label
        add(step)
    }
}
