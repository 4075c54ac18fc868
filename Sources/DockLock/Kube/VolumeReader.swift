import JSON
import Pod

/// `volumes` of a Pod, and where containers have them.
struct VolumeReader {
    private let sources: Sources
    private let group: UInt32?
    private(set) var volumes: [PodVolume] = []
    private(set) var files: [PlannedFile] = []
    private(set) var hostPaths: [PlannedHostPath] = []
    private var found: [String: (source: PlannedMount.Source, isReadOnly: Bool)] = [:]

    init(_ sources: Sources, group: UInt32?) {
        (self.sources, self.group) = (sources, group)
    }

    private static let kinds = ["emptyDir", "hostPath", "configMap", "secret", "persistentVolumeClaim"]
    private static let refused = [
        "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "downwardAPI",
        "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "image",
        "iscsi", "nfs", "photonPersistentDisk", "portworxVolume", "projected", "quobyte", "rbd", "scaleIO",
        "storageos", "vsphereVolume",
    ]

    mutating func read(_ spec: Fields) throws(KubeError) {
        for element in try spec.list("volumes") {
            let fields = try Fields(
                element.node, element.path, spec.notes, known: ["name"] + VolumeReader.kinds,
                refused: VolumeReader.refused)
            let name = try fields.name("name")
            let given = VolumeReader.kinds.filter(fields.has)
            guard given.count < 2 else {
                throw KubeError("\(element.path): is both \(given[0]) and \(given[1])")
            }
            let volume = try volume(name, given.first ?? "emptyDir", fields)
            guard found.updateValue(volume, forKey: name) == nil else {
                throw fields.wrong("name", "two volumes are named \(name)")
            }
        }
    }

    private mutating func volume(
        _ name: String, _ kind: String, _ fields: Fields
    ) throws(KubeError) -> (source: PlannedMount.Source, isReadOnly: Bool) {
        switch kind {
        case "hostPath":
            let types = [
                "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice",
                "BlockDevice",
            ]
            guard let path = try fields.fields(kind, known: ["path", "type"]) else { break }
            let place = try path.required("path")
            guard place.hasPrefix("/"), !place.split(separator: "/").contains("..") else {
                throw path.wrong("path", "\"\(place)\" is not absolute, or climbs")
            }
            let type = try path.word("type", of: types) ?? ""
            hostPaths.append(PlannedHostPath(volume: name, path: place, type: type))
            return (.host(name), false)
        case "configMap": try readFiles(name, .configMap, kind, "name", fields)
        case "secret": try readFiles(name, .secret, kind, "secretName", fields)
        case "persistentVolumeClaim":
            guard let claim = try fields.fields(kind, known: ["claimName", "readOnly"]) else { break }
            return (.claim(try claim.name("claimName")), try claim.bool("readOnly") == true)
        default:
            let empty = try fields.fields(kind, known: ["medium", "sizeLimit"])
            let isMemory = try empty?.word("medium", of: ["", "Memory"]) == "Memory"
            let size = try empty?.bytes("sizeLimit")
            if let empty, size != nil, !isMemory {
                throw empty.wrong("sizeLimit", "is kept only with medium: Memory")
            }
            volumes.append(
                PodVolume(name: name, kind: isMemory ? .memory : .directory, size: size, group: group))
            return (.own(name), false)
        }
        return (.own(name), true)
    }

    /// A volume whose files are the values of a ConfigMap or Secret.
    private mutating func readFiles(
        _ name: String, _ kind: Sources.Kind, _ key: String, _ nameKey: String, _ owner: Fields
    ) throws(KubeError) {
        let known = [nameKey, "items", "defaultMode", "optional"]
        guard let fields = try owner.fields(key, known: known) else { return }
        let source = try fields.name(nameKey)
        let isOptional = try fields.bool("optional") == true
        let standard = UInt32(try fields.int("defaultMode", in: 0...0o777) ?? 0o644)
        volumes.append(PodVolume(name: name, kind: .directory, group: group))
        guard let values = sources.values(kind, source) else {
            guard isOptional else { throw fields.wrong(nameKey, "there is no \(kind.rawValue) \(source)") }
            return
        }
        guard fields.has("items") else {
            for value in values {
                files.append(
                    PlannedFile(volume: name, path: value.key, mode: standard, content: value.value))
            }
            return
        }
        for element in try fields.list("items") {
            let item = try Fields(element.node, element.path, owner.notes, known: ["key", "path", "mode"])
            let key = try item.required("key")
            let path = try item.required("path")
            guard VolumeReader.staysBelow(path) else { throw item.wrong("path", "leaves the volume") }
            let mode = UInt32(try item.int("mode", in: 0...0o777) ?? Int64(standard))
            guard let value = values.first(where: { $0.key == key }) else {
                if isOptional { continue }
                throw item.wrong("key", "\(kind.rawValue) \(source) has no \(key)")
            }
            if files.contains(where: { $0.volume == name && VolumeReader.meet($0.path, path) }) {
                throw item.wrong("path", "two files cannot be at \(path)")
            }
            files.append(PlannedFile(volume: name, path: path, mode: mode, content: value.value))
        }
    }

    /// Whether one path is the other, or a folder on the way to it.
    private static func meet(_ left: String, _ right: String) -> Bool {
        zip(left.split(separator: "/"), right.split(separator: "/")).allSatisfy(==)
    }

    private static func staysBelow(_ path: String) -> Bool {
        !path.hasPrefix("/") && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
            && path.utf8.count <= 1000 && !path.split(separator: "/").isEmpty
    }

    /// `volumeMounts` of a container.
    func mounts(_ container: Fields, _ variables: Variables) throws(KubeError) -> [PlannedMount] {
        var mounts: [PlannedMount] = []
        for element in try container.list("volumeMounts") {
            let known = ["name", "mountPath", "subPath", "subPathExpr", "readOnly", "mountPropagation"]
            let fields = try Fields(
                element.node, element.path, container.notes, known: known, refused: ["recursiveReadOnly"])
            let name = try fields.required("name")
            guard let volume = found[name] else { throw fields.wrong("name", "there is no volume \(name)") }
            let path = try fields.required("mountPath")
            guard path.hasPrefix("/"), !path.utf8.contains(0x3A), path != "/" else {
                throw fields.wrong("mountPath", "\"\(path)\" is not an absolute path, or holds a colon")
            }
            var subPath = try fields.string("subPath") ?? ""
            if let text = try fields.string("subPathExpr") {
                guard subPath.isEmpty else {
                    throw fields.wrong("subPathExpr", "cannot stand beside subPath")
                }
                subPath = try variables.expanded(text, fields.place("subPathExpr"))
            }
            guard subPath.isEmpty || VolumeReader.staysBelow(subPath) else {
                throw fields.wrong("subPath", "\"\(subPath)\" leaves the volume")
            }
            let words = ["None": "rprivate", "HostToContainer": "rslave", "Bidirectional": "rshared"]
            let propagation = try fields.word("mountPropagation", of: words.keys.sorted()) ?? "None"
            guard !mounts.contains(where: { $0.destination == path }) else {
                throw fields.wrong("mountPath", "two are at \(path)")
            }
            mounts.append(
                PlannedMount(
                    source: volume.source, subPath: subPath, destination: path,
                    isReadOnly: try fields.bool("readOnly") == true || volume.isReadOnly,
                    propagation: words[propagation] ?? "rprivate"))
        }
        return mounts
    }
}
