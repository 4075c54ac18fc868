import Bus
import OCI

/// `linux.resources.unified` in systemd's words: it writes its own value again whenever it likes, so that of
/// a file it knows must be known to it. Other files are written past it.
extension ScopeProperties {
    private static let bytes = [
        "memory.high": "MemoryHigh", "memory.low": "MemoryLow", "memory.min": "MemoryMin",
        "memory.max": "MemoryMax", "memory.swap.max": "MemorySwapMax", "pids.max": "TasksMax",
    ]
    private static let sets = ["cpuset.cpus": "AllowedCPUs", "cpuset.mems": "AllowedMemoryNodes"]

    /// A value that is no number, set or `max` is left to the kernel, which refuses it by the file's name.
    static func unified(_ entries: [Annotation]) -> [BusValue] {
        var properties: [BusValue] = []
        for entry in entries {
            if let name = bytes[entry.key], let value = amount(entry.value) {
                properties.append(.property(name, .uint64(value)))
            } else if let name = sets[entry.key], let mask = mask(entry.value) {
                properties.append(.property(name, .bytes(mask)))
            } else if entry.key == "cpu.weight", let weight = UInt64(entry.value) {
                properties.append(.property("CPUWeight", .uint64(weight)))
            } else if entry.key == "cpu.max" {
                properties += bandwidth(entry.value)
            }
        }
        return properties
    }

    private static func amount(_ text: String) -> UInt64? { text == "max" ? UInt64.max : UInt64(text) }

    /// `max` or a quota, and the period, which without a word is 100 ms.
    private static func bandwidth(_ text: String) -> [BusValue] {
        let words = text.split(separator: " ")
        guard let first = words.first, words.count <= 2 else { return [] }
        let quota: Int64? = first == "max" ? -1 : Int64(first)
        let period: UInt64? = words.count == 2 ? UInt64(words[1]) : 100_000
        guard let quota, let period, period > 0 else { return [] }
        return [
            .property("CPUQuotaPeriodUSec", .uint64(period)),
            .property("CPUQuotaPerSecUSec", .uint64(perSecond(quota: quota, period: period))),
        ]
    }
}
