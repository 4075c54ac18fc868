import Verbs

// The tables of the verbs that show containers, and of volumes.

func filter(_ text: String) throws(Wrong) -> Setting { try fullSetting(text) }

let listTable = Table(
    "ps", "list containers; with an ID, the processes of one", .none,
    flags: [
        Flag("all", short: "a", help: "those that do not run, too") { $0.list.all = $1 },
        Flag("filter", short: "f", takes: "NAME=VALUE", "only those; may be repeated") {
            draft, value throws(Wrong) in
            let filter = try filter(value)
            let known = [
                "id", "name", "label", "exited", "status", "ancestor", "before", "since", "volume", "health",
                "network", "publish", "expose", "pod", "until", "restart-policy", "command",
            ]
            guard known.contains(filter.name) else {
                throw noneOf(known.joined(separator: ", "), filter.name)
            }
            draft.list.filters.append(filter)
        },
        formatFlag,
        Flag("last", short: "n", takes: "N", "the newest N, running or not") { draft, value throws(Wrong) in
            let count: Int = try number(value, -1...Int(Int32.max))
            draft.list.last = count > 0 ? count : nil
        },
        Flag("latest", short: "l", help: "the newest, running or not") { $0.list.last = $1 ? 1 : nil },
        Flag("no-trunc", help: "ids and commands in full") { $0.list.isUntruncated = $1 },
        Flag("quiet", short: "q", help: "ids alone") { $0.list.isQuiet = $1 },
        Flag("size", short: "s", help: "with their sizes") { $0.list.hasSize = $1 },
        Flag("noheading", help: "without the heading") { $0.list.hasHeading = !$1 },
        Flag("sort", takes: "FIELD", "command, created, id, image, names, runningfor, size or status") {
            draft, value throws(Wrong) in
            let known = ["command", "created", "id", "image", "names", "runningfor", "size", "status"]
            guard known.contains(value) else { throw noneOf(known.joined(separator: ", "), value) }
            draft.list.sort = value
        },
    ],
    examples: ["docklock ps -a --format '{{.Names}} {{.Status}}'", "docklock ps -q --filter status=exited"])

private let formatFlag = Flag("format", takes: "FORMAT", "table, json or a template such as '{{.ID}}'") {
    draft, value throws(Wrong) in
    let format = try nonEmpty(value)
    draft.list.format = format
    draft.look.format = format
    draft.volume.format = format
}

let logsTable = Table(
    "logs", "show what containers have written", .some,
    flags: [
        Flag("follow", short: "f", help: "wait for more") { $0.logs.follows = $1 },
        Flag("since", takes: "TIME", "only from then on: 10m, 2024-01-31T10:30:00Z") {
            draft, value throws(Wrong) in
            draft.logs.since = try timePoint(value)
        },
        Flag("until", takes: "TIME", "only up to then") { draft, value throws(Wrong) in
            draft.logs.until = try timePoint(value)
        },
        Flag("tail", short: "n", takes: "N", "lines from the end (all)") { draft, value throws(Wrong) in
            guard value != "all", value != "-1" else {
                draft.logs.tail = nil
                return
            }
            draft.logs.tail = try number(value, 0...Int.max)
        },
        Flag("timestamps", short: "t", help: "with the time of each line") { $0.logs.hasTimestamps = $1 },
        Flag("details", help: "with the labels that its log options name") { $0.logs.hasDetails = $1 },
        Flag("names", help: "with the container's name before each line") { $0.logs.hasNames = $1 },
    ])

let statsTable = Table(
    "stats", "show what containers use", .any,
    flags: [
        Flag("all", short: "a", help: "those that do not run, too") { $0.look.all = $1 }, formatFlag,
        Flag("no-stream", help: "once, and no more") { $0.look.isOnce = $1 },
        Flag("no-trunc", help: "ids in full") { $0.look.isUntruncated = $1 },
        Flag("no-reset", help: "taken and without meaning: the screen is never cleared") { _, _ in },
        Flag("interval", short: "i", takes: "SECONDS", "time between two reports (5)") {
            draft, value throws(Wrong) in
            draft.look.interval = try number(value, 1...86_400)
        },
    ])

let topTable = Table(
    "top", "show the processes of a container",
    Operands(fewest: 1, most: .max, permuted: false, words: "CONTAINER [PS-ARGUMENT...]"))

let portTable = Table(
    "port", "show the published ports of containers",
    Operands(fewest: 0, most: 2, permuted: true, words: "CONTAINER [PORT[/udp]]"),
    flags: [Flag("all", short: "a", help: "all containers") { $0.look.all = $1 }])

let inspectTable = Table(
    "inspect", "show all that is known of containers, images, volumes or networks",
    Operands(fewest: 1, most: .max, permuted: true, words: "NAME..."),
    flags: [
        Flag(formatFlag, letters: "f"),
        Flag("size", short: "s", help: "with sizes") { $0.look.hasSize = $1 },
        Flag("type", short: "t", takes: "TYPE", "container, image, volume, network or all") {
            draft, value throws(Wrong) in
            guard ["container", "image", "volume", "network", "pod", "all"].contains(value) else {
                throw noneOf("container, image, volume, network, pod, all", value)
            }
            draft.look.type = value == "all" ? nil : value
        },
    ], examples: ["docklock inspect -f '{{.State.Status}}' web"])

let diffTable = Table(
    "diff", "show what a container has changed in its files", .one, flags: [formatFlag])

let eventsTable = Table(
    "events", "show what happens to containers; with an ID, OCI's events of one", .none,
    flags: [
        Flag("filter", short: "f", takes: "NAME=VALUE", "only those; may be repeated") {
            draft, value throws(Wrong) in
            draft.look.filters.append(try filter(value))
        },
        formatFlag,
        Flag("since", takes: "TIME", "from then on: 10m, 2024-01-31T10:30:00Z") {
            draft, value throws(Wrong) in
            draft.look.since = try timePoint(value)
        },
        Flag("until", takes: "TIME", "up to then") { draft, value throws(Wrong) in
            draft.look.until = try timePoint(value)
        },
        Flag("stream", help: "wait for more (true)") { $0.look.streams = $1 },
        Flag("no-trunc", help: "ids in full") { $0.look.isUntruncated = $1 },
    ])

let volumeTable = Table(
    "volume", "make, list and remove volumes",
    Operands(fewest: 1, most: .max, permuted: true, words: "create|ls|rm|inspect|prune|exists [NAME...]"),
    flags: [
        Flag("driver", short: "d", takes: "DRIVER", "create: local, the only one") {
            draft, value throws(Wrong) in
            guard value == "local" else { throw noneOf("local", value) }
            draft.volume.driver = value
        },
        Flag("label", short: "l", takes: "NAME=VALUE", "create: a label; may be repeated") {
            draft, value throws(Wrong) in
            draft.volume.labels.append(try setting(value))
        },
        Flag("opt", short: "o", takes: "NAME=VALUE", "create: type, device or o of its mount") {
            draft, value throws(Wrong) in
            let option = try fullSetting(value)
            guard ["type", "device", "o"].contains(option.name) else {
                throw noneOf("type, device, o", option.name)
            }
            draft.volume.options.append(option)
        },
        Flag("filter", takes: "NAME=VALUE", "ls, prune: only those; may be repeated") {
            draft, value throws(Wrong) in
            draft.volume.filters.append(try filter(value))
        },
        formatFlag,
        Flag("quiet", short: "q", help: "ls: names alone") { $0.volume.isQuiet = $1 },
        Flag("force", short: "f", help: "rm: missing ones are no error; prune: without asking") {
            $0.volume.force = $1
        },
        Flag("all", short: "a", help: "rm, inspect, prune: all volumes") { $0.volume.all = $1 },
    ], examples: ["docklock volume create data", "docklock volume ls --filter label=a=b"])
