import OCI

extension Planner {
    mutating func planLimits(_ process: ProcessSpec) {
        for limit in process.rlimits {
            add(Step(.rlimit, n0: UInt64(limit.resource), n1: limit.soft, n2: limit.hard))
        }
    }

    /// Who the process is. Privilege goes last, and with it everything that needs it.
    mutating func planProcess(_ process: ProcessSpec, cwdIsMade: Bool) {
        add(Step(.cwd, process.cwd, n0: cwdIsMade ? 1 : 0))
        // While the root is open, and before limits and a filter that may refuse it.
        if !process.env.contains(where: { $0.hasPrefix("HOME=") }) {
            add(Step(.home, n0: UInt64(process.user.uid)))
        }
        planScheduling(process)
        if let personality = linux.personality { add(Step(.personality, n0: UInt64(personality))) }
        if let policy = linux.memoryPolicy { planMemoryPolicy(policy) }
        if let mask = process.user.umask { add(Step(.umask, n0: UInt64(mask))) }
        planLabels(process)
        if !hasUser { planLimits(process) }
        if process.noNewPrivileges { add(Step(.noNewPrivileges)) }
        add(Step(.close, n0: UInt64(3 + around.preserved)))
        add(Step(.bounding, n0: process.capabilities?.bounding ?? 0))
        if let filter, filter.notifies { add(.ask(.agent, .agent)) }
        // Installing a filter without no_new_privs takes CAP_SYS_ADMIN, which is about to go.
        if let filter, !process.noNewPrivileges { planFilter(filter) }
        planUser(process.user)
        planCapabilities(process)
        add(Step(.resolve))
    }

    private mutating func planUser(_ user: User) {
        var step = Step(.user, n0: UInt64(user.uid), n1: UInt64(user.gid))
        var groups: [UInt8] = []
        for group in user.additionalGids { groups.append(little: group) }
        step.data = groups
        step.count = UInt32(user.additionalGids.count)
        // Maps made without privilege deny setgroups.
        if !around.isPrivileged, hasUser { step.n2 = 1 }
        // podman's `--group-add keep-groups`, by crun's annotation: the caller's own groups stay.
        if spec.annotations.contains(where: { $0.key == "run.oci.keep_original_groups" }) { step.n2 = 1 }
        add(step)
    }

    /// No capabilities in the configuration means none at all.
    private mutating func planCapabilities(_ process: ProcessSpec) {
        let sets = process.capabilities ?? Capabilities()
        var step = Step(.capabilities, n0: sets.effective, n1: sets.permitted, n2: sets.inheritable)
        step.n3 = sets.ambient
        add(step)
    }

    private mutating func planLabels(_ process: ProcessSpec) {
        if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined" {
            var step = Step(.put, "attr/apparmor/exec")
            step.s1 = "exec " + profile
            add(step)
        }
        if let label = process.selinuxLabel, !label.isEmpty {
            var step = Step(.put, "attr/exec")
            step.s1 = label
            add(step)
        }
    }

    mutating func planScheduling(_ process: ProcessSpec) {
        if let scheduler = process.scheduler {
            // struct sched_attr of sched_setattr(2), its first version of 48 bytes.
            var bytes: [UInt8] = []
            bytes.append(little: UInt32(48))
            bytes.append(little: scheduler.policy)
            bytes.append(little: scheduler.flags)
            bytes.append(little: UInt32(bitPattern: scheduler.nice))
            bytes.append(little: scheduler.priority)
            bytes.append(little: scheduler.runtime)
            bytes.append(little: scheduler.deadline)
            bytes.append(little: scheduler.period)
            var step = Step(.scheduler)
            step.data = bytes
            step.count = 48
            add(step)
        }
        if let priority = process.ioPriority {
            add(Step(.ioprio, n0: UInt64(priority.ioClass << 13 | priority.priority)))
        }
    }

    private mutating func planMemoryPolicy(_ policy: MemoryPolicy) {
        var step = Step(.mempolicy, n0: UInt64(policy.mode))
        if !policy.nodes.isEmpty {
            step.data = Planner.mask(policy.nodes)
            // The kernel takes one bit off the count it is given.
            step.count = UInt32(step.data.count * 8 + 1)
        }
        add(step)
    }

    /// A bit mask of whole 64-bit words.
    static func mask(_ numbers: [UInt32]) -> [UInt8] {
        let highest = Int(numbers.max() ?? 0)
        var bytes = [UInt8](repeating: 0, count: (highest / 64 + 1) * 8)
        for number in numbers { bytes[Int(number) / 8] |= 1 << UInt8(number % 8) }
        return bytes
    }

    mutating func planFilter(_ filter: PlannedFilter) {
        var step = Step(.filter, n0: UInt64(filter.flags), n1: filter.notifies ? 1 : 0)
        step.n2 = UInt64(Slot.agent.rawValue)
        step.data = filter.program
        step.count = UInt32(filter.program.count)
        add(step)
    }

    mutating func planExec(_ process: ProcessSpec) {
        var step = Step(.exec)
        step.first = process.args
        step.second = process.env
        step.n0 = UInt64(process.args.count)
        step.n1 = UInt64(process.env.count)
        add(step)
    }
}

extension [UInt8] {
    mutating func append(little value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
