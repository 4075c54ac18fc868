import Format
import Glibc
import Images
import Kernel
import Manifest

/// The `--filter`s of images. Those of one kind are alternatives where docker has it so (`reference`); all
/// others must hold together.
struct ImageFilters {
    private var dangling: Bool?
    private var labels: [(key: String, value: String?)] = []
    private var references: [String] = []
    private var before: Int64?
    private var since: Int64?
    private var until: Int64?
    private var name: Reference?
    private var hasTag = false

    init(_ filters: [String], name: String? = nil, store: ImageStore) throws {
        for filter in filters {
            guard let equals = filter.firstIndex(of: "=") else {
                throw Failure(description: "invalid filter \"\(filter)\": expected name=value", status: 125)
            }
            let key = filter[..<equals]
            let value = String(filter[filter.index(after: equals)...])
            switch key {
            case "dangling":
                guard let flag = ["true": true, "1": true, "false": false, "0": false][value] else {
                    throw Failure(description: "invalid filter \"dangling=\(value)\"", status: 125)
                }
                dangling = flag
            case "label":
                let words = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                labels.append((String(words[0]), words.count > 1 ? String(words[1]) : nil))
            case "reference": references.append(value)
            case "before": before = try ImageFilters.created(value, store)
            case "since": since = try ImageFilters.created(value, store)
            case "until": until = try ImageFilters.time(value)
            default: throw Failure(description: "invalid filter '\(key)'", status: 125)
            }
        }
        if let name {
            let reference = try Reference(name)
            self.name = reference
            hasTag = reference.tag != nil
        }
    }

    func accept(_ line: ImageLine) throws -> Bool {
        if let dangling, dangling != line.image.tags.isEmpty { return false }
        if let before, line.created >= before { return false }
        if let since, line.created <= since { return false }
        if let until, line.created >= until { return false }
        for label in labels {
            guard let value = line.config.run.labels[label.key] else { return false }
            if let wanted = label.value, wanted != value { return false }
        }
        if name == nil, references.isEmpty { return true }
        return line.image.references.contains { accept(name: $0) }
    }

    func accept(name own: Reference?) -> Bool {
        if let name {
            guard let own, own.name == name.name, !hasTag || own.tag == name.tag else { return false }
        }
        if references.isEmpty { return true }
        guard let own else { return false }
        let names = [own.familiar, own.familiarName, own.description, own.name]
        for pattern in references {
            if names.contains(where: { fnmatch(pattern, $0, FNM_PATHNAME) == 0 }) { return true }
        }
        return false
    }

    private static func created(_ name: String, _ store: ImageStore) throws -> Int64 {
        let config = try store.config(try store.find(name).id)
        return config.created.flatMap { Moment($0)?.seconds } ?? 0
    }

    /// `24h`, `10m30s` before now, a time of RFC 3339, or seconds since 1970.
    private static func time(_ text: String) throws -> Int64 {
        if let moment = Moment(text) { return moment.seconds }
        if let seconds = Int64(text) { return seconds }
        var total: Int64 = 0
        var number: Int64 = 0
        var isOpen = false
        for byte in text.utf8 {
            let unit: Int64
            switch byte {
            case 0x30...0x39 where number < 1 << 40:
                number = number * 10 + Int64(byte - 0x30)
                isOpen = true
                continue
            case UInt8(ascii: "h"): unit = 3600
            case UInt8(ascii: "m"): unit = 60
            case UInt8(ascii: "s"): unit = 1
            default: throw Failure(description: "invalid filter \"until=\(text)\"", status: 125)
            }
            total += number * unit
            (number, isOpen) = (0, false)
        }
        guard !isOpen, !text.isEmpty else {
            throw Failure(description: "invalid filter \"until=\(text)\"", status: 125)
        }
        return Host.now().seconds - total
    }
}
