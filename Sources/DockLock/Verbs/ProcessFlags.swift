let execTable = Table<ExecOptions>(
    "exec", "run another process in a running container",
    operands: Operands(fewest: 1, most: .max, permuted: false, words: "ID [COMMAND [ARGUMENT...]]"),
    flags: [
        Flag("process", short: "p", takes: "FILE", "a process of the runtime specification, as JSON") {
            $0.processFile = given($1)
        },
        Flag("cwd", takes: "DIR", "its working directory in the container") { $0.cwd = given($1) },
        Flag("env", short: "e", takes: "NAME=VALUE", "a variable of its environment; may be repeated") {
            options, value throws(Wrong) in
            if value.isEmpty || value.hasPrefix("=") { throw Wrong("\"\(value)\" has no name") }
            options.env.append(value)
        },
        Flag("tty", short: "t", help: "give it a terminal") { $0.tty = $1 },
        Flag("user", short: "u", takes: "UID[:GID]", "its user and group, as numbers") {
            options, value throws(Wrong) in
            options.user = try userSpec(value)
        },
        Flag("additional-gids", short: "g", takes: "GID", "a group more; may be repeated") {
            options, value throws(Wrong) in
            options.additionalGids.append(try number(value, UInt32.self))
        },
        Flag("detach", short: "d", help: "return when it runs") { $0.detach = $1 },
        Flag("console-socket", takes: "SOCKET", "a unix socket that is sent the terminal's master end") {
            $0.consoleSocket = given($1)
        },
        Flag("pid-file", takes: "FILE", "where to write its process id") { $0.pidFile = given($1) },
        Flag("process-label", takes: "LABEL", "its SELinux label") { $0.processLabel = given($1) },
        Flag("apparmor", takes: "PROFILE", "its AppArmor profile") { $0.apparmor = given($1) },
        Flag("no-new-privs", help: "it can gain no privileges") { $0.noNewPrivileges = $1 },
        Flag("cap", short: "c", takes: "CAP", "a capability more; may be repeated") { options, value in
            options.capabilities.append(value)
        },
        Flag("preserve-fds", takes: "N", "descriptors after stdio to pass on (0)") {
            options, value throws(Wrong) in
            options.preserveFDs = try descriptorCount(value)
        },
        Flag("cgroup", takes: "[CONTROLLERS:]PATH", "a cgroup below the container's; may be repeated") {
            options, value throws(Wrong) in
            options.cgroups.append(try subCgroup(value))
        },
        Flag("ignore-paused", help: "start it even if the container is paused") { $0.ignorePaused = $1 },
    ])

let psTable = Table<PsOptions>(
    "ps", "show the processes of a container",
    operands: Operands(fewest: 1, most: .max, permuted: false, words: "ID [PS-ARGUMENT...]"),
    flags: [
        Flag("format", short: "f", takes: "table|json", "a table of ps(1), or process ids (table)") {
            options, value throws(Wrong) in
            options.format = try word(value, of: OutputFormat.self)
        }
    ])

/// `UID[:GID]`, both numbers.
private func userSpec(_ value: String) throws(Wrong) -> UserSpec {
    let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let uid = try number(String(parts[0]), UInt32.self)
    return UserSpec(uid: uid, gid: parts.count == 2 ? try number(String(parts[1]), UInt32.self) : nil)
}

private func subCgroup(_ value: String) throws(Wrong) -> SubCgroup {
    let parts = value.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let path = parts.last, !path.isEmpty else {
        throw Wrong("\"\(value)\" is not of the form [CONTROLLERS:]PATH")
    }
    if path.split(separator: "/").contains("..") {
        throw Wrong("\"\(value)\" leaves the container's cgroup")
    }
    let controllers = parts.count == 2 ? parts[0].split(separator: ",").map(String.init) : []
    if parts.count == 2, controllers.isEmpty { throw Wrong("\"\(value)\" names no controller") }
    return SubCgroup(controllers: controllers, path: String(path))
}
