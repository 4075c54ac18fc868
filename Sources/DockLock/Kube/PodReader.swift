import JSON
import Pod

/// Turns the specification of a Pod into what is asked for of a vPod.
struct PodReader {
    let template: PodTemplate
    let name: String
    let sources: Sources
    let host: KubeHost

    init(_ template: PodTemplate, _ name: String, _ sources: Sources, _ host: KubeHost) {
        (self.template, self.name, self.sources, self.host) = (template, name, sources, host)
    }

    private static let known = [
        "containers", "initContainers", "volumes", "restartPolicy", "terminationGracePeriodSeconds",
        "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostname", "hostAliases", "dnsPolicy",
        "dnsConfig", "securityContext", "resources",
    ]
    private static let ignored = [
        "nodeName", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "schedulerName",
        "priority", "priorityClassName", "preemptionPolicy", "serviceAccount", "serviceAccountName",
        "automountServiceAccountToken", "imagePullSecrets", "readinessGates", "schedulingGates", "overhead",
        "os", "subdomain", "enableServiceLinks",
    ]
    private static let refused = [
        "activeDeadlineSeconds", "ephemeralContainers", "hostUsers", "resourceClaims", "runtimeClassName",
        "setHostnameAsFQDN",
    ]

    func pod() throws(KubeError) -> PlannedPod {
        let spec = try template.owner.fields(
            template.key, known: PodReader.known, ignored: PodReader.ignored, refused: PodReader.refused)
        guard let spec else { throw template.owner.wrong(template.key, "is missing") }
        var pod = PlannedPod(name: name)
        pod.request.labels = template.metadata.labels
        pod.request.annotations = template.metadata.annotations
        let policy = try spec.word("restartPolicy", of: ["Always", "OnFailure", "Never"]) ?? "Always"
        pod.request.restart = policy == "Always" ? .always : policy == "OnFailure" ? .onFailure : .no
        pod.request.stopTimeout =
            Int(try spec.int("terminationGracePeriodSeconds", in: 0...1 << 30) ?? 30)
        try readNamespaces(spec, &pod)
        try readNames(spec, &pod)
        let security = try PodSecurity(spec)
        pod.request.sysctls = security.sysctls
        var volumes = VolumeReader(sources, group: security.group)
        try volumes.read(spec)
        (pod.volumes, pod.files, pod.hostPaths) = (volumes.volumes, volumes.files, volumes.hostPaths)
        var limits = Limits()
        for (key, isInitial) in [("initContainers", true), ("containers", false)] {
            for element in try spec.list(key) {
                let reader = ContainerReader(
                    pod: self, template: template.metadata, security: security, volumes: volumes,
                    restart: pod.request.restart, stopTimeout: pod.request.stopTimeout,
                    isOnHostNetwork: pod.request.usesHostNetwork)
                let read = try reader.container(element.node, element.path, spec.notes, isInitial: isInitial)
                if pod.containers.contains(where: { $0.name == read.container.name }) {
                    throw KubeError("\(element.path).name: two are named \(read.container.name)")
                }
                pod.request.ports += read.ports
                limits.add(read.limits, isInitial: read.container.role == .initial)
                pod.containers.append(read.container)
            }
        }
        guard pod.containers.contains(where: { $0.role == .main }) else {
            throw spec.wrong("containers", "is missing")
        }
        if let own = try ContainerLimits(spec) {
            pod.request.resources.memory = own.memory
            pod.request.resources.nanoCPUs = own.nanoCPUs
            pod.request.resources.cpuShares = own.shares
        } else {
            pod.request.resources.memory = limits.memory.total
            pod.request.resources.nanoCPUs = limits.processors.total
        }
        return pod
    }

    private func readNamespaces(_ spec: Fields, _ pod: inout PlannedPod) throws(KubeError) {
        if try spec.bool("hostNetwork") == true { pod.request.networks = ["host"] }
        pod.request.usesHostPids = try spec.bool("hostPID") == true
        pod.request.usesHostIPC = try spec.bool("hostIPC") == true
        let shares = try spec.bool("shareProcessNamespace") == true
        guard !(shares && pod.request.usesHostPids) else {
            throw spec.wrong("shareProcessNamespace", "cannot stand beside hostPID")
        }
        pod.request.sharesPids = shares || pod.request.usesHostPids
    }

    private func readNames(_ spec: Fields, _ pod: inout PlannedPod) throws(KubeError) {
        if spec.has("hostname") { pod.request.hostname = try spec.name("hostname") }
        for alias in try spec.list("hostAliases") {
            let fields = try Fields(alias.node, alias.path, spec.notes, known: ["ip", "hostnames"])
            let address = try fields.required("ip")
            for name in try fields.strings("hostnames") { pod.request.hosts.append("\(name)=\(address)") }
        }
        let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]
        let policy = try spec.word("dnsPolicy", of: policies)
        let known = ["nameservers", "searches", "options"]
        if let dns = try spec.fields("dnsConfig", known: known) {
            pod.request.dns = try dns.strings("nameservers")
            pod.request.dnsSearch = try dns.strings("searches")
            for option in try dns.list("options") {
                let fields = try Fields(option.node, option.path, spec.notes, known: ["name", "value"])
                let value = try fields.string("value")
                pod.request.dnsOptions.append(try fields.required("name") + (value.map { ":" + $0 } ?? ""))
            }
        }
        guard policy != "None" || !pod.request.dns.isEmpty else {
            throw spec.wrong("dnsPolicy", "None needs dnsConfig.nameservers")
        }
    }
}

/// What all containers of a vPod may use together, where each has a limit: the sum of those that run at
/// once, and at least what an initial one may use alone.
private struct Limits {
    struct Sum {
        var sum: Int64 = 0
        var most: Int64 = 0
        var isBounded = true

        var total: Int64? { isBounded ? max(sum, most) : nil }

        mutating func add(_ value: Int64?, isInitial: Bool) {
            guard let value else {
                isBounded = false
                return
            }
            if isInitial {
                most = max(most, value)
            } else {
                let (next, isTooLarge) = sum.addingReportingOverflow(value)
                sum = next
                if isTooLarge { isBounded = false }
            }
        }
    }

    var memory = Sum()
    var processors = Sum()

    mutating func add(_ limits: ContainerLimits?, isInitial: Bool) {
        memory.add(limits?.memory, isInitial: isInitial)
        processors.add(limits?.nanoCPUs, isInitial: isInitial)
    }
}

/// `resources` of a container or of a Pod.
struct ContainerLimits {
    /// Bytes.
    var memory: Int64?
    var nanoCPUs: Int64?
    var memoryRequest: Int64?
    var nanoCPUsRequest: Int64?

    /// The weight of the CPUs that are asked for.
    var shares: Int64? { nanoCPUsRequest.map { min(max($0 / 1_000_000 * 1024 / 1000, 2), 262_144) } }

    /// nil where there are none.
    init?(_ fields: Fields) throws(KubeError) {
        guard
            let resources = try fields.fields(
                "resources", known: ["limits", "requests"], refused: ["claims"])
        else { return nil }
        if let limits = try ContainerLimits.part(resources, "limits") {
            memory = try limits.bytes("memory")
            nanoCPUs = try ContainerLimits.processors(limits)
        }
        if let requests = try ContainerLimits.part(resources, "requests") {
            memoryRequest = try requests.bytes("memory")
            nanoCPUsRequest = try ContainerLimits.processors(requests)
        }
        if let memory, let memoryRequest, memoryRequest > memory {
            throw resources.wrong("requests.memory", "is more than the limit")
        }
        if let nanoCPUs, let nanoCPUsRequest, nanoCPUsRequest > nanoCPUs {
            throw resources.wrong("requests.cpu", "is more than the limit")
        }
    }

    private static func part(_ resources: Fields, _ key: String) throws(KubeError) -> Fields? {
        try resources.fields(
            key, known: ["cpu", "memory"], refused: ["ephemeral-storage", "hugepages-2Mi", "hugepages-1Gi"])
    }

    private static func processors(_ fields: Fields) throws(KubeError) -> Int64? {
        guard let amount = try fields.amount("cpu") else { return nil }
        guard amount.billionths > 0, amount.billionths <= 1_000_000_000_000_000 else {
            throw fields.wrong("cpu", "is no number of CPUs")
        }
        return Int64(amount.billionths)
    }
}
