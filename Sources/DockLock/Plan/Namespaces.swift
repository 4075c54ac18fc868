import OCI

/// Which namespaces come when. A new pid namespace comes with the clone wherever it can; others are made
/// by the child. With a user namespace all others must belong to it, so they are made after.
extension Planner {
    private static let others: [NamespaceKind] = [.mount, .network, .ipc, .uts]

    /// What a user namespace would no longer allow.
    mutating func planEarly(_ process: ProcessSpec) {
        if let adjustment = process.oomScoreAdj {
            var step = Step(.put, "oom_score_adj")
            step.s1 = String(adjustment)
            step.n1 = around.isPrivileged ? 0 : 1
            add(step)
        }
        if hasUser { planLimits(process) }
    }

    mutating func planNamespaces() {
        let entersEarly = hasUser || isJoined(.mount)
        if entersEarly { planCgroups() }
        if around.isPrivileged { planJoins() }
        if let user = namespace(.user) {
            if let path = user.path {
                join(.user, path)
            } else {
                add(Step(.unshare, n0: NamespaceKind.user.flag))
                var ask = Step.ask(.maps)
                ask.n2 = around.isPrivileged ? 0 : 1
                add(ask)
            }
            add(Step(.become, n0: 0, n1: 0, n2: 1))
        }
        if !around.isPrivileged { planJoins() }
        let forks = hasUser || isJoined(.pid) || isNew(.time)
        var flags: UInt64 = 0
        for kind in Self.others where isNew(kind) { flags |= kind.flag }
        if isNew(.time) { flags |= NamespaceKind.time.flag }
        if isNew(.pid) {
            if forks { flags |= NamespaceKind.pid.flag } else { plan.cloneFlags |= NamespaceKind.pid.flag }
        }
        if entersEarly, isNew(.cgroup) { flags |= NamespaceKind.cgroup.flag }
        if flags != 0 { add(Step(.unshare, n0: flags)) }
        planTime()
        if !entersEarly {
            planCgroups()
            if isNew(.cgroup) { add(Step(.unshare, n0: NamespaceKind.cgroup.flag)) }
        }
        if forks { add(Step(.fork)) }
        add(Step(.setsid))
    }

    private mutating func planCgroups() {
        if around.asksForCgroups { add(.ask(.cgroups)) }
        for file in around.cgroupFiles { add(Step(.enter, file)) }
    }

    private mutating func planJoins() {
        for kind in NamespaceKind.allCases where kind != .user {
            if let path = namespace(kind)?.path { join(kind, path) }
        }
    }

    private mutating func join(_ kind: NamespaceKind, _ path: String) {
        var step = Step(.join, n0: kind.flag)
        step.need = plan.need(.namespace(path: path))
        add(step)
    }

    private mutating func planTime() {
        guard isNew(.time) else { return }
        for offset in linux.timeOffsets {
            var step = Step(.put, "timens_offsets")
            step.s1 = "\(offset.clock) \(offset.seconds) \(offset.nanoseconds)"
            step.n1 = 1
            add(step)
        }
    }

    /// What a new namespace starts with.
    mutating func planHost() {
        if let keyring = around.keyring { add(Step(.keyring, keyring)) }
        if isNew(.network) { add(Step(.loopback)) }
        if namespace(.uts) != nil {
            if let name = spec.hostname, !name.isEmpty { add(Step(.hostname, name)) }
            if let name = spec.domainname, !name.isEmpty { add(Step(.domainname, name)) }
        }
    }
}

extension [IDMapping] {
    /// The lines of uid_map and gid_map.
    public var map: String {
        var text = ""
        for range in self { text += "\(range.containerID) \(range.hostID) \(range.size)\n" }
        return text
    }
}
