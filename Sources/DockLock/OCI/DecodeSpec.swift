import JSON

extension Spec {
    /// Reads config.json. Each member is held to its type and words; `validate` holds them to each
    /// other. Unknown members are ignored. Throws `JSONError` for the syntax, `SpecError` for the rest.
    public static func decode(_ bytes: [UInt8]) throws -> Spec {
        try read(JSON.parse(bytes))
    }

    static func read(_ json: JSON) throws(SpecError) -> Spec {
        let json = try json.object()
        var spec = Spec()
        spec.ociVersion = try required(json.text("ociVersion"), "ociVersion")
        guard isSupported(spec.ociVersion) else {
            throw SpecError(path: "ociVersion", problem: "\"\(spec.ociVersion)\" is not a version 1.x")
        }
        spec.process = try json.member("process", ProcessSpec.read)
        spec.root = try json.member("root", Root.read)
        spec.hostname = try json.fullText("hostname")
        spec.domainname = try json.fullText("domainname")
        spec.mounts = try json.list("mounts", Mount.read)
        spec.hooks = try json.member("hooks", Hooks.read) ?? Hooks()
        spec.annotations = try json.pairs("annotations")
        for annotation in spec.annotations where annotation.key.isEmpty {
            throw SpecError(path: "annotations", problem: "a key is empty")
        }
        spec.linux = try json.member("linux", Linux.read) ?? Linux()
        return spec
    }

    /// Any 1.x: later minor versions only add members, and unknown members are ignored.
    private static func isSupported(_ version: String) -> Bool {
        var bytes = version.utf8.makeIterator()
        guard bytes.next() == UInt8(ascii: "1"), bytes.next() == UInt8(ascii: "."), let digit = bytes.next()
        else { return false }
        return digit >= UInt8(ascii: "0") && digit <= UInt8(ascii: "9")
    }
}

extension Root {
    static func read(_ json: JSON) throws(SpecError) -> Root {
        let json = try json.object()
        var root = Root()
        root.path = try required(json.fullText("path"), "path")
        root.readonly = try json.flag("readonly") ?? false
        return root
    }
}

extension Mount {
    static func read(_ json: JSON) throws(SpecError) -> Mount {
        let json = try json.object()
        var mount = Mount()
        mount.destination = try required(json.fullText("destination"), "destination")
        // The specification wants it absolute; runc and crun take it from the root all the same.
        if mount.destination.utf8.first != UInt8(ascii: "/") { mount.destination = "/" + mount.destination }
        mount.type = try json.fullText("type")
        mount.source = try json.fullText("source")
        mount.options = try json.texts("options")
        mount.uidMappings = try json.list("uidMappings", IDMapping.read)
        mount.gidMappings = try json.list("gidMappings", IDMapping.read)
        guard mount.uidMappings.isEmpty == mount.gidMappings.isEmpty else {
            let absent = mount.uidMappings.isEmpty ? "uidMappings" : "gidMappings"
            throw SpecError(path: absent, problem: "is missing: a mount maps user and group ids, or neither")
        }
        return mount
    }
}

extension IDMapping {
    static func read(_ json: JSON) throws(SpecError) -> IDMapping {
        let json = try json.object()
        let mapping = IDMapping(
            containerID: try required(json.integer("containerID"), "containerID"),
            hostID: try required(json.integer("hostID"), "hostID"),
            size: try required(json.integer("size"), "size"))
        guard mapping.size > 0 else { throw SpecError(path: "size", problem: "must be above zero") }
        guard !mapping.containerID.addingReportingOverflow(mapping.size).overflow,
            !mapping.hostID.addingReportingOverflow(mapping.size).overflow
        else {
            throw SpecError(path: "size", problem: "reaches beyond the last id")
        }
        return mapping
    }
}

extension Hooks {
    static func read(_ json: JSON) throws(SpecError) -> Hooks {
        let json = try json.object()
        var hooks = Hooks()
        hooks.prestart = try json.list("prestart", Hook.read)
        hooks.createRuntime = try json.list("createRuntime", Hook.read)
        hooks.createContainer = try json.list("createContainer", Hook.read)
        hooks.startContainer = try json.list("startContainer", Hook.read)
        hooks.poststart = try json.list("poststart", Hook.read)
        hooks.poststop = try json.list("poststop", Hook.read)
        return hooks
    }
}

extension Hook {
    static func read(_ json: JSON) throws(SpecError) -> Hook {
        let json = try json.object()
        var hook = Hook()
        hook.path = try required(json.text("path"), "path")
        try requireAbsolute(hook.path, "path")
        hook.args = try json.texts("args")
        hook.env = try json.texts("env")
        // Held well within what a deadline in nanoseconds can express.
        hook.timeout = try json.integer("timeout", 1...Int(Int32.max))
        return hook
    }
}
