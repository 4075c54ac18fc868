import OCI

extension Plan {
    /// The plan of `exec`: one more process in a container that runs. `spec` is the container's own
    /// configuration, `process` what is to run.
    public static func exec(
        _ spec: Spec, process: ProcessSpec, around: Surroundings, filter: PlannedFilter?
    ) -> Plan {
        var planner = Planner(spec: spec, around: around, filter: filter)
        planner.planEarly(process)
        planner.planEntry(process)
        planner.planAffinity(process.execCPUAffinity?.final)
        planner.planProcess(process, cwdIsMade: false)
        planner.planExecStart(process)
        return planner.plan
    }
}

extension Planner {
    /// Into the container's cgroups while their paths can still be seen, then into its namespaces at once.
    mutating func planEntry(_ process: ProcessSpec) {
        planAffinity(process.execCPUAffinity?.initial)
        for file in around.cgroupFiles { add(Step(.enter, file)) }
        var flags: UInt64 = 0
        for namespace in linux.namespaces { flags |= namespace.kind.flag }
        if flags != 0 {
            var step = Step(.join, n0: flags)
            step.need = plan.need(.initProcess)
            add(step)
        }
        // Whose mount namespace is not its own has its root only by chroot, which joining undoes.
        if !isNew(.mount) {
            var root = Step(.chroot)
            root.need = plan.need(.initRoot(pid: around.initPid))
            add(root)
        }
        if hasUser { add(Step(.become, n0: 0, n1: 0, n2: around.isPrivileged ? 1 : 0)) }
        if namespace(.pid) != nil { add(Step(.fork)) }
        add(Step(.setsid))
        if let keyring = around.keyring { add(Step(.keyring, keyring)) }
        add(Step(.root, "/"))
        if process.terminal {
            planConsole(process)
            plan.steps[plan.steps.count - 1].n2 = 0
        }
    }

    mutating func planAffinity(_ cpus: [UInt32]?) {
        guard let cpus, !cpus.isEmpty else { return }
        var step = Step(.affinity)
        step.data = Planner.mask(cpus)
        step.count = UInt32(step.data.count)
        add(step)
    }

    mutating func planExecStart(_ process: ProcessSpec) {
        add(.ask(.ready))
        if let filter, process.noNewPrivileges { planFilter(filter) }
        planExec(process)
    }
}
