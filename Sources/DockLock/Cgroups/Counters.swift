import Report

/// A flat keyed file, such as memory.stat: a name and a number a line.
struct Counters: Sendable {
    var entries: [Statistics.Counter] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let value = UInt64(words[1]) else { continue }
            entries.append(Statistics.Counter(name: String(words[0]), value: value))
        }
    }

    subscript(name: String) -> UInt64? { entries.first { $0.name == name }?.value }
}

/// The shapes of the other files that statistics are read from.
enum StatisticsText {
    /// Blank-separated numbers of one line.
    static func numbers(_ text: String) -> [UInt64] {
        text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { UInt64($0) }
    }

    /// `0-3,7` as its numbers; a list of the kernel's, so a broken one is cut where it breaks.
    static func list(_ text: String) -> [UInt32] {
        var numbers: [UInt32] = []
        for part in text.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
            let ends = part.split(separator: "-").map { UInt32($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
                last - first < 65_536
            else { break }
            numbers += first...last
        }
        return numbers
    }

    /// v1's `8:0 Read 4096` lines; the last line, `Total 8192`, names no device and is left out.
    static func blockEntries(_ text: String) -> [Statistics.BlockEntry] {
        var entries: [Statistics.BlockEntry] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let device = words.first.flatMap({ device($0) }),
                let value = words.last.flatMap({ UInt64($0) })
            else { continue }
            let operation = words.count == 3 ? String(words[1]) : ""
            entries.append(
                Statistics.BlockEntry(major: device.0, minor: device.1, operation: operation, value: value))
        }
        return entries
    }

    /// v2's io.stat, `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …`, as v1's two files.
    static func ioStat(_ text: String) -> Statistics.BlockIO {
        var block = Statistics.BlockIO()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let device = words.first.flatMap({ device($0) }) else { continue }
            for word in words.dropFirst() {
                let pair = word.split(separator: "=")
                guard pair.count == 2, let value = UInt64(pair[1]) else { continue }
                func entry(_ operation: String) -> Statistics.BlockEntry {
                    Statistics.BlockEntry(
                        major: device.0, minor: device.1, operation: operation, value: value)
                }
                switch pair[0] {
                case "rbytes": block.serviceBytes.append(entry("Read"))
                case "wbytes": block.serviceBytes.append(entry("Write"))
                case "dbytes": block.serviceBytes.append(entry("Discard"))
                case "rios": block.serviced.append(entry("Read"))
                case "wios": block.serviced.append(entry("Write"))
                case "dios": block.serviced.append(entry("Discard"))
                default: break
                }
            }
        }
        return block
    }

    /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` and `full …`.
    static func pressure(_ text: String) -> Statistics.Pressure? {
        var pressure = Statistics.Pressure()
        var found = false
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            var stall = Statistics.Pressure.Stall()
            for word in words.dropFirst() {
                let pair = word.split(separator: "=")
                guard pair.count == 2 else { continue }
                switch pair[0] {
                case "avg10": stall.average10 = Double(pair[1]) ?? 0
                case "avg60": stall.average60 = Double(pair[1]) ?? 0
                case "avg300": stall.average300 = Double(pair[1]) ?? 0
                case "total": stall.total = UInt64(pair[1]) ?? 0
                default: break
                }
            }
            if words.first == "some" { pressure.some = stall } else { pressure.full = stall }
            found = true
        }
        return found ? pressure : nil
    }

    private static func device(_ word: Substring) -> (UInt64, UInt64)? {
        let numbers = word.split(separator: ":").map { UInt64($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        return (major, minor)
    }
}
