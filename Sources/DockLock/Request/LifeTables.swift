import Verbs

// The tables of the verbs that change containers.

private let containerFlags =
    identityFlags + attachFlags + imageFlags + healthFlags + processFlags + fileFlags + networkFlags
    + namespaceFlags + securityFlags + memoryFlags + cpuFlags + blockFlags + cgroupFlags + refusedFlags + [
        Flag("disable-content-trust", help: "taken and without meaning: signatures are a matter of policy") {
            _, _ in
        }
    ]

let runTable = Table(
    "run", "make a container of an image, start it and wait for its end", .image,
    flags: containerFlags + [detachFlag],
    examples: [
        "docklock run --rm -it debian bash", "docklock run -d --name web -p 8080:80 -v ./site:/srv:ro nginx",
        "docklock run --rm --network none --read-only --memory 64m alpine sha256sum /etc/hostname",
    ])

let createTable = Table(
    "create", "make a container of an image, without starting it", .image, flags: containerFlags,
    examples: ["docklock create --name db -v data:/var/lib/postgresql/data postgres"])

private let keysFlag = Flag("detach-keys", takes: "KEYS", "keys that leave it running (ctrl-p,ctrl-q)") {
    draft, value throws(Wrong) in
    draft.start.detachKeys = try detachKeys(value)
}

private let proxyFlag = Flag("sig-proxy", help: "pass signals on to it (true)") {
    $0.start.proxiesSignals = $1
}

let startTable = Table(
    "start", "start containers that are not running", .any,
    flags: [
        Flag("attach", short: "a", help: "show its output and wait for its end") { $0.start.attaches = $1 },
        Flag("interactive", short: "i", help: "pass standard input on to it") { $0.start.isInteractive = $1 },
        Flag("all", help: "all containers") { $0.start.all = $1 }, keysFlag, proxyFlag,
    ])

let attachTable = Table(
    "attach", "join the input and output of a running container", .one,
    flags: [
        Flag("no-stdin", help: "do not pass standard input on") { $0.start.hasInput = !$1 }, keysFlag,
        proxyFlag,
    ])

private let allFlag = Flag("all", short: "a", help: "all containers") { $0.stop.all = $1 }

private let missingFlag = Flag("ignore", short: "i", help: "no error for one that does not exist") {
    $0.stop.ignoresMissing = $1
}

private let timeFlag = Flag(
    "time", alias: "timeout", short: "t", takes: "SECONDS", "how long it has until it is killed (10)"
) { draft, value throws(Wrong) in
    draft.stop.timeout = try number(value, -1...Int(Int32.max))
}

private let signalFlag = Flag("signal", short: "s", takes: "SIGNAL", "the signal, by name or number") {
    draft, value throws(Wrong) in
    draft.stop.signal = try signal(value)
}

let stopTable = Table(
    "stop", "ask containers to end, and kill them if they do not", .any,
    flags: [allFlag, missingFlag, timeFlag, signalFlag])

let restartTable = Table(
    "restart", "stop containers and start them again", .any, flags: [allFlag, timeFlag, signalFlag])

let killTable = Table(
    "kill", "send a signal to containers (SIGKILL)", .any, flags: [allFlag, signalFlag],
    examples: ["docklock kill -s HUP web"])

let pauseTable = Table("pause", "freeze the processes of containers", .any, flags: [allFlag])

let unpauseTable = Table("unpause", "let paused containers go on", .any, flags: [allFlag])

let waitTable = Table(
    "wait", "wait until containers have ended, and print their exit codes", .some,
    flags: [
        Flag("condition", takes: "STATE", "another state to wait for (stopped)") {
            draft, value throws(Wrong) in
            let word = value == "not-running" ? "stopped" : value
            guard let condition = WaitRequest.Condition(rawValue: word) else {
                throw noneOf("running, stopped, paused, exited, healthy, removed", value)
            }
            draft.wait.condition = condition
        },
        Flag("interval", short: "i", takes: "DURATION", "taken and without meaning: nothing is polled") {
            _, value throws(Wrong) in
            if UInt64(value) == nil { _ = try duration(value) }
        },
        Flag("ignore", help: "no error for one that does not exist") { $0.wait.ignoresMissing = $1 },
    ])

let removeTable = Table(
    "rm", "remove containers", .any,
    flags: [
        Flag("all", short: "a", help: "all containers") { $0.remove.all = $1 },
        Flag("force", short: "f", help: "stop it first if it runs") { $0.remove.force = $1 },
        Flag("ignore", short: "i", help: "no error for one that does not exist") {
            $0.remove.ignoresMissing = $1
        },
        Flag("volumes", short: "v", help: "with its volumes that have no name") { $0.remove.volumes = $1 },
        Flag("time", short: "t", takes: "SECONDS", "how long it has until --force kills it (10)") {
            draft, value throws(Wrong) in
            draft.remove.timeout = try number(value, -1...Int(Int32.max))
        },
        Flag(refused: "link", alias: "depend", because: "containers do not hang on each other"),
    ])

let containerTable = Table(
    "container", "every verb of containers after this word, and `container prune`",
    Operands(fewest: 1, most: 1, permuted: true, words: "prune"),
    flags: [
        Flag("filter", takes: "NAME=VALUE", "prune: only those, as with ps; may be repeated") {
            draft, value throws(Wrong) in
            draft.prune.filters.append(try filter(value))
        },
        Flag("force", short: "f", help: "prune: without asking") { $0.prune.force = $1 },
    ], examples: ["docklock container ls -a", "docklock container prune -f --filter label=temporary"])

let execTable = Table(
    "exec", "run another process in a running container", .command,
    flags: [
        Flag("detach", short: "d", help: "return when it runs") { $0.exec.isDetached = $1 },
        Flag("interactive", short: "i", help: "keep standard input open") { $0.exec.isInteractive = $1 },
        Flag("tty", short: "t", help: "give it a terminal") { $0.exec.hasTerminal = $1 },
        Flag("privileged", help: "with all capabilities") { $0.exec.isPrivileged = $1 },
        Flag("detach-keys", takes: "KEYS", "keys that leave it running (ctrl-p,ctrl-q)") {
            draft, value throws(Wrong) in
            draft.exec.detachKeys = try detachKeys(value)
        },
        Flag("env", short: "e", takes: "NAME[=VALUE]", "a variable, given or yours; may be repeated") {
            draft, value throws(Wrong) in
            draft.exec.environment.append(try environmentEntry(value))
        },
        Flag("env-file", takes: "FILE", "a file of variables, one a line") { draft, value throws(Wrong) in
            draft.exec.environmentFiles.append(try nonEmpty(value))
        },
        Flag("user", short: "u", takes: "USER[:GROUP]", "names or numbers") { draft, value throws(Wrong) in
            draft.exec.user = try nonEmpty(value)
        },
        Flag("workdir", short: "w", takes: "DIR", "its working directory") { draft, value throws(Wrong) in
            guard value.utf8.first == slash else {
                throw Wrong("\"\(value)\" is not an absolute path in the container")
            }
            draft.exec.workingDirectory = cleaned(value)
        },
        Flag("preserve-fds", takes: "N", "descriptors after stdio to pass on (0)") {
            draft, value throws(Wrong) in
            draft.exec.preservedDescriptors = try number(value, 0...1 << 20)
        },
    ], examples: ["docklock exec -it web sh"])

let renameTable = Table(
    "rename", "give a container another name",
    Operands(fewest: 2, most: 2, permuted: true, words: "CONTAINER NAME"))

let updateTable = Table(
    "update", "change what containers may use", .some,
    flags: memoryFlags + cpuFlags + blockFlags + [
        Flag("restart", takes: "POLICY", "no, always, unless-stopped or on-failure[:N]") {
            draft, value throws(Wrong) in
            draft.restart = try restartPolicy(value)
        },
        Flag(refused: "kernel-memory", because: "the kernel has no such limit any more"),
    ])

let copyTable = Table(
    "cp", "copy files between a container and the host",
    Operands(fewest: 2, most: 2, permuted: true, words: "[CONTAINER:]SOURCE [CONTAINER:]DESTINATION"),
    flags: [
        Flag("archive", short: "a", help: "keep users and groups") { $0.copy.isArchive = $1 },
        Flag("follow-link", short: "L", help: "copy what a link of SOURCE leads to") {
            $0.copy.followsLinks = $1
        },
        Flag("overwrite", help: "let a file take a directory's place, and the other way round") {
            $0.copy.overwrites = $1
        },
        Flag("quiet", short: "q", help: "taken and without meaning: nothing is said") { _, _ in },
    ], examples: ["docklock cp web:/etc/nginx/nginx.conf .", "docklock cp - web:/srv < site.tar"])
