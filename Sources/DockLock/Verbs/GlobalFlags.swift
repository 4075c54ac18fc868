/// What stands before the verb: the globals, and `--version`, which is a verb in a flag's clothes.
struct Head: Sendable {
    var globals = Globals()
    var version = false
}

let globalTable = Table<Head>(
    "", "",
    operands: Operands(fewest: 1, most: .max, permuted: false, words: "VERB [ARGUMENT...]"),
    flags: [
        Flag("root", takes: "DIR", "where the states of containers are kept") { head, value throws(Wrong) in
            if value.isEmpty { throw Wrong("the directory's name is empty") }
            head.globals.root = value
        },
        Flag("log", takes: "[file:]FILE|syslog:IDENT|journald:IDENT", "where messages go, besides stderr") {
            head, value throws(Wrong) in
            head.globals.log = try given(value).map(logTarget)
        },
        Flag("log-format", takes: "text|json", "form of the messages") { head, value throws(Wrong) in
            head.globals.logFormat = try word(value, of: LogFormat.self)
        },
        Flag("log-level", takes: "error|warning|info|debug", "which messages are written") {
            head, value throws(Wrong) in
            head.globals.logLevel = try logLevel(value)
        },
        Flag("debug", help: "as --log-level=debug") { head, isOn in
            head.globals.logLevel = isOn ? .debug : Globals().logLevel
        },
        Flag("systemd-cgroup", help: "as --cgroup-manager=systemd") { head, isOn in
            head.globals.cgroupManager = isOn ? .systemd : .cgroupfs
        },
        Flag("cgroup-manager", takes: "cgroupfs|systemd|disabled", "who makes the cgroups") {
            head, value throws(Wrong) in
            head.globals.cgroupManager = try word(value, of: CgroupManager.self)
        },
        Flag("rootless", takes: "auto|true|false", "whether cgroups that may not be made are done without") {
            head, value throws(Wrong) in
            head.globals.rootless = try word(value, of: Rootless.self)
        },
        Flag("criu", takes: "PROGRAM", "the program for checkpoint and restore (criu)") { head, value in
            head.globals.criu = given(value) ?? Globals().criu
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
    default: throw Wrong("\"\(value)\" is none of error, warning, info, debug")
    }
}
