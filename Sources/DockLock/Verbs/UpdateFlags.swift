import OCI

let updateTable = Table(
    "update", "change what a container may use", operands: .id,
    flags: [
        Flag("resources", short: "r", takes: "FILE|-", "linux.resources as JSON; other flags are ignored") {
            $0.update.resourcesFile = given($1)
        },
        Flag("memory", takes: "SIZE", "memory") { draft, value throws(Wrong) in
            draft.update.memory.limit = try size(value)
        },
        Flag("memory-reservation", takes: "SIZE", "memory to keep when it runs short") {
            draft, value throws(Wrong) in
            draft.update.memory.reservation = try size(value)
        },
        Flag("memory-swap", takes: "SIZE", "memory and swap together") { draft, value throws(Wrong) in
            draft.update.memory.swap = try size(value)
        },
        Flag("kernel-memory", takes: "SIZE", "the kernel's memory for it") { draft, value throws(Wrong) in
            draft.update.memory.kernel = try size(value)
        },
        Flag("kernel-memory-tcp", takes: "SIZE", "the kernel's memory for its TCP buffers") {
            draft, value throws(Wrong) in
            draft.update.memory.kernelTCP = try size(value)
        },
        Flag("cpu-share", alias: "cpu-shares", takes: "N", "its weight beside others") {
            draft, value throws(Wrong) in
            draft.update.cpu.shares = try number(value, UInt64.self)
        },
        Flag("cpu-quota", takes: "MICROSECONDS", "CPU time a period; -1 for no limit") {
            draft, value throws(Wrong) in
            draft.update.cpu.quota = try number(value, Int64.self)
        },
        Flag("cpu-burst", takes: "MICROSECONDS", "CPU time to save up") { draft, value throws(Wrong) in
            draft.update.cpu.burst = try number(value, UInt64.self)
        },
        Flag("cpu-period", takes: "MICROSECONDS", "length of a period") { draft, value throws(Wrong) in
            draft.update.cpu.period = try number(value, UInt64.self)
        },
        Flag("cpu-rt-runtime", takes: "MICROSECONDS", "real-time CPU time a period") {
            draft, value throws(Wrong) in
            draft.update.cpu.realtimeRuntime = try number(value, Int64.self)
        },
        Flag("cpu-rt-period", takes: "MICROSECONDS", "length of a real-time period") {
            draft, value throws(Wrong) in
            draft.update.cpu.realtimePeriod = try number(value, UInt64.self)
        },
        Flag("cpu-idle", takes: "0|1", "1 to run only when nothing else does") {
            draft, value throws(Wrong) in
            draft.update.cpu.idle = try number(value, Int64.self)
        },
        Flag("cpuset-cpus", takes: "LIST", "CPUs, such as 0-2,7") { $0.update.cpu.cpus = given($1) },
        Flag("cpuset-mems", takes: "LIST", "memory nodes, such as 0") { $0.update.cpu.mems = given($1) },
        Flag("pids-limit", takes: "N", "processes; -1 for no limit") { draft, value throws(Wrong) in
            draft.update.resources.pidsLimit = try number(value, Int64.self)
        },
        Flag("blkio-weight", takes: "N", "weight of its block I/O, 10 to 1000") {
            draft, value throws(Wrong) in
            let weight = try number(value, UInt16.self)
            guard weight == 0 || (10...1000).contains(weight) else {
                throw Wrong("\(weight) is not in 10...1000")
            }
            draft.update.blockIO.weight = weight == 0 ? nil : weight
        },
        Flag("l3-cache-schema", takes: "SCHEMA", "Intel RDT: L3 cache") {
            $0.update.l3CacheSchema = given($1)
        },
        Flag("mem-bw-schema", takes: "SCHEMA", "Intel RDT: memory bandwidth") {
            $0.update.memBwSchema = given($1)
        },
    ],
    notes: "SIZE is a number of bytes, or one with k, m, g, t or p after it; -1 for no limit.")

private func size(_ value: String) throws(Wrong) -> Int64 {
    guard let size = Quantity.size(value) else {
        throw Wrong("\"\(value)\" is not a size, such as 67108864, 64M or -1")
    }
    return size
}

/// The parts of resources, made when first written to.
extension UpdateOptions {
    fileprivate var memory: Resources.Memory {
        get { resources.memory ?? Resources.Memory() }
        set { resources.memory = newValue }
    }

    fileprivate var cpu: Resources.CPU {
        get { resources.cpu ?? Resources.CPU() }
        set { resources.cpu = newValue }
    }

    fileprivate var blockIO: Resources.BlockIO {
        get { resources.blockIO ?? Resources.BlockIO() }
        set { resources.blockIO = newValue }
    }
}
