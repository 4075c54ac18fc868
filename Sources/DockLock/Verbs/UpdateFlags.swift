import OCI

let updateTable = Table<UpdateOptions>(
    "update", "change what a container may use", operands: .id,
    flags: [
        Flag("resources", short: "r", takes: "FILE|-", "linux.resources as JSON; other flags are ignored") {
            $0.resourcesFile = given($1)
        },
        Flag("memory", takes: "SIZE", "memory") { options, value throws(Wrong) in
            options.memory.limit = try size(value)
        },
        Flag("memory-reservation", takes: "SIZE", "memory to keep when it runs short") {
            options, value throws(Wrong) in
            options.memory.reservation = try size(value)
        },
        Flag("memory-swap", takes: "SIZE", "memory and swap together") { options, value throws(Wrong) in
            options.memory.swap = try size(value)
        },
        Flag("kernel-memory", takes: "SIZE", "the kernel's memory for it") { options, value throws(Wrong) in
            options.memory.kernel = try size(value)
        },
        Flag("kernel-memory-tcp", takes: "SIZE", "the kernel's memory for its TCP buffers") {
            options, value throws(Wrong) in
            options.memory.kernelTCP = try size(value)
        },
        Flag("cpu-share", "cpu-shares", takes: "N", "its weight beside others") {
            options, value throws(Wrong) in
            options.cpu.shares = try number(value, UInt64.self)
        },
        Flag("cpu-quota", takes: "MICROSECONDS", "CPU time a period; -1 for no limit") {
            options, value throws(Wrong) in
            options.cpu.quota = try number(value, Int64.self)
        },
        Flag("cpu-burst", takes: "MICROSECONDS", "CPU time to save up") { options, value throws(Wrong) in
            options.cpu.burst = try number(value, UInt64.self)
        },
        Flag("cpu-period", takes: "MICROSECONDS", "length of a period") { options, value throws(Wrong) in
            options.cpu.period = try number(value, UInt64.self)
        },
        Flag("cpu-rt-runtime", takes: "MICROSECONDS", "real-time CPU time a period") {
            options, value throws(Wrong) in
            options.cpu.realtimeRuntime = try number(value, Int64.self)
        },
        Flag("cpu-rt-period", takes: "MICROSECONDS", "length of a real-time period") {
            options, value throws(Wrong) in
            options.cpu.realtimePeriod = try number(value, UInt64.self)
        },
        Flag("cpu-idle", takes: "0|1", "1 to run only when nothing else does") {
            options, value throws(Wrong) in
            options.cpu.idle = try number(value, Int64.self)
        },
        Flag("cpuset-cpus", takes: "LIST", "CPUs, such as 0-2,7") { $0.cpu.cpus = given($1) },
        Flag("cpuset-mems", takes: "LIST", "memory nodes, such as 0") { $0.cpu.mems = given($1) },
        Flag("pids-limit", takes: "N", "processes; -1 for no limit") { options, value throws(Wrong) in
            options.resources.pidsLimit = try number(value, Int64.self)
        },
        Flag("blkio-weight", takes: "N", "weight of its block I/O, 10 to 1000") {
            options, value throws(Wrong) in
            let weight = try number(value, UInt16.self)
            guard weight == 0 || (10...1000).contains(weight) else {
                throw Wrong("\(weight) is not in 10...1000")
            }
            options.blockIO.weight = weight == 0 ? nil : weight
        },
        Flag("l3-cache-schema", takes: "SCHEMA", "Intel RDT: L3 cache") { $0.l3CacheSchema = given($1) },
        Flag("mem-bw-schema", takes: "SCHEMA", "Intel RDT: memory bandwidth") { $0.memBwSchema = given($1) },
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
