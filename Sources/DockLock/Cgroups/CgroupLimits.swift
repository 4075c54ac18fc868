import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Sets the limits. `update` is for a container that runs: device rules stay as they are then.
    /// `devices` is false in a user namespace, where the kernel refuses device rules.
    public func apply(_ resources: Resources, update: Bool, devices: Bool = true) throws {
        guard place.driver != .disabled else {
            guard !resources.asksForLimits else {
                throw CgroupError("linux.resources: limits need a cgroup, and the cgroup manager is disabled")
            }
            return
        }
        if update, place.driver == .systemd { try updateScope(resources) }
        if devices, !update, !place.rootless { try applyDevices(resources.devices) }
        guard resources.asksForLimits else { return }
        if host.mode == .hybrid, let unified, needsUnified(resources) { unified.delegateControllers() }
        if let memory = resources.memory {
            try apply("memory", legacy: { try $0.setLegacyMemory(memory, update: update) }) {
                try $0.setMemory(memory)
            }
        }
        if let cpu = resources.cpu {
            if cpu.asksForTime {
                try apply("cpu", legacy: { try $0.setLegacyCPU(cpu) }, unified: { try $0.setCPU(cpu) })
            }
            if cpu.asksForPlaces { try apply("cpuset", both: { try $0.setCpuset(cpu) }) }
        }
        if let limit = resources.pidsLimit { try apply("pids", both: { try $0.setPids(limit) }) }
        if let block = resources.blockIO, block != Resources.BlockIO() {
            try apply(
                "blkio", legacy: { try $0.setLegacyBlockIO(block) }, unified: { try $0.setBlockIO(block) })
        }
        let pages = resources.hugepages
        if !pages.isEmpty {
            try apply("hugetlb", legacy: { try $0.setHugepages(pages, word: "limit_in_bytes") }) {
                try $0.setHugepages(pages, word: "max")
            }
        }
        if !resources.rdma.isEmpty { try apply("rdma", both: { try $0.setRdma(resources.rdma) }) }
        if let network = resources.network { try apply(network) }
        if !resources.unified.isEmpty {
            guard let unified else {
                throw CgroupError("linux.resources.unified: needs cgroup v2, which is not mounted here")
            }
            try ControlFiles(directory: unified.directory).setUnified(resources.unified)
        }
    }

    private func apply(_ controller: String, both: (ControlFiles) throws -> Void) throws {
        try apply(controller, legacy: both, unified: both)
    }

    private func apply(_ network: Resources.Network) throws {
        // v2 has neither controller; there, as other runtimes do, these are passed over.
        if host.mode == .unified { return }
        if network.classID ?? 0 != 0 {
            try apply("net_cls", legacy: { try $0.setClass(network) }, unified: Cgroup.refuseLegacyOnly)
        }
        if !network.priorities.isEmpty {
            try apply("net_prio", legacy: { try $0.setPriorities(network) }, unified: Cgroup.refuseLegacyOnly)
        }
    }

    private static func refuseLegacyOnly(_ files: ControlFiles) throws {
        throw CgroupError("linux.resources.network: the host mounts no net_cls or net_prio controller")
    }

    /// Runs `legacy` where a v1 tree has the controller, else `unified` in the v2 tree.
    private func apply(
        _ controller: String, legacy: (ControlFiles) throws -> Void, unified: (ControlFiles) throws -> Void
    ) throws {
        if let directory = legacyDirectory(of: controller) {
            try legacy(ControlFiles(directory: directory))
            return
        }
        guard let branch = self.unified else {
            throw CgroupError("linux.resources: the host has no cgroup controller " + controller)
        }
        if host.mode == .hybrid {
            let name = controller == "blkio" ? "io" : controller
            let enabled = (try? Files.text(branch.directory + "/cgroup.controllers")) ?? ""
            guard enabled.split(whereSeparator: { $0 == " " || $0 == "\n" }).contains(Substring(name)) else {
                throw CgroupError("linux.resources: the host has no cgroup controller " + controller)
            }
        }
        try unified(ControlFiles(directory: branch.directory))
    }

    /// The directory in the v1 tree of a controller.
    func legacyDirectory(of controller: String) -> String? {
        legacy.first { $0.controllers.contains(controller) }?.directory
    }

    /// True where a hybrid host's v2 tree may have to serve: it costs calls to find out.
    private func needsUnified(_ resources: Resources) -> Bool {
        func lacks(_ controller: String) -> Bool { legacyDirectory(of: controller) == nil }
        return !resources.unified.isEmpty || resources.memory != nil && lacks("memory")
            || resources.cpu != nil && (lacks("cpu") || lacks("cpuset"))
            || resources.pidsLimit != nil && lacks("pids") || resources.blockIO != nil && lacks("blkio")
            || !resources.hugepages.isEmpty && lacks("hugetlb") || !resources.rdma.isEmpty && lacks("rdma")
    }
}

extension Resources.CPU {
    var asksForTime: Bool {
        shares ?? 0 != 0 || quota ?? 0 != 0 || burst != nil || period ?? 0 != 0 || idle != nil
            || realtimeRuntime ?? 0 != 0 || realtimePeriod ?? 0 != 0
    }

    var asksForPlaces: Bool { !(cpus ?? "").isEmpty || !(mems ?? "").isEmpty }
}
