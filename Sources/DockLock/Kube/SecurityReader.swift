import JSON
import Pod

/// `securityContext` of a Pod: what its containers have where their own says nothing else.
struct PodSecurity {
    var user: Int64?
    var group32: Int64?
    var mustNotBeRoot: Bool?
    var groups: [Int64] = []
    /// `fsGroup`.
    var group: UInt32?
    var sysctls: [String] = []
    var options: SecurityOptions

    static let ids: ClosedRange<Int64> = 0...4_294_967_294

    init(_ spec: Fields) throws(KubeError) {
        let known = [
            "runAsUser", "runAsGroup", "runAsNonRoot", "supplementalGroups", "supplementalGroupsPolicy",
            "fsGroup", "fsGroupChangePolicy", "sysctls", "seccompProfile", "seLinuxOptions",
            "appArmorProfile",
        ]
        guard let context = try spec.fields("securityContext", known: known, refused: ["windowsOptions"])
        else {
            options = SecurityOptions()
            return
        }
        user = try context.int("runAsUser", in: PodSecurity.ids)
        group32 = try context.int("runAsGroup", in: PodSecurity.ids)
        mustNotBeRoot = try context.bool("runAsNonRoot")
        for element in try context.list("supplementalGroups") {
            guard case .int(let id) = element.node, PodSecurity.ids.contains(id) else {
                throw KubeError("\(element.path): is no id of a group")
            }
            groups.append(id)
        }
        _ = try context.word("supplementalGroupsPolicy", of: ["Merge"])
        _ = try context.word("fsGroupChangePolicy", of: ["Always", "OnRootMismatch"])
        group = try context.int("fsGroup", in: PodSecurity.ids).map { UInt32($0) }
        for element in try context.list("sysctls") {
            let fields = try Fields(element.node, element.path, spec.notes, known: ["name", "value"])
            sysctls.append(try fields.required("name") + "=" + fields.required("value"))
        }
        options = try SecurityOptions(context)
    }
}

/// Profiles of the host's, as values of `--security-opt`.
struct SecurityOptions {
    var seccomp: String?
    var apparmor: String?
    var labels: [String] = []

    /// Where Kubernetes keeps profiles, and so does podman.
    private static let profiles = "/var/lib/kubelet/seccomp/"

    init() {}

    init(_ context: Fields) throws(KubeError) {
        let types = ["RuntimeDefault", "Unconfined", "Localhost"]
        if let profile = try context.fields("seccompProfile", known: ["type", "localhostProfile"]) {
            switch try profile.word("type", of: types) {
            case nil: throw profile.wrong("type", "is missing")
            case "Unconfined": seccomp = "seccomp=unconfined"
            case "Localhost":
                let path = try profile.required("localhostProfile")
                guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                    throw profile.wrong("localhostProfile", "leaves \(SecurityOptions.profiles)")
                }
                seccomp = "seccomp=" + SecurityOptions.profiles + path
            default: seccomp = "seccomp=default"
            }
        }
        if let profile = try context.fields("appArmorProfile", known: ["type", "localhostProfile"]) {
            switch try profile.word("type", of: types) {
            case nil: throw profile.wrong("type", "is missing")
            case "Unconfined": apparmor = "apparmor=unconfined"
            case "Localhost": apparmor = "apparmor=" + (try profile.required("localhostProfile"))
            default: break
            }
        }
        let keys = ["user", "role", "type", "level"]
        if let options = try context.fields("seLinuxOptions", known: keys) {
            for key in keys {
                if let value = try options.string(key) { labels.append("label=\(key):\(value)") }
            }
        }
    }

    /// These, and for what they say nothing of the others.
    func over(_ others: SecurityOptions) -> [String] {
        var words: [String] = []
        for option in [seccomp ?? others.seccomp, apparmor ?? others.apparmor] {
            if let option, option != "seccomp=default" { words += ["--security-opt", option] }
        }
        for label in labels.isEmpty ? others.labels : labels { words += ["--security-opt", label] }
        return words
    }
}

/// `securityContext` of a container, as flags.
struct ContainerSecurity {
    var flags: [String] = []
    var mustNotBeRoot = false

    init(_ container: Fields, in pod: PodSecurity) throws(KubeError) {
        let known = [
            "runAsUser", "runAsGroup", "runAsNonRoot", "capabilities", "privileged",
            "readOnlyRootFilesystem", "allowPrivilegeEscalation", "procMount", "seccompProfile",
            "seLinuxOptions", "appArmorProfile",
        ]
        let place = container.place("securityContext")
        let context = try Fields(
            container.node("securityContext") ?? .object([]), place, container.notes, known: known,
            refused: ["windowsOptions"])
        let user = try context.int("runAsUser", in: PodSecurity.ids) ?? pod.user
        let group = try context.int("runAsGroup", in: PodSecurity.ids) ?? pod.group32
        if let user {
            flags += ["--user", group.map { "\(user):\($0)" } ?? "\(user)"]
        } else if group != nil {
            throw context.wrong("runAsGroup", "needs runAsUser")
        }
        mustNotBeRoot = try context.bool("runAsNonRoot") ?? pod.mustNotBeRoot ?? false
        if mustNotBeRoot, user == 0 { throw context.wrong("runAsUser", "is root, and runAsNonRoot is set") }
        for id in pod.groups + (pod.group.map { [Int64($0)] } ?? []) { flags += ["--group-add", "\(id)"] }
        let isPrivileged = try context.bool("privileged") == true
        if isPrivileged { flags.append("--privileged") }
        if let capabilities = try context.fields("capabilities", known: ["add", "drop"]) {
            for name in try capabilities.strings("add") { flags += ["--cap-add", name] }
            for name in try capabilities.strings("drop") { flags += ["--cap-drop", name] }
        }
        if try context.bool("readOnlyRootFilesystem") == true {
            flags += ["--read-only", "--read-only-tmpfs=false"]
        }
        if let allows = try context.bool("allowPrivilegeEscalation"), !allows {
            guard !isPrivileged else {
                throw context.wrong("allowPrivilegeEscalation", "cannot be false where privileged is true")
            }
            flags += ["--security-opt", "no-new-privileges"]
        }
        if try context.word("procMount", of: ["Default", "Unmasked"]) == "Unmasked" {
            flags += ["--security-opt", "unmask=ALL"]
        }
        flags += try SecurityOptions(context).over(pod.options)
    }
}
