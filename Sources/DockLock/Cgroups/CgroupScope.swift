import Bus
import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Asks systemd for the scope with `pid` in it, then makes what systemd does not: the parts in v1
    /// trees that it leaves alone.
    mutating func startScope(
        _ resources: Resources?, pid: Int32, annotations: [Annotation]
    ) throws {
        guard let scope = place.scope else { throw CgroupError("cgroup " + place.path + " names no scope") }
        var properties = ScopeProperties.starting(place, pid: pid)
        let rules = try DeviceRules(resources?.devices ?? [])
        if !place.rootless {
            let drivers = (try? Files.text("/proc/devices")) ?? ""
            properties += try ScopeProperties.devices(rules, drivers: drivers)
        }
        if let resources { properties += try ScopeProperties.limits(resources, mode: host.mode) }
        properties += try PropertyText.properties(annotations)
        var systemd = try connect()
        try systemd.start(scope, properties: properties)
        do {
            try settle(pid: pid)
        } catch {
            try? systemd.stop(scope)
            throw error
        }
    }

    /// Takes the scope's true path from the process, and completes the trees.
    private mutating func settle(pid: Int32) throws {
        let memberships = try Files.text("/proc/" + String(pid) + "/cgroup")
        let isSlice = place.scope?.hasSuffix(".slice") == true
        if !isSlice, let path = Cgroup.systemdPath(memberships), path != "/", path != place.path {
            var moved = place
            moved.path = path
            self = Cgroup(moved, host: host)
        }
        for branch in legacy {
            guard try branch.make(overlooksRefusal: place.rootless, sharing: true) else { continue }
            if branch.controllers.contains("cpuset") { try branch.inheritProcessors() }
            try Files.put(String(pid), to: branch.directory + "/cgroup.procs")
        }
        guard let unified else { return }
        if host.mode == .unified {
            unified.delegateControllers()
        } else if try unified.make(overlooksRefusal: place.rootless, sharing: true) {
            try Files.put(String(pid), to: unified.directory + "/cgroup.procs")
        }
    }

    /// Where systemd put the process: its named tree on v1, the only one on v2.
    static func systemdPath(_ memberships: String) -> String? {
        var unified: String?
        for line in memberships.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[1] == "name=systemd" { return String(fields[2]) }
            if fields[0] == "0", fields[1].isEmpty { unified = String(fields[2]) }
        }
        return unified
    }

    /// Tells systemd of new limits, before they are written.
    func updateScope(_ resources: Resources) throws {
        guard let scope = place.scope else { return }
        let properties = try ScopeProperties.limits(resources, mode: host.mode)
        guard !properties.isEmpty else { return }
        var systemd = try connect()
        try systemd.set(scope, properties: properties)
    }

    /// Asks systemd to let go of the scope. Not answered or unknown: the directories are removed anyway.
    func stopScope() {
        guard let scope = place.scope, exists, var systemd = try? connect() else { return }
        try? systemd.stop(scope)
        systemd.resetFailed(scope)
    }

    private func connect() throws(BusError) -> Systemd {
        guard place.rootless else { return try Systemd.system() }
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        return try Systemd.user(
            address: variable("DBUS_SESSION_BUS_ADDRESS"), runtimeDirectory: variable("XDG_RUNTIME_DIR"))
    }
}
