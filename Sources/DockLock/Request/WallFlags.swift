import OCI
import Verbs

// The flags of `run` and `create`: what parts the container from its host.

let namespaceFlags: [Flag] = [
    Flag("pid", takes: "NAMESPACE", "private, host, container:NAME or ns:PATH (private)") {
        draft, value throws(Wrong) in
        draft.container.namespaces.pid = try namespaceChoice(value)
    },
    Flag("ipc", takes: "NAMESPACE", "private, shareable, none, host, container:NAME or ns:PATH") {
        draft, value throws(Wrong) in
        draft.container.namespaces.ipc = try ipcChoice(value)
    },
    Flag("uts", takes: "NAMESPACE", "private, host, container:NAME or ns:PATH (private)") {
        draft, value throws(Wrong) in
        draft.container.namespaces.uts = try namespaceChoice(value)
    },
    Flag("cgroupns", takes: "NAMESPACE", "private, host, container:NAME or ns:PATH (private)") {
        draft, value throws(Wrong) in
        draft.container.namespaces.cgroup = try namespaceChoice(value)
    },
    Flag("userns", takes: "NAMESPACE", "host, private, auto, keep-id, nomap, container:NAME, ns:PATH") {
        draft, value throws(Wrong) in
        draft.container.namespaces.user = try userNamespaceChoice(value)
    },
    Flag("uidmap", takes: "ID:HOST-ID:SIZE", "users of its namespace; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.uidMap += try listed(value).map { word throws(Wrong) in try idMapping(word) }
    },
    Flag("gidmap", takes: "ID:HOST-ID:SIZE", "groups of its namespace; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.gidMap += try listed(value).map { word throws(Wrong) in try idMapping(word) }
    },
]

let securityFlags: [Flag] = [
    Flag("cap-add", takes: "CAPABILITY", "a capability more, or ALL; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.addedCapabilities += try listed(value).map { word throws(Wrong) in
            try capability(word)
        }
    },
    Flag("cap-drop", takes: "CAPABILITY", "a capability less, or ALL; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.droppedCapabilities += try listed(value).map { word throws(Wrong) in
            try capability(word)
        }
    },
    Flag("privileged", help: "nearly all that the host's root may") { $0.container.isPrivileged = $1 },
    Flag("security-opt", takes: "OPTION", "seccomp=FILE, no-new-privileges, apparmor=..., mask=...") {
        draft, value throws(Wrong) in
        try draft.container.security.take(value)
    },
    Flag("sysctl", takes: "NAME=VALUE", "a setting of the kernel's in its namespaces") {
        draft, value throws(Wrong) in
        draft.container.sysctls.append(try fullSetting(value))
    },
]

/// Limits of `run`, `create` and `update`.
let memoryFlags: [Flag] = [
    Flag("memory", short: "m", takes: "SIZE", "memory") { draft, value throws(Wrong) in
        let bytes = try sizeOrNone(value)
        if bytes > 0, bytes < 6 << 20 { throw Wrong("\"\(value)\" is less than 6m, the least that works") }
        draft.container.resources.memory.limit = bytes == 0 ? nil : bytes
    },
    Flag("memory-reservation", takes: "SIZE", "memory to keep when it runs short") {
        draft, value throws(Wrong) in
        draft.container.resources.memory.reservation = try sizeOrNone(value)
    },
    Flag("memory-swap", takes: "SIZE", "memory and swap together; -1 for no limit") {
        draft, value throws(Wrong) in
        let bytes = try sizeOrNone(value)
        draft.container.resources.memory.swap = bytes == 0 ? nil : bytes
    },
    Flag("memory-swappiness", takes: "N", "0 to 100; -1 for the host's") { draft, value throws(Wrong) in
        let share: Int64 = try number(value, -1...100)
        draft.container.resources.memory.swappiness = share < 0 ? nil : UInt64(share)
    },
    Flag("oom-kill-disable", help: "wait instead of kill when memory runs out (cgroup v1)") {
        $0.container.resources.memory.disableOOMKiller = $1 ? true : nil
    },
    Flag("pids-limit", takes: "N", "processes; -1 for no limit (2048)") { draft, value throws(Wrong) in
        let count: Int64 = try number(value, -1...Int64.max)
        draft.container.resources.limits.pidsLimit = count == 0 ? -1 : count
    },
]

let cpuFlags: [Flag] = [
    Flag("cpus", takes: "N", "CPUs, such as 1.5") { draft, value throws(Wrong) in
        let billionths = try billionths(value)
        draft.container.resources.nanoCPUs = billionths == 0 ? nil : billionths
    },
    Flag("cpu-shares", short: "c", takes: "N", "its weight beside others (1024)") {
        draft, value throws(Wrong) in
        let shares: UInt64 = try number(value, 0...1 << 18)
        draft.container.resources.cpu.shares = shares == 0 ? nil : max(shares, 2)
    },
    Flag("cpu-period", takes: "MICROSECONDS", "length of a period, 1000 to 1000000") {
        draft, value throws(Wrong) in
        let period: UInt64 = try number(value, 0...1_000_000)
        if period > 0, period < 1000 { throw Wrong("\(period) is not in 1000...1000000") }
        draft.container.resources.cpu.period = period == 0 ? nil : period
    },
    Flag("cpu-quota", takes: "MICROSECONDS", "CPU time a period; -1 for no limit") {
        draft, value throws(Wrong) in
        let quota: Int64 = try number(value, -1...Int64.max)
        if quota > 0, quota < 1000 { throw Wrong("\(quota) is less than 1000") }
        draft.container.resources.cpu.quota = quota == 0 ? nil : quota
    },
    Flag("cpu-rt-period", takes: "MICROSECONDS", "length of a real-time period") {
        draft, value throws(Wrong) in
        draft.container.resources.cpu.realtimePeriod = try number(value, 0...UInt64.max)
    },
    Flag("cpu-rt-runtime", takes: "MICROSECONDS", "real-time CPU time a period") {
        draft, value throws(Wrong) in
        draft.container.resources.cpu.realtimeRuntime = try number(value, Int64.min...Int64.max)
    },
    Flag("cpuset-cpus", alias: "cpuset", takes: "LIST", "CPUs, such as 0-2,7") { draft, value throws(Wrong) in
        draft.container.resources.cpu.cpus = try numberList(value)
    },
    Flag("cpuset-mems", takes: "LIST", "memory nodes, such as 0") { draft, value throws(Wrong) in
        draft.container.resources.cpu.mems = try numberList(value)
    },
]

let blockFlags: [Flag] = [
    Flag("blkio-weight", takes: "N", "weight of its block I/O, 10 to 1000") { draft, value throws(Wrong) in
        let chosen = try weight(value)
        draft.container.resources.blockIO.weight = chosen == 0 ? nil : UInt16(chosen)
    },
    Flag("blkio-weight-device", takes: "DEVICE:N", "the weight on one device") { draft, value throws(Wrong) in
        draft.container.resources.weights.append(try deviceAmount(value, weight))
    },
    Flag("device-read-bps", takes: "DEVICE:SIZE", "bytes a second read from a device") {
        draft, value throws(Wrong) in
        draft.container.resources.readBytes.append(try deviceAmount(value, rate))
    },
    Flag("device-write-bps", takes: "DEVICE:SIZE", "bytes a second written to a device") {
        draft, value throws(Wrong) in
        draft.container.resources.writeBytes.append(try deviceAmount(value, rate))
    },
    Flag("device-read-iops", takes: "DEVICE:N", "reads a second from a device") {
        draft, value throws(Wrong) in
        draft.container.resources.readOperations.append(try deviceAmount(value, count))
    },
    Flag("device-write-iops", takes: "DEVICE:N", "writes a second to a device") {
        draft, value throws(Wrong) in
        draft.container.resources.writeOperations.append(try deviceAmount(value, count))
    },
]

let cgroupFlags: [Flag] = [
    Flag("cgroup-parent", takes: "CGROUP", "the cgroup to make its own in") { draft, value throws(Wrong) in
        if parts(value, at: slash).contains("..") { throw Wrong("\"\(value)\" climbs") }
        draft.container.resources.cgroupParent = try nonEmpty(value)
    },
    Flag("cgroup-conf", takes: "NAME=VALUE", "a file of its cgroup (v2)") { draft, value throws(Wrong) in
        let conf = try fullSetting(value)
        if conf.name.utf8.contains(slash) { throw Wrong("\"\(conf.name)\" is not the name of a file") }
        draft.container.resources.limits.unified.append(Annotation(key: conf.name, value: conf.value))
    },
]

private func weight(_ text: String) throws(Wrong) -> UInt64 {
    let weight: UInt64 = try number(text, 0...1000)
    if weight > 0, weight < 10 { throw Wrong("\(weight) is not in 10...1000") }
    return weight
}

private func rate(_ text: String) throws(Wrong) -> UInt64 { UInt64(try size(text)) }

private func count(_ text: String) throws(Wrong) -> UInt64 { try number(text, 0...UInt64.max) }
