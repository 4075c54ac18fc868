import OCI

/// How a container's first process, or one more of it, comes to be: a flat list of steps for the child,
/// and what the parent opens and answers for them. Pure: same configuration, same plan.
public struct Plan: Sendable {
    /// CLONE_NEW* bits of the clone itself.
    public var cloneFlags: UInt64 = 0
    public var needs: [Need] = []
    public internal(set) var steps: [Step] = []

    init() { steps.reserveCapacity(64) }

    mutating func add(_ step: Step) { steps.append(step) }

    mutating func need(_ need: Need) -> Int32 {
        needs.append(need)
        return Int32(needs.count - 1)
    }
}

/// A configuration in the middle of becoming a plan.
struct Planner {
    let spec: Spec
    let around: Surroundings
    let filter: PlannedFilter?
    var plan = Plan()

    var linux: Linux { spec.linux }

    func namespace(_ kind: NamespaceKind) -> Namespace? { linux.namespaces.first { $0.kind == kind } }

    func isNew(_ kind: NamespaceKind) -> Bool {
        guard let namespace = namespace(kind) else { return false }
        return namespace.path == nil
    }

    func isJoined(_ kind: NamespaceKind) -> Bool { namespace(kind)?.path != nil }

    var hasUser: Bool { namespace(.user) != nil }
    /// Whether the root and the sources of binds are opened by the parent: the user namespace's root may
    /// not reach them. A caller who is not root may not either, without that namespace.
    var opensTrees: Bool { hasUser && around.uid == 0 }
    var hasMount: Bool { namespace(.mount) != nil }

    mutating func add(_ step: Step) { plan.steps.append(step) }
}

extension Plan {
    /// The plan of `create` and `run`. Throws SpecError for what no kernel could do.
    public static func create(
        _ spec: Spec, process: ProcessSpec, around: Surroundings, filter: PlannedFilter?
    ) throws(SpecError) -> Plan {
        var planner = Planner(spec: spec, around: around, filter: filter)
        try planner.refuse()
        try planner.refuseLabel()
        planner.planEarly(process)
        planner.planNamespaces()
        planner.planHost()
        try planner.planFilesystems(process)
        // A read-only root is closed before the step that enters the directory, and would make it.
        if spec.root?.readonly == true, process.cwd != "/" { planner.add(Step(.directory, process.cwd)) }
        planner.planHooks()
        planner.planRoot()
        planner.planProcess(process, cwdIsMade: true)
        planner.planStart(process)
        return planner.plan
    }
}

extension Planner {
    /// Without a mount namespace of its own a container would leave its mounts on the host.
    func refuse() throws(SpecError) {
        if !isNew(.mount), spec.root?.readonly == true {
            throw SpecError(path: "root.readonly", problem: "needs a mount namespace of the container's own")
        }
        guard !hasMount else { return }
        for (path, isEmpty) in [
            ("mounts", spec.mounts.isEmpty), ("linux.maskedPaths", linux.maskedPaths.isEmpty),
            ("linux.readonlyPaths", linux.readonlyPaths.isEmpty),
        ] where !isEmpty {
            throw SpecError(path: path, problem: "needs a mount namespace")
        }
    }

    /// Prestart and createRuntime hooks and network devices are the parent's; createContainer hooks run here,
    /// before the root changes, since their paths are the host's.
    mutating func planHooks() {
        let hooks = spec.hooks
        let parentActs =
            !hooks.prestart.isEmpty || !hooks.createRuntime.isEmpty || !linux.netDevices.isEmpty
        guard parentActs || !hooks.createContainer.isEmpty else { return }
        add(.ask(.mounted, hooks.createContainer.isEmpty ? .none : .creating))
        for hook in hooks.createContainer { add(Planner.step(hook, .creating)) }
    }

    static func step(_ hook: Hook, _ slot: Slot) -> Step {
        var step = Step(.hook, hook.path)
        step.first = hook.args.isEmpty ? [hook.path] : hook.args
        step.second = hook.env
        step.n0 = UInt64(step.first.count)
        step.n1 = UInt64(step.second.count)
        step.n2 = UInt64(hook.timeout ?? 0)
        step.slot = slot.rawValue
        return step
    }

    /// From here on the process is the container's own: it holds no more than the program will.
    mutating func planStart(_ process: ProcessSpec) {
        let starts = spec.hooks.startContainer
        add(.ask(.ready, starts.isEmpty ? .none : .created))
        if around.waits {
            var wait = Step(.wait)
            wait.need = plan.need(.fifo)
            add(wait)
        }
        // These hooks are the container's own, and so is its filter (runtime-spec, "startContainer").
        if let filter, process.noNewPrivileges { planFilter(filter) }
        for hook in starts { add(Planner.step(hook, .created)) }
        planExec(process)
    }
}
