/// A part of several verbs' options that the same flags fill.
protocol HoldsContainer: Sendable {
    var container: CreateOptions { get set }
}

extension CreateOptions: HoldsContainer {
    var container: CreateOptions {
        get { self }
        set { self = newValue }
    }
}

extension RestoreOptions: HoldsContainer {
    var container: CreateOptions {
        get { create }
        set { create = newValue }
    }
}

/// What create, run and restore share.
private func containerFlags<Options: HoldsContainer>(_ options: Options.Type) -> [Flag<Options>] {
    [
        Flag("bundle", short: "b", takes: "DIR", "the bundle (the working directory)") {
            $0.container.bundle = given($1) ?? "."
        },
        Flag("console-socket", takes: "SOCKET", "a unix socket that is sent the terminal's master end") {
            $0.container.consoleSocket = given($1)
        },
        Flag("pid-file", takes: "FILE", "where to write the container's process id") {
            $0.container.pidFile = given($1)
        },
        Flag("no-pivot", help: "change the root without pivot_root, for a root on a ramdisk") {
            $0.container.noPivot = $1
        },
        Flag("no-subreaper", help: "do not adopt what the container's processes leave behind") {
            $0.container.noSubreaper = $1
        },
    ]
}

private let configuredFlags: [Flag<CreateOptions>] =
    containerFlags(CreateOptions.self) + [
        Flag("config", short: "f", takes: "FILE", "the configuration (config.json in the bundle)") {
            $0.config = given($1)
        },
        Flag("no-new-keyring", help: "keep the caller's session keyring") { $0.noNewKeyring = $1 },
        Flag("preserve-fds", takes: "N", "descriptors after stdio to pass on (0)") {
            options, value throws(Wrong) in
            options.preserveFDs = try descriptorCount(value)
        },
    ]

private let detach = Flag<CreateOptions>(
    "detach", short: "d", help: "return when the container runs"
) { $0.detach = $1 }

let createTable = Table<CreateOptions>(
    "create", "make a container, up to where its program would start", operands: .id, flags: configuredFlags)

let runTable = Table<CreateOptions>(
    "run", "make a container, start it and wait for its end", operands: .id,
    flags: configuredFlags + [
        detach,
        Flag("keep", help: "do not delete the container when it has ended") { $0.keep = $1 },
    ])

let restoreTable = Table<RestoreOptions>(
    "restore", "make a container from a checkpoint", operands: .id,
    flags: containerFlags(RestoreOptions.self) + criuFlags(RestoreOptions.self) + [
        Flag("detach", short: "d", help: "return when the container runs") { $0.create.detach = $1 },
        Flag("lsm-profile", takes: "TYPE:NAME", "the security profile to restore with") {
            options, value throws(Wrong) in
            let parts = value.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Wrong("\"\(value)\" is not of the form TYPE:NAME") }
            options.lsmProfile = value
        },
        Flag("lsm-mount-context", takes: "CONTEXT", "the security context of the mounts") {
            $0.lsmMountContext = given($1)
        },
    ])
