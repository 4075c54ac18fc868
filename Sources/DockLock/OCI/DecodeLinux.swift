import JSON

extension Linux {
    static func read(_ json: JSON) throws(SpecError) -> Linux {
        let json = try json.object()
        var linux = Linux()
        linux.uidMappings = try json.list("uidMappings", IDMapping.read)
        linux.gidMappings = try json.list("gidMappings", IDMapping.read)
        linux.sysctl = try json.pairs("sysctl")
        linux.resources = try json.member("resources", Resources.read)
        linux.cgroupsPath = try json.fullText("cgroupsPath")
        if linux.cgroupsPath?.climbs == true {
            throw SpecError(path: "cgroupsPath", problem: "must not hold ..")
        }
        linux.namespaces = try Namespace.readAll(json)
        linux.devices = try json.list("devices", Device.read)
        linux.netDevices = try NetDevice.readAll(json)
        linux.seccomp = try json.member("seccomp", SeccompSource.read)
        linux.rootfsPropagation = try propagation(json)
        linux.maskedPaths = try paths(json, "maskedPaths")
        linux.readonlyPaths = try paths(json, "readonlyPaths")
        linux.mountLabel = try json.fullText("mountLabel")
        linux.intelRdt = try json.member("intelRdt", IntelRdt.read)
        linux.personality = try json.member("personality", personality)
        linux.timeOffsets = try json.map("timeOffsets", TimeOffset.read)
        linux.memoryPolicy = try json.member("memoryPolicy", MemoryPolicy.read)
        return linux
    }

    private static func propagation(_ json: JSON) throws(SpecError) -> String? {
        guard let word = try json.fullText("rootfsPropagation") else { return nil }
        guard Words.propagations.contains(where: { $0.description == word }) else {
            throw SpecError(path: "rootfsPropagation", problem: "\"\(word)\" is not known")
        }
        return word
    }

    private static func paths(_ json: JSON, _ key: StaticString) throws(SpecError) -> [String] {
        try json.list(key) { (value) throws(SpecError) in
            let path = try value.text()
            guard path.utf8.first == UInt8(ascii: "/") else {
                throw SpecError(path: "", problem: "must be an absolute path")
            }
            return path
        }
    }

    private static func personality(_ json: JSON) throws(SpecError) -> UInt32 {
        let json = try json.object()
        guard try json.texts("flags").isEmpty else {
            throw SpecError(path: "flags", problem: "no flag is known")
        }
        return try required(json.word("domain", of: Words.personalities), "domain")
    }
}

extension Namespace {
    static func readAll(_ linux: JSON) throws(SpecError) -> [Namespace] {
        var seen: UInt64 = 0
        return try linux.list("namespaces") { (json) throws(SpecError) in
            let json = try json.object()
            let word = try required(json.text("type"), "type")
            guard let kind = NamespaceKind(rawValue: word) else {
                throw SpecError(path: "type", problem: "\"\(word)\" is not a kind of namespace")
            }
            guard seen & kind.flag == 0 else {
                throw SpecError(path: "type", problem: "\"\(word)\" is given twice")
            }
            seen |= kind.flag
            let path = try json.fullText("path")
            if let path { try requireAbsolute(path, "path") }
            return Namespace(kind: kind, path: path)
        }
    }
}

extension Device {
    static func read(_ json: JSON) throws(SpecError) -> Device {
        let json = try json.object()
        var device = Device()
        device.path = try required(json.text("path"), "path")
        try requireAbsolute(device.path, "path")
        let kind = try required(json.text("type"), "type")
        switch kind {
        case "b", "c", "u":
            device.major = try json.integer("major") ?? 0
            device.minor = try json.integer("minor") ?? 0
        case "p": break
        default: throw SpecError(path: "type", problem: "\"\(kind)\" is none of b, c, u and p")
        }
        device.kind = kind.utf8[kind.utf8.startIndex]
        // Engines pass what stat(2) gave them, with the bits that tell the type of the file.
        device.fileMode = try json.integer("fileMode", 0...0o177777).map { $0 & 0o7777 }
        device.uid = try json.integer("uid", 0...UInt32.max - 1)
        device.gid = try json.integer("gid", 0...UInt32.max - 1)
        return device
    }
}

extension NetDevice {
    static func readAll(_ linux: JSON) throws(SpecError) -> [NetDevice] {
        var names: [String] = []
        return try linux.map("netDevices") { (hostName, json) throws(SpecError) in
            let json = try json.object()
            guard isDeviceName(hostName) else {
                throw SpecError(path: "", problem: "is not the name of a network device")
            }
            let name = try json.fullText("name") ?? hostName
            guard isDeviceName(name) else {
                throw SpecError(path: "name", problem: "\"\(name)\" is not the name of a network device")
            }
            guard !names.contains(name) else {
                throw SpecError(path: "name", problem: "\"\(name)\" is given twice")
            }
            names.append(name)
            return NetDevice(hostName: hostName, name: name)
        }
    }

    /// The kernel's rule: 1 to 15 bytes, neither slash, colon nor space, and no folder's dots.
    private static func isDeviceName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count < 16, name != ".", name != ".." else { return false }
        return name.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }
}

extension IntelRdt {
    static func read(_ json: JSON) throws(SpecError) -> IntelRdt {
        let json = try json.object()
        var rdt = IntelRdt()
        rdt.closID = try json.fullText("closID")
        if let id = rdt.closID, id == "." || id == ".." || id.utf8.contains(UInt8(ascii: "/")) {
            throw SpecError(path: "closID", problem: "\"\(id)\" is not the name of a folder")
        }
        rdt.l3CacheSchema = try json.fullText("l3CacheSchema")
        rdt.memBwSchema = try json.fullText("memBwSchema")
        rdt.schemata = try json.texts("schemata")
        rdt.enableMonitoring = try json.flag("enableMonitoring") ?? false
        return rdt
    }
}

extension TimeOffset {
    static func read(_ clock: String, _ json: JSON) throws(SpecError) -> TimeOffset {
        let json = try json.object()
        let number: Int32
        switch clock {
        case "monotonic": number = 1
        case "boottime": number = 7
        default: throw SpecError(path: "", problem: "is neither monotonic nor boottime")
        }
        return TimeOffset(
            clock: number, seconds: try json.integer("secs") ?? 0,
            nanoseconds: try json.integer("nanosecs", 0...999_999_999) ?? 0)
    }
}

extension MemoryPolicy {
    static func read(_ json: JSON) throws(SpecError) -> MemoryPolicy {
        let json = try json.object()
        let mode = try required(json.word("mode", of: Words.memoryPolicyModes), "mode")
        let flags = try json.list("flags") { (word) throws(SpecError) in
            try word.word(of: Words.memoryPolicyFlags)
        }
        guard let text = try json.fullText("nodes") else {
            return MemoryPolicy(mode: flags.reduce(mode, |), nodes: [])
        }
        do throws(SpecError) {
            return MemoryPolicy(mode: flags.reduce(mode, |), nodes: try NumberList.parse(text))
        } catch {
            throw error.within("nodes" as StaticString)
        }
    }
}
