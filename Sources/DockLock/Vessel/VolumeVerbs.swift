import Format
import Glibc
import Images
import JSON
import Kernel
import Request
import Upkeep

extension Vessels {
    /// `volume`, all of it. `confirm` is asked before `prune` without `--force`, with what would go.
    /// - Returns: the exit status.
    public func volume(
        _ request: VolumeRequest, tell: (String) throws -> Void, complain: (String) -> Void,
        confirm: (String) -> Bool
    ) throws -> Int32 {
        switch request.action {
        case .create: try tell(create(request))
        case .exists: return hasVolume(request.names[0]) ? 0 : 1
        case .list:
            let text = try list(request)
            if !text.isEmpty { try tell(String(text.dropLast())) }
        case .inspect:
            let names = request.all ? try volumeNames() : request.names
            return try inspect(names, request.format, tell, complain) { try node(ofVolume: $0) }
        case .remove: return try remove(request, tell, complain)
        case .prune:
            let kind = request.all ? "all volumes" : "all volumes without a name"
            guard request.force || confirm("\(kind) that no container uses") else { return 0 }
            try prune(request, tell)
        }
        return 0
    }

    func hasVolume(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.first != UInt8(ascii: "."), !name.utf8.contains(UInt8(ascii: "/"))
        else { return false }
        return Files.exists(places.volumes + "/" + name + "/_data")
    }

    func volumeNames() throws -> [String] {
        do {
            return try Files.list(places.volumes).filter { hasVolume($0) }.sorted()
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
    }

    /// The volume that a path of the host's lies in; nil where it lies in none.
    func volume(of path: String) -> String? {
        guard path.hasPrefix(places.volumes + "/") else { return nil }
        let parts = path.dropFirst(places.volumes.utf8.count + 1).split(separator: "/")
        guard parts.count >= 2, parts[1] == "_data" else { return nil }
        return String(parts[0])
    }

    /// Makes a volume, or takes the one that is there.
    /// - Returns: its directory.
    @discardableResult
    func makeVolume(_ name: String, labels: [Setting] = [], isAnonymous: Bool = false) throws -> String {
        let folder = places.volumes + "/" + name
        let directory = folder + "/_data"
        try Files.makeDirectories(directory)
        guard !Files.exists(folder + "/volume.json") else { return directory }
        let record: JSONNode = [
            "created": .string(Moment(Vessels.now).text), "anonymous": .bool(isAnonymous),
            "labels": .object(labels.map { .init($0.name, .string($0.value)) }),
        ]
        try Files.replace(folder + "/volume.json", with: record.encoded())
        return directory
    }

    private func create(_ request: VolumeRequest) throws -> String {
        if let option = request.options.first {
            throw VesselError("--opt \(option.name): a volume is a directory here, and takes no options")
        }
        try places.prepare()
        let name = try request.names.first ?? Vessels.freshID()
        try makeVolume(name, labels: request.labels, isAnonymous: request.names.isEmpty)
        return name
    }

    /// A volume, in docker's shape.
    func node(ofVolume name: String) throws -> JSONNode {
        guard hasVolume(name) else { throw VesselError("no such volume: \(name)", status: 1) }
        let folder = places.volumes + "/" + name
        let record = try volumeRecord(name)
        let labels = record["labels"].map { JSONNode($0) } ?? .object([])
        return [
            "CreatedAt": .string(record["created"]?.string ?? ""), "Driver": .string("local"),
            "Labels": labels, "Mountpoint": .string(folder + "/_data"), "Name": .string(name),
            "Options": .null, "Scope": .string("local"),
            "Anonymous": .bool(record["anonymous"]?.bool ?? false),
        ]
    }

    private func volumeRecord(_ name: String) throws -> JSON {
        let path = places.volumes + "/" + name + "/volume.json"
        guard Files.exists(path) else { return try JSON.parse(Array("{}".utf8)) }
        return try JSON.parse(try Files.read(path, limit: 1 << 20), limits: .init(depth: 8, bytes: 1 << 20))
    }

    /// The containers that use each volume, by name.
    func volumeUses() throws -> [String: [String]] {
        var uses: [String: [String]] = [:]
        for vessel in try all() {
            let bundle = try JSON.parse(try Files.read(vessel.folder + "/config.json", limit: 16 << 20))
            var seen: [String] = []
            for mount in bundle["mounts"]?.elements.map({ $0 }) ?? [] {
                guard let name = volume(of: mount["source"]?.string ?? ""), !seen.contains(name) else {
                    continue
                }
                seen.append(name)
                uses[name, default: []].append(vessel.record.name)
            }
        }
        return uses
    }

    private func list(_ request: VolumeRequest) throws -> String {
        let uses = try volumeUses()
        let nodes = try volumeNames().map { try node(ofVolume: $0) }.filter { node in
            try request.filters.allSatisfy { try holds($0, node, uses) }
        }
        if request.isQuiet { return nodes.map { $0.text("Name") + "\n" }.joined() }
        let rows = nodes.map { node -> JSONNode in
            guard case .object(var members) = node else { return node }
            // Lists show labels as a text.
            let labels = members.firstIndex { $0.key == "Labels" }
            if let labels, case .object(let all) = members[labels].value {
                members[labels].value = .string(
                    all.map { "\($0.key)=\(node.label($0.key) ?? "")" }.joined(separator: ","))
            }
            return .object(members)
        }
        return try listing(rows, request.format, columns: [("Driver", "DRIVER"), ("Name", "VOLUME NAME")])
    }

    /// A list as docker prints it: a table, a line of JSON each, or what a template makes of each.
    func listing(
        _ rows: [JSONNode], _ format: String?, columns: [(field: String, heading: String)]
    ) throws -> String {
        switch format {
        case nil, "table":
            return Table.text(
                [columns.map(\.heading)] + rows.map { row in columns.map { row.text($0.field) } })
        case "json": return rows.map { String(decoding: $0.encoded(), as: UTF8.self) + "\n" }.joined()
        case let format?: return try GoTemplate(format).lines(for: rows, headings: columns)
        }
    }

    private func holds(_ filter: Setting, _ node: JSONNode, _ uses: [String: [String]]) throws -> Bool {
        let name = node.text("Name")
        switch filter.name {
        case "name": return name.contains(filter.value)
        case "driver": return filter.value == "local"
        case "dangling": return (uses[name] == nil) == ["true", "1"].contains(filter.value)
        case "label", "label!":
            let parts = filter.value.split(separator: "=", maxSplits: 1)
            let value = node.label(String(parts.first ?? ""))
            let isThere = parts.count > 1 ? value == String(parts[1]) : value != nil
            return isThere == (filter.name == "label")
        default: throw VesselError("--filter: there is no filter \"\(filter.name)\" of volumes")
        }
    }

    private func remove(
        _ request: VolumeRequest, _ tell: (String) throws -> Void, _ complain: (String) -> Void
    ) throws -> Int32 {
        var status: Int32 = 0
        let uses = try volumeUses()
        for name in request.all ? try volumeNames() : request.names {
            do {
                guard hasVolume(name) else {
                    if request.force { continue }
                    throw VesselError("no such volume: \(name)", status: 1)
                }
                if let users = uses[name] {
                    throw VesselError(
                        "volume \(name) is used by \(users.joined(separator: ", ")): remove those first",
                        status: 2)
                }
                try Trees.remove(places.volumes + "/" + name)
                try tell(name)
            } catch {
                complain("\(error)")
                status = (error as? VesselError)?.status ?? 125
            }
        }
        return status
    }

    private func prune(_ request: VolumeRequest, _ tell: (String) throws -> Void) throws {
        let uses = try volumeUses()
        for name in try volumeNames() where uses[name] == nil {
            let node = try node(ofVolume: name)
            guard request.all || node.flag("Anonymous") else { continue }
            guard try request.filters.allSatisfy({ try holds($0, node, uses) }) else { continue }
            try Trees.remove(places.volumes + "/" + name)
            try tell(name)
        }
    }
}

extension JSONNode {
    /// The truth of a member; false where there is none.
    func flag(_ key: String) -> Bool {
        guard case .object(let members) = self else { return false }
        return members.first { $0.key == key }?.value == .bool(true)
    }

    /// A label of an object with labels; nil where it has none of that name.
    func label(_ name: String) -> String? {
        guard case .object(let members) = self,
            case .object(let labels)? = members.first(where: { $0.key == "Labels" })?.value,
            case .string(let value)? = labels.first(where: { $0.key == name })?.value
        else { return nil }
        return value
    }
}
