import OCI

extension Planner {
    /// The nodes that every container has (runtime-spec, "Default Devices").
    private static let standard: [(String, UInt32, UInt32)] = [
        ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8),
        ("/dev/urandom", 1, 9), ("/dev/tty", 5, 0),
    ]

    mutating func planDevices() {
        for (path, major, minor) in Self.standard
        where !linux.devices.contains(where: { $0.path == path }) {
            add(device(path, UInt8(ascii: "c"), major, minor, 0o666, 0, 0))
        }
        for node in linux.devices {
            // The kernel's own name for the terminal's multiplexer leads into devpts.
            if node.path == "/dev/ptmx" { continue }
            add(
                device(
                    node.path, node.kind, node.major, node.minor, node.fileMode ?? 0o666, node.uid ?? 0,
                    node.gid ?? 0))
        }
        for (path, target) in [
            ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"),
            ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"),
        ] { link(path, target) }
        if around.hasKcore { link("/dev/core", "/proc/kcore") }
        if spec.mounts.contains(where: { $0.target == "/dev/pts" }) { link("/dev/ptmx", "pts/ptmx") }
    }

    private mutating func link(_ path: String, _ target: String) {
        var step = Step(.symlink, target)
        step.s1 = path
        add(step)
    }

    private func device(
        _ path: String, _ kind: UInt8, _ major: UInt32, _ minor: UInt32, _ mode: UInt32, _ uid: UInt32,
        _ gid: UInt32
    ) -> Step {
        var step = Step(.device, path)
        let type: UInt32 =
            switch kind {
            case UInt8(ascii: "b"): 0o060000
            case UInt8(ascii: "p"): 0o010000
            default: 0o020000
            }
        step.n0 = UInt64(type | mode & 0o7777)
        // dev_t of Linux: the major's low 12 bits at 8, the minor's low 8 at 0, the rest above.
        step.n1 =
            UInt64(minor & 0xff) | UInt64(major & 0xfff) << 8 | UInt64(minor & ~0xff) << 12
            | UInt64(major & ~0xfff) << 32
        step.n2 = UInt64(uid)
        step.n3 = UInt64(gid)
        // A user namespace may make no node, only show the host's.
        if hasUser || !around.isPrivileged, kind != UInt8(ascii: "p") { step.n4 = 1 }
        return step
    }

    mutating func planConsole(_ process: ProcessSpec) {
        var step = Step(.console)
        step.n0 = UInt64(process.consoleSize?.height ?? 0)
        step.n1 = UInt64(process.consoleSize?.width ?? 0)
        step.n2 = hasMount ? 1 : 0
        step.n3 = UInt64(process.user.uid)
        if around.hasConsoleSocket { step.need = plan.need(.console) }
        add(step)
    }

    mutating func planRoot() {
        add(Step(.pivot, n0: !isNew(.mount) ? 2 : around.noPivot ? 1 : 0))
        for entry in linux.sysctl {
            var step = Step(.sysctl, Sysctl.path(entry.key))
            step.s1 = entry.value
            add(step)
        }
        for path in linux.readonlyPaths { add(Step(.readonly, path)) }
        for path in linux.maskedPaths {
            var step = Step(.mask, path)
            step.s1 = label
            add(step)
        }
        let propagation = linux.rootfsPropagation.flatMap { MountWord.propagation($0) } ?? 0
        let closes = spec.root?.readonly == true
        if isNew(.mount), closes || propagation != 0 {
            var step = Step(.attributes, "/", n0: closes ? 1 : 0)
            step.n1 = UInt64(propagation)
            add(step)
        }
    }
}
