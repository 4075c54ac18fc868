import OCI

/// A device rule in numbers, what both the v1 files and the eBPF program are made from.
struct DeviceFilter: Equatable {
    var allow: Bool
    /// c, b, or a for both.
    var kind: UInt8
    /// Nil means any.
    var major: UInt32?
    var minor: UInt32?
    /// The bits of the kernel's BPF_DEVCG_ACC_*: 1 mknod, 2 read, 4 write.
    var access: UInt8

    static let anyAccess: UInt8 = 7

    init(allow: Bool, kind: UInt8, major: UInt32? = nil, minor: UInt32? = nil, access: UInt8 = anyAccess) {
        self.allow = allow
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// True for `a` without numbers: it decides for every device.
    var isEverything: Bool {
        kind == 0x61 && major == nil && minor == nil && access == DeviceFilter.anyAccess
    }

    /// Both name the same devices.
    func names(_ other: DeviceFilter) -> Bool {
        kind == other.kind && major == other.major && minor == other.minor
    }

    /// Every device that `other` names is named by this one.
    func covers(_ other: DeviceFilter) -> Bool {
        (kind == 0x61 || kind == other.kind) && (major == nil || major == other.major)
            && (minor == nil || minor == other.minor)
    }

    /// Some device is named by both.
    func meets(_ other: DeviceFilter) -> Bool {
        (kind == 0x61 || other.kind == 0x61 || kind == other.kind)
            && (major == nil || other.major == nil || major == other.major)
            && (minor == nil || other.minor == nil || minor == other.minor)
    }
}

/// The rules of a container: nothing is allowed but what a rule allows, and, for each kind of access,
/// the last rule that names a device decides.
struct DeviceRules {
    var filters: [DeviceFilter]

    /// The configuration's rules, then the devices that every container has.
    init(_ rules: [Resources.DeviceRule]) throws(CgroupError) {
        filters = [DeviceFilter(allow: false, kind: 0x61)]
        filters.reserveCapacity(rules.count + 12)
        for index in rules.indices { try add(rules[index], index: index) }
        filters += DeviceRules.always
    }

    private mutating func add(_ rule: Resources.DeviceRule, index: Int) throws(CgroupError) {
        func problem(_ text: String) -> CgroupError {
            CgroupError("linux.resources.devices[" + String(index) + "]: " + text)
        }
        guard rule.kind == 0x61 || rule.kind == 0x62 || rule.kind == 0x63 else {
            throw problem("type is not a, b or c")
        }
        var access: UInt8 = 0
        for letter in rule.access.utf8 {
            switch letter {
            case 0x6D: access |= 1
            case 0x72: access |= 2
            case 0x77: access |= 4
            default: throw problem("access \"" + rule.access + "\" has a letter besides r, w and m")
            }
        }
        var numbers: [UInt32?] = []
        for number in [rule.major, rule.minor] {
            guard let number, number != -1 else {
                numbers.append(nil)
                continue
            }
            guard let small = UInt32(exactly: number) else {
                throw problem("a device number is out of range")
            }
            numbers.append(small)
        }
        let filter = DeviceFilter(
            allow: rule.allow, kind: rule.kind, major: numbers[0], minor: numbers[1], access: access)
        if filter.access == 0 { return }
        // What came before a rule for everything counts no more.
        if filter.isEverything { filters.removeAll(keepingCapacity: true) }
        filters.append(filter)
    }

    /// null, zero, full, tty, urandom, random, console, ptmx, pts, and making any node: engines rely on
    /// them whatever their rules say.
    static let always: [DeviceFilter] = [
        DeviceFilter(allow: true, kind: 0x63, access: 1),
        DeviceFilter(allow: true, kind: 0x62, access: 1),
        DeviceFilter(allow: true, kind: 0x63, major: 1, minor: 3),
        DeviceFilter(allow: true, kind: 0x63, major: 1, minor: 8),
        DeviceFilter(allow: true, kind: 0x63, major: 1, minor: 7),
        DeviceFilter(allow: true, kind: 0x63, major: 5, minor: 0),
        DeviceFilter(allow: true, kind: 0x63, major: 1, minor: 5),
        DeviceFilter(allow: true, kind: 0x63, major: 1, minor: 9),
        DeviceFilter(allow: true, kind: 0x63, major: 5, minor: 1),
        DeviceFilter(allow: true, kind: 0x63, major: 136),
        DeviceFilter(allow: true, kind: 0x63, major: 5, minor: 2),
    ]

    /// A line for devices.allow or devices.deny of v1.
    struct Line: Equatable {
        var allow: Bool
        var text: String
    }

    /// The lines that make v1's list say the same. v1 keeps one answer for all and a list of exceptions,
    /// and takes from the list only what is named exactly as it stands there; a rule that it would
    /// silently pass over is spelt out for each exception, or refused where that cannot be.
    func legacyLines() throws(CgroupError) -> [Line] { try walk().lines }

    /// What is allowed when all rules are taken together, and nothing else is; nil where everything is
    /// allowed but for some.
    func allowed() throws(CgroupError) -> [DeviceFilter]? {
        let end = try walk()
        return end.answer ? nil : end.exceptions
    }

    private func walk() throws(CgroupError) -> (lines: [Line], answer: Bool, exceptions: [DeviceFilter]) {
        var lines: [Line] = []
        var answer = false
        var exceptions: [DeviceFilter] = []
        for filter in filters.flatMap({ DeviceRules.split($0) }) {
            if filter.isEverything {
                answer = filter.allow
                exceptions.removeAll(keepingCapacity: true)
                lines.append(Line(allow: answer, text: "a"))
            } else if filter.allow != answer {
                lines.append(Line(allow: filter.allow, text: DeviceRules.text(filter)))
                if let index = exceptions.firstIndex(where: { $0.names(filter) }) {
                    exceptions[index].access |= filter.access
                } else {
                    exceptions.append(filter)
                }
            } else {
                try DeviceRules.withdraw(filter, from: &exceptions, lines: &lines)
            }
        }
        return (lines, answer, exceptions)
    }

    /// Takes `filter` out of the exceptions that it meets.
    private static func withdraw(
        _ filter: DeviceFilter, from exceptions: inout [DeviceFilter], lines: inout [Line]
    ) throws(CgroupError) {
        for index in exceptions.indices {
            let common = exceptions[index].access & filter.access
            guard common != 0, filter.meets(exceptions[index]) else { continue }
            guard filter.covers(exceptions[index]) else {
                throw CgroupError(
                    "linux.resources.devices: " + text(filter) + " takes a part out of "
                        + text(exceptions[index]) + ", which cgroup v1 cannot express")
            }
            exceptions[index].access &= ~common
            var line = exceptions[index]
            line.access = common
            lines.append(Line(allow: filter.allow, text: text(line)))
        }
        exceptions.removeAll { $0.access == 0 }
    }

    /// v1 takes `a` with numbers for everything: both kinds are spelt out instead.
    private static func split(_ filter: DeviceFilter) -> [DeviceFilter] {
        guard filter.kind == 0x61, !filter.isEverything else { return [filter] }
        var block = filter
        var character = filter
        block.kind = 0x62
        character.kind = 0x63
        return [block, character]
    }

    static func text(_ filter: DeviceFilter) -> String {
        let kind = filter.kind == 0x61 ? "a " : filter.kind == 0x62 ? "b " : "c "
        let numbers =
            (filter.major.map { String($0) } ?? "*") + ":" + (filter.minor.map { String($0) } ?? "*")
        let letters =
            (filter.access & 2 != 0 ? "r" : "") + (filter.access & 4 != 0 ? "w" : "")
            + (filter.access & 1 != 0 ? "m" : "")
        return kind + numbers + " " + letters
    }
}
