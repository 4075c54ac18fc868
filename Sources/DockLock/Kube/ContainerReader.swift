import JSON
import Pod

/// Turns one container of a Pod into words of `docklock create`.
struct ContainerReader {
    let pod: PodReader
    let template: Metadata
    let security: PodSecurity
    let volumes: VolumeReader
    let restart: PodRestart
    let stopTimeout: Int
    let isOnHostNetwork: Bool

    struct Read {
        var container: PlannedContainer
        var limits: ContainerLimits?
        /// Values of `--publish`.
        var ports: [String]
    }

    private static let known = [
        "name", "image", "imagePullPolicy", "command", "args", "workingDir", "env", "envFrom", "ports",
        "resources", "volumeMounts", "securityContext", "livenessProbe", "readinessProbe", "startupProbe",
        "stdin", "stdinOnce", "tty", "restartPolicy",
    ]
    private static let ignored = ["terminationMessagePath", "terminationMessagePolicy", "resizePolicy"]
    private static let refused = ["lifecycle", "volumeDevices"]

    func container(
        _ node: JSONNode, _ path: String, _ notes: Notes, isInitial: Bool
    ) throws(KubeError) -> Read {
        let fields = try Fields(
            node, path, notes, known: ContainerReader.known, ignored: ContainerReader.ignored,
            refused: ContainerReader.refused)
        let name = try fields.name("name")
        if fields.has("restartPolicy") {
            guard isInitial, try fields.string("restartPolicy") == "Always" else {
                throw fields.wrong("restartPolicy", "is of init containers alone, and then Always")
            }
        }
        let isSidecar = isInitial && fields.has("restartPolicy")
        var container = PlannedContainer(
            name: name, role: isSidecar ? .sidecar : isInitial ? .initial : .main,
            image: try fields.required("image"))
        guard !container.image.hasPrefix("-") else { throw fields.wrong("image", "is no reference") }
        let policy = isSidecar ? PodRestart.always : isInitial ? .no : restart
        container.flags += ["--restart", policy.rawValue, "--stop-timeout", "\(stopTimeout)"]
        switch try fields.word("imagePullPolicy", of: ["Always", "IfNotPresent", "Never"]) {
        case "Always": container.flags += ["--pull", "always"]
        case "Never": container.flags += ["--pull", "never"]
        default: break
        }
        let limits = try ContainerLimits(fields)
        if let limits { container.flags += ContainerReader.flags(of: limits) }
        let variables = try EnvironmentReader(self, limits).variables(fields)
        for variable in variables.all { container.flags += ["--env", "\(variable.name)=\(variable.value)"] }
        try readCommand(fields, variables, &container)
        let guarded = try ContainerSecurity(fields, in: security)
        container.flags += guarded.flags
        container.mustNotBeRoot = guarded.mustNotBeRoot
        container.mounts = try volumes.mounts(fields, variables)
        let ports = try readPorts(fields)
        if !isInitial || isSidecar {
            container.liveness = try PlannedProbe(fields, "livenessProbe", ports: ports.named)
            container.readiness = try PlannedProbe(fields, "readinessProbe", ports: ports.named)
            container.startup = try PlannedProbe(fields, "startupProbe", ports: ports.named)
        } else if let key = ["livenessProbe", "readinessProbe", "startupProbe"].first(where: fields.has) {
            throw fields.wrong(key, "is not of init containers")
        }
        return Read(container: container, limits: limits, ports: ports.published)
    }

    private static func flags(of limits: ContainerLimits) -> [String] {
        var flags: [String] = []
        if let memory = limits.memory { flags += ["--memory", "\(memory)"] }
        if let memory = limits.memoryRequest { flags += ["--memory-reservation", "\(memory)"] }
        if let shares = limits.shares { flags += ["--cpu-shares", "\(shares)"] }
        if let nano = limits.nanoCPUs {
            let rest = String(nano % 1_000_000_000)
            let fraction = String(repeating: "0", count: 9 - rest.utf8.count) + rest
            flags += ["--cpus", "\(nano / 1_000_000_000).\(fraction)"]
        }
        return flags
    }

    private func readCommand(
        _ fields: Fields, _ variables: Variables, _ container: inout PlannedContainer
    ) throws(KubeError) {
        func expanded(_ key: String) throws(KubeError) -> [String] {
            try fields.strings(key).map { text throws(KubeError) in
                try variables.expanded(text, fields.place(key))
            }
        }
        let command = try expanded("command")
        if !command.isEmpty {
            container.flags += [
                "--entrypoint", String(decoding: JSONNode.strings(command).encoded(), as: UTF8.self),
            ]
        }
        container.command = try expanded("args")
        if let folder = try fields.string("workingDir"), !folder.isEmpty {
            container.flags += ["--workdir", folder]
        }
        _ = try fields.bool("stdinOnce")
        if try fields.bool("stdin") == true { container.flags.append("--interactive") }
        if try fields.bool("tty") == true { container.flags.append("--tty") }
    }

    private func readPorts(
        _ fields: Fields
    ) throws(KubeError) -> (named: [String: UInt16], published: [String]) {
        var named: [String: UInt16] = [:]
        var published: [String] = []
        for element in try fields.list("ports") {
            let known = ["name", "containerPort", "hostPort", "hostIP", "protocol"]
            let port = try Fields(element.node, element.path, fields.notes, known: known)
            guard let number = try port.int("containerPort", in: 1...65535) else {
                throw port.wrong("containerPort", "is missing")
            }
            if let name = try port.string("name") { named[name] = UInt16(number) }
            let transport = try port.word("protocol", of: ["TCP", "UDP", "SCTP"]) ?? "TCP"
            guard let host = try port.int("hostPort", in: 0...65535), host > 0 else { continue }
            guard !isOnHostNetwork else {
                guard host == number else {
                    throw port.wrong("hostPort", "must be containerPort with hostNetwork")
                }
                continue
            }
            let address = try port.string("hostIP") ?? ""
            let prefix = address.isEmpty ? "" : (address.utf8.contains(0x3A) ? "[\(address)]" : address) + ":"
            published.append("\(prefix)\(host):\(number)/\(transport.lowercased())")
        }
        return (named, published)
    }
}

/// `env` and `envFrom` of a container.
struct EnvironmentReader {
    private let reader: ContainerReader
    private let limits: ContainerLimits?

    init(_ reader: ContainerReader, _ limits: ContainerLimits?) {
        (self.reader, self.limits) = (reader, limits)
    }

    func variables(_ fields: Fields) throws(KubeError) -> Variables {
        var variables = Variables()
        for element in try fields.list("envFrom") {
            let known = ["prefix", "configMapRef", "secretRef"]
            let source = try Fields(element.node, element.path, fields.notes, known: known)
            let prefix = try source.string("prefix") ?? ""
            for (key, kind) in [("configMapRef", Sources.Kind.configMap), ("secretRef", .secret)] {
                guard let reference = try source.fields(key, known: ["name", "optional"]) else { continue }
                let name = try reference.required("name")
                guard let values = reader.pod.sources.values(kind, name) else {
                    if try reference.bool("optional") == true { continue }
                    throw reference.wrong("name", "there is no \(kind.rawValue) \(name)")
                }
                for value in values {
                    let text = try EnvironmentReader.text(value.value, reference.place("name"))
                    try variables.set(prefix + value.key, text, element.path)
                }
            }
        }
        for element in try fields.list("env") {
            let known = ["name", "value", "valueFrom"]
            let entry = try Fields(element.node, element.path, fields.notes, known: known)
            let name = try entry.required("name")
            guard !name.utf8.contains(UInt8(ascii: "=")) else { throw entry.wrong("name", "holds a =") }
            if entry.has("valueFrom") {
                guard !entry.has("value") else { throw entry.wrong("valueFrom", "cannot stand beside value") }
                if let value = try value(from: entry) { try variables.set(name, value, element.path) }
            } else {
                let text = try variables.expanded(try entry.string("value") ?? "", entry.place("value"))
                try variables.set(name, text, element.path)
            }
        }
        return variables
    }

    private static func text(_ bytes: [UInt8], _ place: String) throws(KubeError) -> String {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw KubeError("\(place): its value is no text")
        }
        return text
    }

    /// nil where it is optional and not there.
    private func value(from entry: Fields) throws(KubeError) -> String? {
        let kinds = ["configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef"]
        guard let source = try entry.fields("valueFrom", known: kinds) else { return nil }
        let given = kinds.filter(source.has)
        guard given.count == 1 else {
            throw KubeError("\(source.path): must have one of \(kinds.joined(separator: ", "))")
        }
        switch given[0] {
        case "configMapKeyRef": return try value(.configMap, source, given[0])
        case "secretKeyRef": return try value(.secret, source, given[0])
        case "fieldRef": return try field(source)
        default: return try resource(source)
        }
    }

    private func value(
        _ kind: Sources.Kind, _ source: Fields, _ key: String
    ) throws(KubeError) -> String? {
        guard let reference = try source.fields(key, known: ["name", "key", "optional"]) else { return nil }
        let name = try reference.required("name")
        let wanted = try reference.required("key")
        let isOptional = try reference.bool("optional") == true
        guard let values = reader.pod.sources.values(kind, name) else {
            if isOptional { return nil }
            throw reference.wrong("name", "there is no \(kind.rawValue) \(name)")
        }
        guard let value = values.first(where: { $0.key == wanted }) else {
            if isOptional { return nil }
            throw reference.wrong("key", "\(kind.rawValue) \(name) has no \(wanted)")
        }
        return try EnvironmentReader.text(value.value, reference.place("key"))
    }

    private func field(_ source: Fields) throws(KubeError) -> String? {
        guard let reference = try source.fields("fieldRef", known: ["apiVersion", "fieldPath"]) else {
            return nil
        }
        _ = try reference.word("apiVersion", of: ["v1"])
        let path = try reference.required("fieldPath")
        switch path {
        case "metadata.name": return reader.pod.name
        case "metadata.namespace": return "default"
        case "spec.nodeName": return reader.pod.host.name
        case "spec.serviceAccountName": return "default"
        default: break
        }
        for (prefix, pairs) in [
            ("metadata.labels['", reader.template.labels),
            ("metadata.annotations['", reader.template.annotations),
        ] where path.hasPrefix(prefix) && path.hasSuffix("']") {
            let name = path.dropFirst(prefix.utf8.count).dropLast(2)
            return pairs.first { $0.name == name }?.value ?? ""
        }
        throw reference.wrong("fieldPath", "\(path) is not known before the vPod runs, or not supported")
    }

    private func resource(_ source: Fields) throws(KubeError) -> String? {
        let known = ["containerName", "resource", "divisor"]
        guard let reference = try source.fields("resourceFieldRef", known: known) else { return nil }
        guard !reference.has("containerName") else {
            throw reference.wrong("containerName", "only the container's own resources are known")
        }
        let resources = ["limits.cpu", "limits.memory", "requests.cpu", "requests.memory"]
        let host = reader.pod.host
        let billionths: UInt128
        switch try reference.word("resource", of: resources) {
        case "limits.cpu":
            billionths = UInt128(limits?.nanoCPUs ?? host.processors * 1_000_000_000)
        case "limits.memory":
            billionths = UInt128(limits?.memory ?? host.memory) * 1_000_000_000
        case "requests.cpu": billionths = UInt128(limits?.nanoCPUsRequest ?? limits?.nanoCPUs ?? 0)
        case "requests.memory":
            billionths = UInt128(limits?.memoryRequest ?? limits?.memory ?? 0) * 1_000_000_000
        default: throw reference.wrong("resource", "is missing")
        }
        // Kubernetes takes a divisor of zero for none.
        let divisor = try reference.amount("divisor").map(\.billionths) ?? 0
        let unit = divisor == 0 ? 1_000_000_000 : divisor
        return String(billionths / unit + (billionths % unit > 0 ? 1 : 0))
    }
}
