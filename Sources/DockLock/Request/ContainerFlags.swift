import OCI
import Verbs

// The flags of `run` and `create`: the container as people handle it.

/// Streams, the terminal, signals.
let attachFlags: [Flag] = [
    Flag("attach", short: "a", takes: "STREAM", "stdin, stdout or stderr; may be repeated") {
        draft, value throws(Wrong) in
        for word in listed(value) {
            guard let stream = StandardStream(rawValue: word.lowercased()) else {
                throw noneOf("stdin, stdout, stderr", word)
            }
            draft.container.attached.append(stream)
        }
    },
    Flag("interactive", short: "i", help: "keep standard input open") { $0.container.isInteractive = $1 },
    Flag("tty", short: "t", help: "give it a terminal") { $0.container.hasTerminal = $1 },
    Flag("sig-proxy", help: "pass signals on to it (true)") { $0.container.proxiesSignals = $1 },
    Flag("detach-keys", takes: "KEYS", "keys that leave it running (ctrl-p,ctrl-q)") {
        draft, value throws(Wrong) in
        draft.container.detachKeys = try detachKeys(value)
    },
    Flag("preserve-fds", takes: "N", "descriptors after stdio to pass on (0)") {
        draft, value throws(Wrong) in
        draft.container.preservedDescriptors = try number(value, 0...1 << 20)
    },
]

let detachFlag = Flag("detach", short: "d", help: "return when it runs, and print its id") {
    $0.container.isDetached = $1
}

/// Names, labels, files beside it, its end.
let identityFlags: [Flag] = [
    Flag("name", takes: "NAME", "its name") { draft, value throws(Wrong) in
        draft.container.name = try name(value)
    },
    Flag("replace", help: "remove the container that has the name") { $0.container.replacesNamed = $1 },
    Flag("rm", help: "remove it when it has ended") { $0.container.removesAtEnd = $1 },
    Flag("label", short: "l", takes: "NAME=VALUE", "a label; may be repeated") { draft, value throws(Wrong) in
        draft.container.labels.append(try setting(value))
    },
    Flag("label-file", takes: "FILE", "a file of labels, one a line") { draft, value throws(Wrong) in
        draft.container.labelFiles.append(try nonEmpty(value))
    },
    Flag("annotation", takes: "NAME=VALUE", "an annotation of the configuration; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.annotations.append(try fullSetting(value))
    },
    Flag("cidfile", takes: "FILE", "where to write its id; the file may not exist") {
        draft, value throws(Wrong) in
        draft.container.cidFile = try nonEmpty(value)
    },
    Flag("pidfile", takes: "FILE", "where to write its process id") { draft, value throws(Wrong) in
        draft.container.pidFile = try nonEmpty(value)
    },
    Flag("restart", takes: "POLICY", "no, always, unless-stopped or on-failure[:N] (no)") {
        draft, value throws(Wrong) in
        draft.container.restart = try restartPolicy(value)
    },
    Flag("stop-signal", takes: "SIGNAL", "what stop sends (the image's, or SIGTERM)") {
        draft, value throws(Wrong) in
        draft.container.stopSignal = try signal(value)
    },
    Flag("stop-timeout", takes: "SECONDS", "how long stop waits before it kills (10)") {
        draft, value throws(Wrong) in
        draft.container.stopTimeout = try number(value, -1...Int(Int32.max))
    },
    Flag("timeout", takes: "SECONDS", "kill it after that long (0: never)") { draft, value throws(Wrong) in
        let seconds: Int = try number(value, 0...Int(Int32.max))
        draft.container.timeout = seconds == 0 ? nil : seconds
    },
    Flag("log-driver", takes: "DRIVER", "k8s-file, json-file, none or passthrough") {
        draft, value throws(Wrong) in
        guard ["k8s-file", "json-file", "local", "none", "passthrough"].contains(value) else {
            throw noneOf("k8s-file, json-file, local, none, passthrough", value)
        }
        draft.container.logDriver = value
    },
    Flag("log-opt", takes: "NAME=VALUE", "max-size, max-file, path, tag ...; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.logOptions.append(try logOption(value))
    },
    Flag("pod", takes: "POD", "run it in a pod") { draft, value throws(Wrong) in
        draft.container.pod = try nonEmpty(value)
    },
]

private func logOption(_ text: String) throws(Wrong) -> Setting {
    let option = try fullSetting(text)
    switch option.name {
    case "max-size":
        if option.value != "-1" { _ = try size(option.value) }
    case "max-file": _ = try number(option.value, 1...10_000)
    case "path", "tag", "labels", "env", "mode", "compress": break
    default: throw noneOf("max-size, max-file, path, tag, labels, env, mode, compress", option.name)
    }
    return option
}

/// Where the image comes from.
let imageFlags: [Flag] = [
    Flag("pull", takes: "WHEN", "always, missing, newer or never (missing)") { draft, value throws(Wrong) in
        switch value {
        case "true": draft.container.pull = .always
        case "false": draft.container.pull = .never
        default:
            guard let policy = PullPolicy(rawValue: value) else {
                throw noneOf("always, missing, newer, never", value)
            }
            draft.container.pull = policy
        }
    },
    Flag("platform", takes: "OS/ARCH", "which of an image's platforms") { draft, value throws(Wrong) in
        let words = parts(value, at: slash)
        guard words.count <= 3, !words.contains("") else {
            throw Wrong("\"\(value)\" is not of the form OS/ARCH[/VARIANT]")
        }
        draft.container.platform = value
    },
    Flag("arch", takes: "ARCH", "which of an image's architectures") { draft, value throws(Wrong) in
        draft.container.platform = "linux/" + (try nonEmpty(value))
    },
    Flag("quiet", short: "q", help: "say nothing of the pull") { $0.container.isQuiet = $1 },
    Flag("rootfs", help: "IMAGE is a directory that holds the root") { $0.container.isRootDirectory = $1 },
    Flag("image-volume", takes: "HOW", "bind, tmpfs or ignore: the image's volumes (bind)") {
        draft, value throws(Wrong) in
        guard let volumes = ImageVolumes(rawValue: value == "anonymous" ? "bind" : value) else {
            throw noneOf("bind, tmpfs, ignore", value)
        }
        draft.container.imageVolumes = volumes
    },
]

let healthFlags: [Flag] = [
    Flag("health-cmd", takes: "COMMAND", "the command that tells its health; none for none") {
        draft, value throws(Wrong) in
        try draft.container.health.take(command: value)
    },
    Flag("health-interval", takes: "DURATION", "time between two checks (30s); disable for none") {
        draft, value throws(Wrong) in
        draft.container.health.interval = value == "disable" ? 0 : try duration(value)
    },
    Flag("health-timeout", takes: "DURATION", "how long a check may take (30s)") {
        draft, value throws(Wrong) in
        draft.container.health.timeout = try duration(value)
    },
    Flag("health-start-period", takes: "DURATION", "how long failures do not count at first (0s)") {
        draft, value throws(Wrong) in
        draft.container.health.startPeriod = try duration(value)
    },
    Flag("health-start-interval", takes: "DURATION", "time between checks in that period (5s)") {
        draft, value throws(Wrong) in
        draft.container.health.startInterval = try duration(value)
    },
    Flag("health-retries", takes: "N", "failures that make it unhealthy (3)") { draft, value throws(Wrong) in
        draft.container.health.retries = try number(value, 0...Int(Int32.max))
    },
    Flag("health-on-failure", takes: "ACTION", "none, kill, restart or stop (none)") {
        draft, value throws(Wrong) in
        guard let action = HealthAction(rawValue: value) else {
            throw noneOf("none, kill, restart, stop", value)
        }
        draft.container.health.onFailure = action
    },
    Flag("no-healthcheck", help: "no checks, whatever the image says") { $0.container.health.isOff = $1 },
]

/// What other engines know and what has no meaning here.
let refusedFlags: [Flag] = [
    Flag(refused: "gpus", because: "give the devices by --device"),
    Flag(refused: "runtime", because: "docklock is the runtime"),
    Flag(refused: "isolation", because: "it is of Windows"),
    Flag(refused: "cpu-count", because: "it is of Windows; use --cpus"),
    Flag(refused: "cpu-percent", because: "it is of Windows; use --cpus"),
    Flag(refused: "io-maxbandwidth", because: "it is of Windows; use --device-read-bps"),
    Flag(refused: "io-maxiops", because: "it is of Windows; use --device-read-iops"),
    Flag(refused: "link", because: "containers of one network find each other by name"),
    Flag(refused: "link-local-ip", because: "use --ip"),
    Flag(refused: "storage-opt", because: "images are kept on overlayfs alone"),
    Flag(refused: "volume-driver", because: "volumes are directories of the host"),
    Flag(refused: "use-api-socket", because: "there is no daemon"),
    Flag(refused: "kernel-memory", because: "the kernel has no such limit any more"),
    Flag(refused: "sdnotify", because: "systemd units use a notify socket of their own"),
    Flag(refused: "secret", because: "mount a file of tmpfs"),
]
