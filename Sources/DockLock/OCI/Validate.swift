extension Spec {
    /// Refuses a configuration that no container can be made of: members that are missing, and members
    /// that ask for a namespace which the container does not have. For `create` and `run`.
    public func validate() throws(SpecError) {
        guard root != nil else { throw SpecError(path: "root", problem: "is missing") }
        guard let process else { throw SpecError(path: "process", problem: "is missing") }
        do throws(SpecError) {
            try process.validate()
        } catch {
            throw error.within("process" as StaticString)
        }
        try validate(name: hostname, "hostname")
        try validate(name: domainname, "domainname")
        do throws(SpecError) {
            try linux.validate()
        } catch {
            throw error.within("linux" as StaticString)
        }
    }

    private func validate(name: String?, _ key: StaticString) throws(SpecError) {
        guard let name else { return }
        guard linux.has(.uts) else {
            throw SpecError(path: key.description, problem: "needs a uts namespace of the container's")
        }
        guard name.utf8.count <= 64 else {
            throw SpecError(path: key.description, problem: "is longer than 64 bytes")
        }
    }
}

extension Linux {
    /// Whether the container has a namespace of that kind, made or joined.
    public func has(_ kind: NamespaceKind) -> Bool {
        namespaces.contains { $0.kind == kind }
    }

    func validate() throws(SpecError) {
        try require(.user, uidMappings.isEmpty, "uidMappings")
        try require(.user, gidMappings.isEmpty, "gidMappings")
        try require(.time, timeOffsets.isEmpty, "timeOffsets")
        try require(.network, netDevices.isEmpty, "netDevices")
        try require(.mount, maskedPaths.isEmpty, "maskedPaths")
        try require(.mount, readonlyPaths.isEmpty, "readonlyPaths")
        for setting in sysctl {
            do throws(SpecError) {
                try validate(sysctl: setting.key)
            } catch {
                throw error.within(setting.key).within("sysctl" as StaticString)
            }
        }
    }

    private func require(_ kind: NamespaceKind, _ isAbsent: Bool, _ key: StaticString) throws(SpecError) {
        guard isAbsent || has(kind) else {
            throw SpecError(
                path: key.description, problem: "needs a \(kind.rawValue) namespace of the container's")
        }
    }

    /// Refuses a setting that is not of one of the container's own namespaces: it would be the host's.
    private func validate(sysctl name: String) throws(SpecError) {
        let name = Sysctl.dotted(name)
        guard !Sysctl.hasEmptyPart(name), !Sysctl.path(name).climbs else {
            throw SpecError(path: "", problem: "is not the name of a setting")
        }
        if name == "kernel.hostname" {
            throw SpecError(path: "", problem: "is set by the member hostname")
        }
        guard let kind = Sysctl.namespace(of: name) else {
            throw SpecError(path: "", problem: "is not a setting of a namespace but of the host")
        }
        guard has(kind) else {
            throw SpecError(path: "", problem: "needs a \(kind.rawValue) namespace of the container's")
        }
    }
}

/// The names of kernel settings under /proc/sys.
public enum Sysctl {
    /// The name with dots between its parts. As in sysctl(8), the separator that comes first is the
    /// separator, and the other of dot and slash is then part of a name and stands for itself, swapped.
    public static func dotted(_ name: String) -> String {
        swapped(name, unlessFirstIs: UInt8(ascii: "."))
    }

    /// The path of the setting under /proc/sys.
    public static func path(_ name: String) -> String {
        swapped(name, unlessFirstIs: UInt8(ascii: "/"))
    }

    /// Whether a dot stands at an end of the dotted name, or beside another.
    static func hasEmptyPart(_ name: String) -> Bool {
        var last = UInt8(ascii: ".")
        for byte in name.utf8 {
            if byte == UInt8(ascii: "."), last == byte { return true }
            last = byte
        }
        return last == UInt8(ascii: ".")
    }

    private static func swapped(_ name: String, unlessFirstIs separator: UInt8) -> String {
        let dot = UInt8(ascii: ".")
        let slash = UInt8(ascii: "/")
        guard let first = name.utf8.first(where: { $0 == dot || $0 == slash }), first != separator else {
            return name
        }
        return String(decoding: name.utf8.map { $0 == dot ? slash : $0 == slash ? dot : $0 }, as: UTF8.self)
    }

    /// The kind of namespace that a setting, its name dotted, belongs to; nil where it is the host's.
    static func namespace(of name: String) -> NamespaceKind? {
        if name.hasPrefix("net.") { return .network }
        if name.hasPrefix("fs.mqueue.") { return .ipc }
        switch name {
        case "kernel.domainname": return .uts
        case "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
            "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced":
            return .ipc
        default: return nil
        }
    }
}
