import JSON
import OCI

/// What `features` prints: the features document of the runtime specification 1.3. It says what this
/// runtime knows; of the host it tells nothing but which seccomp flags its kernel takes.
public struct Features: Sendable, Equatable {
    /// This program's version, and its commit where it is known.
    public var version: String
    public var commit: String?
    /// Options of mounts that have a meaning here, sorted.
    public var mountOptions: [String]
    /// SECCOMP_FILTER_FLAG_* names that kernel and library take.
    public var seccompFlags: [String]
    /// Of libseccomp, for example "2.5.4".
    public var libseccompVersion: String
    /// Whether criu can be called.
    public var checkpoints: Bool

    public init(
        version: String, commit: String?, mountOptions: [String], seccompFlags: [String],
        libseccompVersion: String, checkpoints: Bool
    ) {
        self.version = version
        self.commit = commit
        self.mountOptions = mountOptions
        self.seccompFlags = seccompFlags
        self.libseccompVersion = libseccompVersion
        self.checkpoints = checkpoints
    }

    public var node: JSONNode {
        [
            "ociVersionMin": .string("1.0.0"),
            "ociVersionMax": .string(ContainerState.ociVersion),
            "hooks": .strings([
                "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
            ]),
            "mountOptions": .strings(mountOptions),
            "linux": linux,
            "annotations": annotations,
            "potentiallyUnsafeConfigAnnotations": .strings([
                "bundle", "org.criu.config", "org.systemd.property.", "run.oci.",
            ]),
        ]
    }

    /// containerd, podman and dockerd ask for runc's names of these.
    private var annotations: JSONNode {
        var members: [JSONNode.Member] = [
            .init("io.github.seccomp.libseccomp.version", .string(libseccompVersion)),
            .init("io.docklock.version", .string(version)),
        ]
        if let commit { members.append(.init("io.docklock.commit", .string(commit))) }
        members.append(
            .init("org.opencontainers.runc.checkpoint.enabled", .string(checkpoints ? "true" : "false")))
        return .object(members)
    }

    private var linux: JSONNode {
        let enabled: JSONNode = ["enabled": .bool(true)]
        return [
            "namespaces": .strings(NamespaceKind.allCases.map { $0.rawValue }.sorted()),
            "capabilities": words(Words.capabilities),
            "cgroup": [
                "v1": .bool(true), "v2": .bool(true), "systemd": .bool(true), "systemdUser": .bool(true),
                "rdma": .bool(true),
            ],
            "seccomp": [
                "enabled": .bool(true),
                "actions": .strings(Seccomp.Action.allCases.map { $0.rawValue }.sorted()),
                "operators": .strings(Seccomp.Comparison.allCases.map { $0.rawValue }.sorted()),
                "archs": .strings(Words.seccompArchitectures.map { $0.description }.sorted()),
                "knownFlags": words(Words.seccompFlags),
                "supportedFlags": .strings(seccompFlags),
            ],
            "apparmor": enabled,
            "selinux": enabled,
            "intelRdt": ["enabled": .bool(true), "schemata": .bool(true), "monitoring": .bool(true)],
            "memoryPolicy": [
                "modes": words(Words.memoryPolicyModes.map { $0.name }),
                "flags": words(Words.memoryPolicyFlags.map { $0.name }),
            ],
            "mountExtensions": ["idmap": enabled],
            "netDevices": enabled,
        ]
    }

    private func words(_ words: [StaticString]) -> JSONNode { .strings(words.map { $0.description }) }
}
