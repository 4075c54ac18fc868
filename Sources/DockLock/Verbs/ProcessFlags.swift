let execTable = Table(
    "exec", "run another process in a running container",
    operands: Operands(fewest: 1, most: .max, permuted: false, words: "ID [COMMAND [ARGUMENT...]]"),
    flags: [
        Flag("process", short: "p", takes: "FILE", "a process of the runtime specification, as JSON") {
            $0.exec.processFile = given($1)
        },
        Flag("cwd", takes: "DIR", "its working directory in the container") { $0.exec.cwd = given($1) },
        Flag("env", short: "e", takes: "NAME=VALUE", "a variable of its environment; may be repeated") {
            draft, value throws(Wrong) in
            if value.isEmpty || value.hasPrefix("=") { throw Wrong("\"\(value)\" has no name") }
            draft.exec.env.append(value)
        },
        Flag("tty", short: "t", help: "give it a terminal") { $0.exec.tty = $1 },
        Flag("user", short: "u", takes: "UID[:GID]", "its user and group, as numbers") {
            draft, value throws(Wrong) in
            draft.exec.user = try userSpec(value)
        },
        Flag("additional-gids", short: "g", takes: "GID", "a group more; may be repeated") {
            draft, value throws(Wrong) in
            draft.exec.additionalGids.append(try number(value, UInt32.self))
        },
        Flag("detach", short: "d", help: "return when it runs") { $0.exec.detach = $1 },
        Flag("console-socket", takes: "SOCKET", "a unix socket that is sent the terminal's master end") {
            $0.exec.consoleSocket = given($1)
        },
        Flag("pid-file", takes: "FILE", "where to write its process id") { $0.exec.pidFile = given($1) },
        Flag("process-label", takes: "LABEL", "its SELinux label") { $0.exec.processLabel = given($1) },
        Flag("apparmor", takes: "PROFILE", "its AppArmor profile") { $0.exec.apparmor = given($1) },
        Flag("no-new-privs", help: "it can gain no privileges") { $0.exec.noNewPrivileges = $1 },
        Flag("cap", short: "c", takes: "CAP", "a capability more; may be repeated") { draft, value in
            draft.exec.capabilities.append(value)
        },
        Flag("preserve-fds", takes: "N", "descriptors after stdio to pass on (0)") {
            draft, value throws(Wrong) in
            draft.exec.preserveFDs = try descriptorCount(value)
        },
        Flag("cgroup", takes: "[CONTROLLERS:]PATH", "a cgroup below the container's; may be repeated") {
            draft, value throws(Wrong) in
            draft.exec.cgroups.append(try subCgroup(value))
        },
        Flag("ignore-paused", help: "start it even if the container is paused") { $0.exec.ignorePaused = $1 },
    ])

let psTable = Table(
    "ps", "show the processes of a container",
    operands: Operands(fewest: 1, most: .max, permuted: false, words: "ID [PS-ARGUMENT...]"),
    flags: [
        Flag("format", short: "f", takes: "table|json", "a table of ps(1), or process ids (table)") {
            draft, value throws(Wrong) in
            draft.ps.format = try outputFormat(value)
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
        throw Wrong("\(value) is not a sub cgroup path")
    }
    let controllers = parts.count == 2 ? parts[0].split(separator: ",").map(String.init) : []
    if parts.count == 2, controllers.isEmpty { throw Wrong("\"\(value)\" names no controller") }
    return SubCgroup(controllers: controllers, path: String(path))
}
