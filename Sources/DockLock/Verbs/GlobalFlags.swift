/// What stands before the verb.
let globalTable = Table(
    "", "",
    operands: Operands(fewest: 1, most: .max, permuted: false, words: "VERB [ARGUMENT...]"),
    flags: [
        Flag("root", takes: "DIR", "where the states of containers are kept") { draft, value throws(Wrong) in
            if value.isEmpty { throw Wrong("the directory's name is empty") }
            draft.globals.root = value
        },
        // Read before by who tells people's command lines from engines'; here for the help, and --version.
        Flag("data-root", takes: "DIR", "where images and people's containers are kept") { _, _ in },
        Flag("log", takes: "[file:]FILE|syslog:IDENT|journald:IDENT", "where messages go, besides stderr") {
            draft, value throws(Wrong) in
            draft.globals.log = try given(value).map(logTarget)
        },
        Flag("log-format", takes: "text|json", "form of the messages") { draft, value throws(Wrong) in
            draft.globals.logFormat = try logFormat(value)
        },
        Flag("log-level", takes: "error|warning|info|debug", "which messages are written") {
            draft, value throws(Wrong) in
            draft.globals.logLevel = try logLevel(value)
        },
        Flag("debug", help: "as --log-level=debug") { draft, isOn in
            draft.globals.logLevel = isOn ? .debug : Globals().logLevel
        },
        Flag("systemd-cgroup", help: "as --cgroup-manager=systemd") { draft, isOn in
            draft.globals.cgroupManager = isOn ? .systemd : .cgroupfs
        },
        Flag("cgroup-manager", takes: "cgroupfs|systemd|disabled", "who makes the cgroups") {
            draft, value throws(Wrong) in
            draft.globals.cgroupManager = try cgroupManager(value)
        },
        Flag("rootless", takes: "auto|true|false", "whether cgroups that may not be made are done without") {
            draft, value throws(Wrong) in
            draft.globals.rootless = try rootless(value)
        },
        Flag("criu", takes: "PROGRAM", "the program for checkpoint and restore (criu)") { draft, value in
            draft.globals.criu = given(value) ?? Globals().criu
        },
        Flag("version", short: "vV", help: "as the verb version") { $0.version = $1 },
    ])

/// crun's three prefixes; any other colon is part of a path.
private func logTarget(_ value: String) throws(Wrong) -> LogTarget {
    for prefix in ["file:", "syslog:", "journald:"] where value.hasPrefix(prefix) {
        let rest = String(value.dropFirst(prefix.utf8.count))
        switch prefix {
        case "syslog:": return .syslog(ident: rest)
        case "journald:": return .journald(ident: rest)
        default:
            if rest.isEmpty { throw Wrong("the file's name is missing after file:") }
            return .file(rest)
        }
    }
    return .file(value)
}

private func logLevel(_ value: String) throws(Wrong) -> LogLevel {
    switch value {
    case "error": return .error
    case "warning", "warn": return .warning
    case "info": return .info
    case "debug": return .debug
    default: throw noneOf("error, warning, info, debug", value)
    }
}

private func logFormat(_ value: String) throws(Wrong) -> LogFormat {
    switch value {
    case "text": return .text
    case "json": return .json
    default: throw noneOf("text, json", value)
    }
}

private func cgroupManager(_ value: String) throws(Wrong) -> CgroupManager {
    switch value {
    case "cgroupfs": return .cgroupfs
    case "systemd": return .systemd
    case "disabled": return .disabled
    default: throw noneOf("cgroupfs, systemd, disabled", value)
    }
}

private func rootless(_ value: String) throws(Wrong) -> Rootless {
    switch value {
    case "auto": return .auto
    case "true": return .yes
    case "false": return .no
    default: throw noneOf("auto, true, false", value)
    }
}
