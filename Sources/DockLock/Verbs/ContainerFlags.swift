/// What create, run and restore share.
private let containerFlags: [Flag] =
    [
        Flag("bundle", short: "b", takes: "DIR", "the bundle (the working directory)") {
            $0.create.bundle = given($1) ?? "."
        },
        Flag("console-socket", takes: "SOCKET", "a unix socket that is sent the terminal's master end") {
            $0.create.consoleSocket = given($1)
        },
        Flag("pid-file", takes: "FILE", "where to write the container's process id") {
            $0.create.pidFile = given($1)
        },
        Flag("no-pivot", help: "change the root without pivot_root, for a root on a ramdisk") {
            $0.create.noPivot = $1
        },
        Flag("no-subreaper", help: "do not adopt what the container's processes leave behind") {
            $0.create.noSubreaper = $1
        },
    ]

private let configuredFlags: [Flag] =
    containerFlags + [
        Flag("config", short: "f", takes: "FILE", "the configuration (config.json in the bundle)") {
            $0.create.config = given($1)
        },
        Flag("no-new-keyring", help: "keep the caller's session keyring") { $0.create.noNewKeyring = $1 },
        Flag("preserve-fds", takes: "N", "descriptors after stdio to pass on (0)") {
            draft, value throws(Wrong) in
            draft.create.preserveFDs = try descriptorCount(value)
        },
    ]

private let detach = Flag(
    "detach", short: "d", help: "return when the container runs"
) { $0.create.detach = $1 }

let createTable = Table(
    "create", "make a container, up to where its program would start", operands: .id, flags: configuredFlags)

let runTable = Table(
    "run", "make a container, start it and wait for its end", operands: .id,
    flags: configuredFlags + [
        detach,
        Flag("keep", help: "do not delete the container when it has ended") { $0.create.keep = $1 },
    ])

let restoreTable = Table(
    "restore", "make a container from a checkpoint", operands: .id,
    flags: containerFlags + criuFlags + [
        detach,
        Flag("lsm-profile", takes: "TYPE:NAME", "the security profile to restore with") {
            draft, value throws(Wrong) in
            let parts = value.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Wrong("\"\(value)\" is not of the form TYPE:NAME") }
            draft.restore.lsmProfile = value
        },
        Flag("lsm-mount-context", takes: "CONTEXT", "the security context of the mounts") {
            $0.restore.lsmMountContext = given($1)
        },
    ])
