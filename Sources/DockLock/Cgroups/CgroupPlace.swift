import JSON

/// Who makes and removes the cgroup.
public enum CgroupDriver: String, Sendable, Equatable {
    /// DockLock itself, with mkdir.
    case cgroupfs
    /// systemd, asked over D-Bus for a transient scope.
    case systemd
    /// Nobody: the container stays in the cgroup of its caller.
    case disabled
}

/// Where a container's cgroup lies. Kept in the container's state.
public struct CgroupPlace: Sendable, Equatable {
    public var driver: CgroupDriver
    /// Below every mount, absolute and clean: `/docklock/box`, `/machine.slice/libpod-1.scope`. Empty for
    /// the driver `disabled`.
    public var path: String
    /// The unit's name, for the driver `systemd`: `libpod-1.scope`.
    public var scope: String?
    /// The slice's name, for the driver `systemd`: `machine.slice`.
    public var slice: String?
    public var rootless: Bool
    /// True where the configuration named a path; then failing to make it is never overlooked.
    public var isAsked: Bool

    public init(
        driver: CgroupDriver, path: String, scope: String? = nil, slice: String? = nil,
        rootless: Bool = false,
        isAsked: Bool = false
    ) {
        self.driver = driver
        self.path = path
        self.scope = scope
        self.slice = slice
        self.rootless = rootless
        self.isAsked = isAsked
    }
}

extension CgroupPlace {
    /// As it stands in the container's state.
    public var encoded: JSONNode {
        var members = [
            JSONNode.Member("driver", .string(driver.rawValue)), JSONNode.Member("path", .string(path)),
            JSONNode.Member("rootless", .bool(rootless)), JSONNode.Member("asked", .bool(isAsked)),
        ]
        if let scope { members.append(JSONNode.Member("scope", .string(scope))) }
        if let slice { members.append(JSONNode.Member("slice", .string(slice))) }
        return .object(members)
    }

    /// Reads what `encoded` wrote; nil where it is something else.
    public init?(_ json: JSON) {
        guard let driver = json["driver"]?.string.flatMap({ CgroupDriver(rawValue: $0) }),
            let path = json["path"]?.string, let rootless = json["rootless"]?.bool,
            let isAsked = json["asked"]?.bool
        else { return nil }
        // Removal walks this path: one that leaves its tree is nobody's place.
        guard path.isEmpty == (driver == .disabled), path.isEmpty || CgroupPlace.clean(path) == path,
            path != "/"
        else { return nil }
        self.init(
            driver: driver, path: path, scope: json["scope"]?.string, slice: json["slice"]?.string,
            rootless: rootless, isAsked: isAsked)
    }

    /// Chooses the place for `linux.cgroupsPath`: `base` is what relative and absent paths lie below
    /// (`/docklock`, or a directory the caller may write to when rootless).
    static func choose(
        cgroupsPath: String?, id: String, driver: CgroupDriver, rootless: Bool, base: String
    ) throws(CgroupError) -> CgroupPlace {
        let asked = cgroupsPath.flatMap { $0.isEmpty ? nil : $0 }
        if let asked, asked.utf8.contains(0) { throw CgroupError("linux.cgroupsPath: holds a NUL byte") }
        switch driver {
        case .disabled:
            return CgroupPlace(driver: driver, path: "", rootless: rootless)
        case .cgroupfs:
            let path: String
            if let asked {
                path = asked.hasPrefix("/") ? clean(asked) : clean(base + clean("/" + asked))
            } else {
                path = base + "/" + id
            }
            guard path != "/" else { throw CgroupError("linux.cgroupsPath: is the root of the cgroup tree") }
            return CgroupPlace(driver: driver, path: path, rootless: rootless, isAsked: asked != nil)
        case .systemd:
            let parts = try systemdParts(asked, id: id, rootless: rootless)
            let path = try expandedSlice(parts.slice) + "/" + parts.unit
            return CgroupPlace(
                driver: driver, path: path, scope: parts.unit, slice: parts.slice, rootless: rootless,
                isAsked: asked != nil)
        }
    }

    /// The parent of the v2 cgroup that /proc/self/cgroup names, empty for the root. The own cgroup has
    /// processes, so it can give no controllers to cgroups below it.
    static func besideOwn(_ memberships: String) -> String {
        for line in memberships.split(separator: "\n") where line.hasPrefix("0::/") {
            let parent = clean(String(line.dropFirst(3)) + "/..")
            return parent == "/" ? "" : parent
        }
        return ""
    }

    /// `slice:prefix:name` into the slice and the unit's name.
    private static func systemdParts(
        _ asked: String?, id: String, rootless: Bool
    ) throws(CgroupError) -> (slice: String, unit: String) {
        let usual = rootless ? "user.slice" : "system.slice"
        guard let asked else { return (usual, "docklock-" + id + ".scope") }
        let parts = asked.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 3, !parts[2].isEmpty else {
            throw CgroupError(
                "linux.cgroupsPath: \"" + asked
                    + "\" is not slice:prefix:name, which the systemd driver needs")
        }
        for part in parts where part.utf8.contains(0x2F) {
            throw CgroupError("linux.cgroupsPath: \"" + part + "\" holds a slash, which no unit's name may")
        }
        let slice = parts[0].isEmpty ? usual : parts[0]
        if parts[2].hasSuffix(".slice") { return (slice, parts[2]) }
        return (slice, (parts[1].isEmpty ? "" : parts[1] + "-") + parts[2] + ".scope")
    }

    /// Slices nest by their dashes: `a-b.slice` lies at `/a.slice/a-b.slice`; `-.slice` is the root.
    static func expandedSlice(_ slice: String) throws(CgroupError) -> String {
        guard slice.hasSuffix(".slice"), !slice.utf8.contains(0x2F) else {
            throw CgroupError("linux.cgroupsPath: \"" + slice + "\" is no slice's name")
        }
        let stem = slice.dropLast(6)
        if stem == "-" { return "" }
        var path = ""
        var prefix = ""
        for part in stem.split(separator: "-", omittingEmptySubsequences: false) {
            guard !part.isEmpty else {
                throw CgroupError("linux.cgroupsPath: \"" + slice + "\" has an empty part between dashes")
            }
            prefix += prefix.isEmpty ? String(part) : "-" + part
            path += "/" + prefix + ".slice"
        }
        return path
    }

    /// The path without empty parts and `.`, with `..` taken lexically and never above the root.
    static func clean(_ path: String) -> String {
        // Over bytes: `joined` of what `split` returns makes the library look its types up at run time,
        // which costs more than all the rest of `state`.
        let slash = UInt8(ascii: "/")
        var kept: [UInt8] = []
        for part in path.utf8.split(separator: slash) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                while let last = kept.popLast(), last != slash {}
                continue
            }
            kept.append(slash)
            kept.append(contentsOf: part)
        }
        return kept.isEmpty ? "/" : String(decoding: kept, as: UTF8.self)
    }
}
