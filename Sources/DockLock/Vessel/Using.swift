import Format
import Glibc
import JSON
import Kernel
import Request
import Verbs

extension Vessels {
    /// `top`: the processes of a container, as ps(1) shows them.
    public func top(_ request: LookRequest) throws -> [UInt8] {
        let vessel = try find(request.subjects[0])
        guard vessel.isRunning else {
            throw VesselError("container \(vessel.record.name) is not running", status: 1)
        }
        var options = PsOptions()
        options.id = vessel.record.id
        options.psArgs = request.rest
        return try dock.ps(options)
    }

    /// `stats`: what containers use, once or until nobody reads any more. `clears` says that a person watches
    /// a terminal: each report takes the place of the last.
    public func stats(_ request: LookRequest, clears: Bool, tell: (String) throws -> Void) throws {
        var before: [String: Use] = [:]
        for vessel in try observed(request) { before[vessel.record.id] = use(of: vessel) }
        // A share of time needs two looks.
        var pause = Vessels.firstPauseMillis
        while true {
            poll(nil, 0, pause)
            pause = Int32(clamping: request.interval * 1000)
            let vessels = try observed(request)
            var now: [String: Use] = [:]
            let rows = vessels.map { vessel -> JSONNode in
                let id = vessel.record.id
                now[id] = use(of: vessel)
                return row(vessel, now[id], before[id], isShort: !request.isUntruncated)
            }
            before = now
            let text = try listing(rows, request.format, columns: Vessels.useColumns)
            try tell((clears && !request.isOnce ? "\u{1B}[H\u{1B}[J" : "") + text.dropLast())
            if request.isOnce { return }
        }
    }

    private static let firstPauseMillis: Int32 = 1000

    private static let useColumns = [
        (field: "ID", heading: "CONTAINER ID"), ("Name", "NAME"), ("CPUPerc", "CPU %"),
        ("MemUsage", "MEM USAGE / LIMIT"), ("MemPerc", "MEM %"), ("NetIO", "NET I/O"),
        ("BlockIO", "BLOCK I/O"), ("PIDs", "PIDS"),
    ]

    private func observed(_ request: LookRequest) throws -> [Vessel] {
        guard request.subjects.isEmpty else { return try request.subjects.map { try find($0) } }
        return try all().filter { request.all || $0.isRunning }
    }

    /// What a container has used up to a moment.
    struct Use: Equatable {
        /// Nanoseconds.
        var time: Int64 = 0
        var processor: UInt64 = 0
        /// Bytes.
        var memory: UInt64 = 0
        var memoryMax: UInt64 = 0
        var received: UInt64 = 0
        var sent: UInt64 = 0
        var read: UInt64 = 0
        var written: UInt64 = 0
        var processes: UInt64 = 0

        /// From the `data` of an event `stats`.
        init(_ data: JSON) {
            processor = data["cpu"]?["usage"]?["total"]?.uint ?? 0
            let memory = data["memory"]
            let counters = memory?["raw"]
            // Of the page cache, what would go at once is nobody's use; so docker counts.
            let idle = counters?["total_inactive_file"]?.uint ?? counters?["inactive_file"]?.uint ?? 0
            let used = memory?["usage"]?["usage"]?.uint ?? 0
            self.memory = used > idle ? used - idle : used
            memoryMax = memory?["usage"]?["limit"]?.uint ?? 0
            processes = data["pids"]?["current"]?.uint ?? 0
            for entry in data["blkio"]?["ioServiceBytesRecursive"]?.elements.map({ $0 }) ?? [] {
                let value = entry["value"]?.uint ?? 0
                switch entry["op"]?.string {
                case "Read", "read": read &+= value
                case "Write", "write": written &+= value
                default: break
                }
            }
        }
    }

    /// nil where the container does not run, or ended meanwhile.
    private func use(of vessel: Vessel) -> Use? {
        guard vessel.isRunning, let pid = vessel.state?.pid else { return nil }
        var options = EventsOptions()
        options.id = vessel.record.id
        options.statsOnly = true
        var line: [UInt8] = []
        try? dock.events(options) { line = $0 }
        guard let data = (try? JSON.parse(line))?["data"] else { return nil }
        var use = Use(data)
        use.time = Vessels.now
        if !vessel.record.networks.isEmpty {
            let devices = (try? Files.text("/proc/\(pid)/net/dev")) ?? ""
            (use.received, use.sent) = Vessels.traffic(devices)
        }
        let host = Vessels.hostMemory
        if use.memoryMax == 0 || use.memoryMax > host { use.memoryMax = host }
        return use
    }

    private static var hostMemory: UInt64 {
        UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 0)) * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0))
    }

    /// Bytes that came and went, from /proc/PID/net/dev; the loopback device does not count.
    static func traffic(_ devices: String) -> (received: UInt64, sent: UInt64) {
        var found: (received: UInt64, sent: UInt64) = (0, 0)
        for line in devices.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == ":" }
            guard words.count >= 10, words[0] != "lo", let received = UInt64(words[1]),
                let sent = UInt64(words[9])
            else { continue }
            found.received &+= received
            found.sent &+= sent
        }
        return found
    }

    private func row(_ vessel: Vessel, _ use: Use?, _ before: Use?, isShort: Bool) -> JSONNode {
        let id = isShort ? String(vessel.record.id.prefix(12)) : vessel.record.id
        var members: [JSONNode.Member] = [
            .init("Container", .string(id)), .init("ID", .string(id)),
            .init("Name", .string(vessel.record.name)),
        ]
        for (key, value) in Vessels.shown(use, before) { members.append(.init(key, .string(value))) }
        return .object(members)
    }

    static func shown(_ use: Use?, _ before: Use?) -> [(String, String)] {
        guard let use else {
            return [
                ("CPUPerc", "--"), ("MemUsage", "-- / --"), ("MemPerc", "--"), ("NetIO", "--"),
                ("BlockIO", "--"), ("PIDs", "--"),
            ]
        }
        var share = 0.0
        if let before, use.time > before.time, use.processor >= before.processor {
            share = Double(use.processor - before.processor) / Double(use.time - before.time)
        }
        let memory = use.memoryMax > 0 ? Double(use.memory) / Double(use.memoryMax) : 0
        func size(_ bytes: UInt64) -> String { Units.size(Int64(clamping: bytes)) }
        return [
            ("CPUPerc", percent(share)),
            ("MemUsage", binarySize(use.memory) + " / " + binarySize(use.memoryMax)),
            ("MemPerc", percent(memory)), ("NetIO", size(use.received) + " / " + size(use.sent)),
            ("BlockIO", size(use.read) + " / " + size(use.written)), ("PIDs", String(use.processes)),
        ]
    }

    /// With two digits behind the point: `12.50%`.
    private static func percent(_ share: Double) -> String { hundredths(share * 100) + "%" }

    private static func hundredths(_ value: Double) -> String {
        let scaled = Int64((value * 100).rounded())
        let rest = scaled % 100
        return "\(scaled / 100)." + (rest < 10 ? "0" : "") + "\(rest)"
    }

    /// In powers of 1024: `4.25MiB`.
    static func binarySize(_ bytes: UInt64) -> String {
        let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(bytes)
        var name = 0
        while value >= 1024, name < names.count - 1 {
            value /= 1024
            name += 1
        }
        return (name == 0 ? String(bytes) : hundredths(value)) + names[name]
    }
}
