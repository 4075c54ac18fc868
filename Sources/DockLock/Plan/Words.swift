extension Operation {
    /// What a failed step was about, as in "step 14, mount proc on /proc: operation not permitted".
    func words(_ step: Step) -> String {
        let text = step.s0 ?? ""
        let other = step.s1 ?? ""
        switch self {
        case .setsid: return "start a session"
        case .join: return "join \(Self.namespaces(step.n0))"
        case .unshare: return "unshare \(Self.namespaces(step.n0))"
        case .fork: return "fork into the new namespaces"
        case .ask: return "wait for the runtime"
        case .enter: return "enter the cgroup of \(text)"
        case .become: return "become the user namespace's root"
        case .hostname: return "set hostname \(text)"
        case .domainname: return "set domainname \(text)"
        case .loopback: return "bring up lo"
        case .keyring: return "join a session keyring"
        case .propagate: return "set the propagation of /"
        case .root: return "open the root filesystem \(text)"
        case .mount: return "mount \(step.s2 ?? text) on \(other)"
        case .bind: return "bind \(text) on \(other)"
        case .directory: return "make the directory \(text)"
        case .symlink: return "link \(other) to \(text)"
        case .device: return "make the device \(text)"
        case .console: return "open a terminal"
        case .pivot: return "change the root"
        case .attributes: return "set the mount attributes of \(text)"
        case .mask: return "mask \(text)"
        case .readonly: return "make \(text) read-only"
        case .sysctl: return "write \(other) to /proc/sys/\(text)"
        case .put: return "write \(other) to /proc/self/\(text)"
        case .rlimit: return "set resource limit \(step.n0)"
        case .scheduler: return "set the scheduler"
        case .ioprio: return "set the I/O priority"
        case .affinity: return "set the CPU affinity"
        case .personality: return "set the personality"
        case .mempolicy: return "set the memory policy"
        case .umask: return "set the umask"
        case .bounding: return "drop capabilities from the bounding set"
        case .user: return "become user \(step.n0):\(step.n1)"
        case .capabilities: return "set capabilities"
        case .noNewPrivileges: return "set no_new_privs"
        case .filter: return "install the seccomp filter"
        case .cwd: return "change to the working directory \(text)"
        case .home: return "look up HOME"
        case .resolve: return "find the program"
        case .hook: return "run the hook \(text)"
        case .wait: return "wait for start"
        case .close: return "close descriptors"
        case .exec: return "exec \(step.first.first ?? "")"
        case .chroot: return "enter the container's root"
        case .super: return "remount \(text)"
        case .label: return "label \(text) as \(other)"
        }
    }

    private static func namespaces(_ flags: UInt64) -> String {
        let names: [(UInt64, String)] = [
            (0x1000_0000, "user"), (0x0002_0000, "mount"), (0x2000_0000, "pid"), (0x4000_0000, "network"),
            (0x0800_0000, "ipc"), (0x0400_0000, "uts"), (0x0200_0000, "cgroup"), (0x80, "time"),
        ]
        let chosen = names.filter { flags & $0.0 != 0 }.map(\.1)
        return "the \(chosen.joined(separator: ", ")) namespace" + (chosen.count > 1 ? "s" : "")
    }
}

extension Plan {
    /// Names a step that failed, by its place in the plan counted from one.
    public func describe(step index: Int) -> String {
        guard steps.indices.contains(index) else { return "step \(index + 1)" }
        let step = steps[index]
        var words = step.operation.words(step)
        if step.operation == .resolve, let program = steps.last?.first.first { words = "find \(program)" }
        return "step \(index + 1), \(words)"
    }
}
