import JSON
import Pod

/// Reads the documents of Kubernetes' that podman plays: Pod, Deployment, DaemonSet, ConfigMap, Secret,
/// PersistentVolumeClaim. Every field is known, or the document is refused.
public enum Kube {
    /// - Parameter documents: trees of JSON's values; what is null is as if it were not there.
    /// - Throws: `KubeError`, which names the field.
    public static func plan(_ documents: [JSONNode], host: KubeHost) throws(KubeError) -> KubePlan {
        var sources = Sources()
        var templates: [PodTemplate] = []
        var plan = KubePlan()
        let notes = Notes()
        for (index, document) in documents.enumerated() where document != .null {
            let place = documents.count > 1 ? "document \(index + 1): " : ""
            do throws(KubeError) {
                try read(document, notes, &sources, &templates, &plan)
            } catch {
                throw KubeError(place + error.description)
            }
        }
        guard !templates.isEmpty || !plan.claims.isEmpty || !sources.isEmpty || !notes.lines.isEmpty else {
            throw KubeError("there is no document")
        }
        for template in templates {
            for name in template.names {
                do throws(KubeError) {
                    let reader = PodReader(template, name, sources, host)
                    plan.pods.append(try reader.pod())
                } catch {
                    throw KubeError(templates.count > 1 ? "\(name): \(error.description)" : error.description)
                }
            }
        }
        let names = plan.pods.map(\.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw KubeError("metadata.name: two are named \(twice)")
        }
        plan.notes = notes.lines
        return plan
    }

    private static func read(
        _ document: JSONNode, _ notes: Notes, _ sources: inout Sources, _ templates: inout [PodTemplate],
        _ plan: inout KubePlan
    ) throws(KubeError) {
        guard case .object(let members) = document else { throw KubeError("the document: is not a mapping") }
        guard case .string(let kind)? = members.first(where: { $0.key == "kind" })?.value else {
            throw KubeError("kind: is missing")
        }
        let top = ["apiVersion", "kind", "metadata"]
        switch kind {
        case "Pod":
            let fields = try Fields(document, "", notes, known: top + ["spec"], ignored: ["status"])
            try version(fields, "v1")
            let metadata = try Metadata(fields, "metadata")
            templates.append(PodTemplate(names: [metadata.name], metadata, fields, "spec"))
        case "Deployment", "DaemonSet":
            let fields = try Fields(document, "", notes, known: top + ["spec"], ignored: ["status"])
            try version(fields, "apps/v1")
            templates.append(try PodTemplate(controller: fields))
        case "ConfigMap":
            let fields = try Fields(document, "", notes, known: top + ["data", "binaryData", "immutable"])
            try version(fields, "v1")
            try sources.addConfigMap(fields)
        case "Secret":
            let known = top + ["data", "stringData", "immutable", "type"]
            let fields = try Fields(document, "", notes, known: known)
            try version(fields, "v1")
            try sources.addSecret(fields)
        case "PersistentVolumeClaim":
            // A volume is a directory of the host's, whatever size and access it is asked for with.
            let fields = try Fields(document, "", notes, known: top + ["spec", "status"])
            try version(fields, "v1")
            plan.claims.append(try Metadata(fields, "metadata").name)
        // What a cluster needs to find things; on one host ports are published by `hostPort`.
        case "Service", "Namespace", "ServiceAccount":
            notes.add("kind: \(kind): has no meaning on one host")
        default:
            throw KubeError(
                "kind: \"\(kind)\" is none of Pod, Deployment, DaemonSet, ConfigMap, Secret, "
                    + "PersistentVolumeClaim")
        }
    }

    private static func version(_ fields: Fields, _ wanted: String) throws(KubeError) {
        let version = try fields.required("apiVersion")
        guard version == wanted else {
            throw fields.wrong("apiVersion", "\"\(version)\" is not \(wanted)")
        }
    }
}

/// `metadata` of a document.
struct Metadata {
    var name: String
    var labels: [PodLabel]
    var annotations: [PodLabel]

    init(_ fields: Fields, _ key: String, isNamed: Bool = true) throws(KubeError) {
        let ignored = [
            "namespace", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "uid",
            "resourceVersion", "generation", "generateName", "managedFields", "finalizers",
            "ownerReferences", "selfLink",
        ]
        let known = ["name", "labels", "annotations"]
        guard let metadata = try fields.fields(key, known: known, ignored: ignored) else {
            if isNamed { throw fields.wrong(key, "is missing") }
            (name, labels, annotations) = ("", [], [])
            return
        }
        name = isNamed ? try metadata.name("name") : ""
        labels = try metadata.pairs("labels").map { PodLabel($0.name, $0.value) }
        annotations = try metadata.pairs("annotations").map { PodLabel($0.name, $0.value) }
    }
}

/// The specification of one vPod, or of several that differ in their names alone.
struct PodTemplate {
    let names: [String]
    let metadata: Metadata
    let owner: Fields
    /// The key of the specification.
    let key: String

    init(names: [String], _ metadata: Metadata, _ owner: Fields, _ key: String) {
        (self.names, self.metadata, self.owner, self.key) = (names, metadata, owner, key)
    }

    /// A Deployment or DaemonSet: vPods named after it, with `-pod`, and numbers where there are several.
    init(controller fields: Fields) throws(KubeError) {
        let metadata = try Metadata(fields, "metadata")
        let ignored = [
            "selector", "strategy", "updateStrategy", "minReadySeconds", "revisionHistoryLimit", "paused",
            "progressDeadlineSeconds",
        ]
        guard let spec = try fields.fields("spec", known: ["replicas", "template"], ignored: ignored),
            let template = try spec.fields("template", known: ["metadata", "spec"])
        else { throw fields.wrong("spec.template", "is missing") }
        let replicas = try spec.int("replicas", in: 0...100) ?? 1
        var own = try Metadata(template, "metadata", isNamed: false)
        own.name = metadata.name
        names = replicas == 1 ? [metadata.name + "-pod"] : (0..<replicas).map { "\(metadata.name)-pod-\($0)" }
        self.metadata = own
        owner = template
        key = "spec"
    }
}

/// ConfigMaps and Secrets by their names.
struct Sources {
    private var configMaps: [String: [(key: String, value: [UInt8])]] = [:]
    private var secrets: [String: [(key: String, value: [UInt8])]] = [:]

    var isEmpty: Bool { configMaps.isEmpty && secrets.isEmpty }

    enum Kind: String { case configMap = "ConfigMap", secret = "Secret" }

    func values(_ kind: Kind, _ name: String) -> [(key: String, value: [UInt8])]? {
        kind == .configMap ? configMaps[name] : secrets[name]
    }

    mutating func addConfigMap(_ fields: Fields) throws(KubeError) {
        let name = try Metadata(fields, "metadata").name
        _ = try fields.bool("immutable")
        var values = try plain(fields, "data")
        values += try encoded(fields, "binaryData")
        guard configMaps.updateValue(values, forKey: name) == nil else {
            throw fields.wrong("metadata.name", "there are two ConfigMaps \(name)")
        }
    }

    mutating func addSecret(_ fields: Fields) throws(KubeError) {
        let name = try Metadata(fields, "metadata").name
        _ = try fields.bool("immutable")
        _ = try fields.string("type")
        var values = try encoded(fields, "data")
        // What is given twice holds as plain text.
        let texts = try plain(fields, "stringData")
        values.removeAll { value in texts.contains { $0.key == value.key } }
        guard secrets.updateValue(values + texts, forKey: name) == nil else {
            throw fields.wrong("metadata.name", "there are two Secrets \(name)")
        }
    }

    private func plain(_ fields: Fields, _ key: String) throws(KubeError) -> [(key: String, value: [UInt8])] {
        try fields.pairs(key).map { pair throws(KubeError) in
            (try checked(pair.name, fields, key), Array(pair.value.utf8))
        }
    }

    private func encoded(_ fields: Fields, _ key: String) throws(KubeError) -> [(key: String, value: [UInt8])]
    {
        try fields.pairs(key).map { pair throws(KubeError) in
            guard let bytes = Base64.decode(pair.value) else {
                throw fields.wrong("\(key).\(pair.name)", "is not base64")
            }
            return (try checked(pair.name, fields, key), bytes)
        }
    }

    /// Keys become names of files.
    private func checked(_ name: String, _ fields: Fields, _ key: String) throws(KubeError) -> String {
        let isName = name.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
                || byte == 0x2D || byte == 0x2E || byte == 0x5F
        }
        guard isName, !name.isEmpty, name != ".", name != "..", name.utf8.count <= 253 else {
            throw fields.wrong("\(key).\(name)", "is not a key: letters, digits and -._")
        }
        return name
    }
}
