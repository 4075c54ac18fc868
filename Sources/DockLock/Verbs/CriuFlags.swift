import OCI

/// What checkpoint and restore share.
let criuFlags: [Flag] =
    [
        Flag("image-path", takes: "DIR", "where the images are (checkpoint)") {
            $0.criu.imagePath = given($1) ?? CriuOptions().imagePath
        },
        Flag("work-path", takes: "DIR", "where criu's own files and logs are (the image path)") {
            $0.criu.workPath = given($1)
        },
        Flag("tcp-established", help: "allow open TCP connections") { $0.criu.tcpEstablished = $1 },
        Flag("ext-unix-sk", alias: "ext-unix", help: "allow unix sockets to the outside") {
            $0.criu.externalUnixSockets = $1
        },
        Flag("shell-job", help: "allow jobs of a shell") { $0.criu.shellJob = $1 },
        Flag("file-locks", help: "keep file locks") { $0.criu.fileLocks = $1 },
        Flag("lazy-pages", help: "move memory when it is asked for (userfaultfd)") { $0.criu.lazyPages = $1 },
        Flag("auto-dedup", help: "drop memory images that a later one replaces") { $0.criu.autoDedup = $1 },
        Flag("link-remap", help: "allow open files that have no name") { $0.criu.linkRemap = $1 },
        Flag("manage-cgroups-mode", takes: "soft|full|strict|ignore", "what criu does with cgroups (soft)") {
            draft, value throws(Wrong) in
            draft.criu.manageCgroups = try manageCgroups(value)
        },
        Flag("empty-ns", takes: "network", "a namespace to make without its properties") {
            draft, value throws(Wrong) in
            guard value == "network" else {
                throw Wrong("\"\(value)\" is not network, the only one criu knows")
            }
            draft.criu.emptyNamespaces.append(.network)
        },
    ]

let checkpointTable = Table(
    "checkpoint", "write a running container to disk", operands: .id,
    flags: criuFlags + [
        Flag("leave-running", help: "leave the container running") { $0.checkpoint.leaveRunning = $1 },
        Flag("pre-dump", help: "write its memory alone, and leave it running") { $0.checkpoint.preDump = $1 },
        Flag("parent-path", takes: "DIR", "images of an earlier --pre-dump, relative to the image path") {
            $0.checkpoint.parentPath = given($1)
        },
        Flag("status-fd", takes: "FD", "a descriptor to write a NUL byte to when lazy pages are ready") {
            draft, value throws(Wrong) in
            let descriptor = try number(value, Int32.self)
            draft.checkpoint.statusFD = descriptor < 0 ? nil : descriptor
        },
        Flag("page-server", takes: "ADDRESS:PORT", "where to send the memory") {
            draft, value throws(Wrong) in
            draft.checkpoint.pageServer = try pageServer(value)
        },
    ])

/// An IPv6 address stands in brackets, which are dropped.
private func pageServer(_ value: String) throws(Wrong) -> PageServer {
    guard let colon = value.utf8.lastIndex(of: UInt8(ascii: ":")),
        let port = UInt16(value[value.index(after: colon)...]), port > 0
    else { throw Wrong("\"\(value)\" is not of the form ADDRESS:PORT") }
    var address = value[..<colon]
    if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
    if address.isEmpty { throw Wrong("\"\(value)\" has no address before the port") }
    return PageServer(address: String(address), port: port)
}

private func manageCgroups(_ value: String) throws(Wrong) -> ManageCgroups {
    guard let mode = ManageCgroups(rawValue: value) else { throw noneOf("soft, full, strict, ignore", value) }
    return mode
}
