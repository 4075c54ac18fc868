import OCI

extension Planner {
    private static let recursive: UInt64 = 0x4000
    private static let isPrivate: UInt64 = 0x4_0000
    private static let slave: UInt64 = 0x8_0000

    mutating func planFilesystems(_ process: ProcessSpec) throws(SpecError) {
        // A namespace that is joined stays as whoever made it wants it: it may be the host's. There the
        // root is entered as it lies, and only what `mounts` asks for is mounted.
        var root = Step(.root, around.rootfs, n0: isNew(.mount) ? 1 : 0)
        if isNew(.mount) {
            let chosen = linux.rootfsPropagation.flatMap { MountWord.propagation($0) }
            // What is unbindable could not become the root: it is made so at the end.
            let first = chosen.map { $0 & 0x2_0000 == 0 ? UInt64($0) : Self.isPrivate } ?? Self.slave
            add(Step(.propagate, n0: first | Self.recursive))
            // The root may lie where the user namespace's root can't go.
            if opensTrees {
                root.need = plan.need(
                    .tree(path: around.rootfs, recursive: true, nofollow: false, map: nil, mapsBelow: false))
            }
        }
        let hasLayers = try planLayers(&root)
        add(root)
        for (index, mount) in spec.mounts.enumerated().dropFirst(hasLayers ? 1 : 0) {
            try planMount(mount, index)
        }
        if hasMount, hasOwnDev { planDevices() }
        if process.terminal { planConsole(process) }
        if hasMount, let dev = spec.mounts.last(where: { $0.target == "/dev" }), Self.closesLate(dev) {
            add(Step(.attributes, "/dev", n0: 1))
        }
    }

    /// A first mount of the type `overlay` on `/` is the root itself, laid over the directory `root.path`:
    /// that is how an image's layers are given. Its source is the directory that relative layers start from.
    private func planLayers(_ root: inout Step) throws(SpecError) -> Bool {
        guard let overlay = spec.mounts.first, overlay.target == "/", overlay.type == "overlay" else {
            return false
        }
        guard isNew(.mount), !hasUser, let source = overlay.source, source.utf8.first == UInt8(ascii: "/")
        else {
            throw SpecError(
                path: "mounts[0]",
                problem: "as the root wants a new mount namespace, the host's users and an absolute source")
        }
        let options = MountOptions(overlay.options)
        // The kernel reads one page, and would take the rest for absent.
        guard options.data.utf8.count < 4096 else {
            throw SpecError(path: "mounts[0].options", problem: "are more than 4095 bytes: too many layers")
        }
        root.s1 = source
        root.s2 = overlay.type
        root.s3 = options.data
        root.n1 = options.flags
        return true
    }

    /// Whether /dev is the container's to fill: the host's, bound there, must not be written to.
    private var hasOwnDev: Bool {
        guard let dev = spec.mounts.last(where: { $0.target == "/dev" }) else { return true }
        return dev.type != "bind" && !dev.options.contains("bind") && !dev.options.contains("rbind")
    }

    /// A read-only /dev is closed once its nodes and the console are made.
    private static func closesLate(_ mount: Mount) -> Bool {
        mount.type == "tmpfs" && mount.target == "/dev" && mount.options.contains("ro")
    }

    private mutating func planMount(_ mount: Mount, _ index: Int) throws(SpecError) {
        var options = MountOptions(mount.options)
        if Self.closesLate(mount) { options.flags &= ~1 }
        let type = mount.type ?? (options.isBind ? "bind" : "")
        if options.isRemount { return planRemount(mount, options) }
        try refuseInProc(mount, type, index)
        if type == "cgroup" || type == "cgroup2" { return planCgroupMount(mount, options, type) }
        if type == "bind" || options.isBind { return try planBind(mount, options, index) }
        // Without its own network a user namespace may not mount sysfs: the host's stands in, as in crun.
        if type == "sysfs", isNew(.user), !isNew(.network) {
            var host = options
            host.isRecursive = true
            var bound = mount
            bound.source = "/sys"
            return try planBind(bound, host, index)
        }
        add(filesystem(mount, options, type))
        if type == "mqueue" { labelDirectory(mount.target) }
    }

    /// On /proc only proc itself may be mounted: what the runtime writes there must reach the kernel
    /// (CVE-2019-19921). What lies within is refused when the destination is reached, by its filesystem.
    private func refuseInProc(_ mount: Mount, _ type: String, _ index: Int) throws(SpecError) {
        let parts = mount.target.split(separator: "/").filter { $0 != "." }
        guard parts == ["proc"], type != "proc" else { return }
        if type == "bind" || mount.options.contains("bind") || mount.options.contains("rbind"),
            mount.source == "/proc"
        {
            return
        }
        throw SpecError(path: "mounts[\(index)]", problem: "only proc may be mounted on /proc")
    }

    private func filesystem(_ mount: Mount, _ options: MountOptions, _ type: String) -> Step {
        var step = Step(.mount, mount.source ?? type)
        step.s1 = mount.target
        step.s2 = type
        step.s3 = labelled(options.data, type)
        step.n0 = options.flags
        step.n1 = options.deepSet
        step.n2 = options.deepClear
        step.count = options.propagation
        if At.openInProc.contains(mount.target) { step.n4 |= At.inProc }
        // What the kernel shows there must be the kernel's, not where an image's link leads (CVE-2019-19921).
        if type == "proc" || type == "sysfs" { step.n4 |= At.nofollow }
        if options.copiesUp, type == "tmpfs" { step.n4 |= At.copyUp }
        return step
    }

    private mutating func planRemount(_ mount: Mount, _ options: MountOptions) {
        if options.isBind {
            var step = Step(.attributes, mount.target)
            step.n0 = options.set
            step.n1 = UInt64(options.propagation)
            step.n3 = options.clear & ~MountWord.accessTimes
            add(step)
        } else {
            var step = Step(.super, mount.target, n0: options.flags)
            step.s1 = options.data.isEmpty ? nil : options.data
            add(step)
        }
    }

    private mutating func planBind(_ mount: Mount, _ options: MountOptions, _ index: Int) throws(SpecError) {
        guard let written = mount.source, !written.isEmpty else {
            throw SpecError(path: "mounts[\(index)].source", problem: "a bind mount needs a source")
        }
        let source = written.utf8.first == UInt8(ascii: "/") ? written : around.bundle + "/" + written
        var step = bind(source, mount.target, options)
        let mapped = !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty
        let map = options.idmap || mapped ? try mapping(mount, index) : nil
        // Only outside a new user namespace can a mount be mapped, or a source be reached for sure.
        if opensTrees || isJoined(.mount) || map != nil {
            step.need = plan.need(
                .tree(
                    path: source, recursive: options.isRecursive, nofollow: options.sourceNoFollow, map: map,
                    mapsBelow: options.deepIdmap))
        }
        add(step)
    }

    private func bind(_ source: String, _ target: String, _ options: MountOptions) -> Step {
        var step = Step(.bind, source)
        step.s1 = target
        step.n0 = options.set
        step.n1 = options.clear
        step.n2 = options.deepSet
        step.n3 = options.deepClear
        if options.isRecursive { step.n4 |= At.recursive }
        if At.openInProc.contains(target) { step.n4 |= At.inProc }
        if options.sourceNoFollow { step.n4 |= At.sourceNoFollow }
        if options.destinationNoFollow { step.n4 |= At.destinationNoFollow }
        step.count = options.propagation
        return step
    }

    /// The mount's own maps, or the container's.
    private func mapping(_ mount: Mount, _ index: Int) throws(SpecError) -> Need.Map {
        if !mount.uidMappings.isEmpty, !mount.gidMappings.isEmpty {
            return .ids(uid: mount.uidMappings.map, gid: mount.gidMappings.map)
        }
        if let path = namespace(.user)?.path { return .namespace(path: path) }
        guard !linux.uidMappings.isEmpty, !linux.gidMappings.isEmpty else {
            throw SpecError(
                path: "mounts[\(index)]", problem: "an idmapped mount needs uidMappings and gidMappings")
        }
        return .ids(uid: linux.uidMappings.map, gid: linux.gidMappings.map)
    }

    private mutating func planCgroupMount(_ mount: Mount, _ options: MountOptions, _ type: String) {
        let trees = around.cgroupTrees
        if let only = trees.first, trees.count == 1, only.name.isEmpty {
            return planCgroupTree(only, mount.target, options)
        }
        if type == "cgroup2", let unified = trees.first(where: { $0.options == nil }) {
            return planCgroupTree(unified, mount.target, options)
        }
        var folder = Step(.mount, "tmpfs")
        folder.s1 = mount.target
        folder.s2 = "tmpfs"
        folder.s3 = labelled("mode=755", "tmpfs")
        folder.n0 = options.flags & ~1
        add(folder)
        for tree in trees {
            add(Step(.directory, mount.target + "/" + tree.name, n0: 0o755))
            planCgroupTree(tree, mount.target + "/" + tree.name, options)
            for link in tree.links {
                var step = Step(.symlink, tree.name)
                step.s1 = mount.target + "/" + link
                add(step)
            }
        }
        if options.flags & 1 != 0 { add(Step(.attributes, mount.target, n0: 1)) }
    }

    /// In a cgroup namespace a fresh mount shows the container's own part; else that part is bound.
    private mutating func planCgroupTree(
        _ tree: Surroundings.CgroupTree, _ target: String, _ options: MountOptions
    ) {
        if isNew(.cgroup), !hasUser || tree.options == nil {
            var step = Step(.mount, "cgroup")
            step.s1 = target
            step.s2 = tree.options == nil ? "cgroup2" : "cgroup"
            step.s3 = tree.options
            step.n0 = options.flags
            add(step)
        } else {
            var step = bind(tree.directory, target, options)
            if opensTrees {
                step.need = plan.need(
                    .tree(path: tree.directory, recursive: false, nofollow: false, map: nil, mapsBelow: false)
                )
            }
            add(step)
        }
    }
}

/// How a mount is made: CKernel's DL_AT_*.
enum At {
    static let recursive: UInt64 = 1
    static let nofollow: UInt64 = 2
    static let copyUp: UInt64 = 4
    static let sourceNoFollow: UInt64 = 16
    static let inProc: UInt64 = 32
    static let destinationNoFollow: UInt64 = 64

    /// Files of /proc that only tell, and that engines replace (lxcfs).
    static let openInProc: Set<String> = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
        "/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ]
}

extension Mount {
    /// The destination, absolute: the specification once allowed it to be relative to the root.
    var target: String { destination.utf8.first == UInt8(ascii: "/") ? destination : "/" + destination }
}
