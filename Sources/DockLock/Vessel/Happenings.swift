import Format
import Glibc
import JSON
import Kernel
import Request
import Upkeep

extension Vessels {
    /// `events`: what has happened and happens to containers. Without `--since` and `--until` only what
    /// happens from now on.
    public func events(_ request: LookRequest, tell: (String) throws -> Void) throws {
        try places.prepare()
        let known = ["container", "event", "image", "label", "type"]
        for filter in request.filters where !known.contains(filter.name) {
            throw VesselError("--filter: there is no filter \"\(filter.name)\" of events")
        }
        let template = try request.format.flatMap { $0 == "json" ? nil : try GoTemplate($0) }
        let now = Vessels.now
        let (since, until) = (request.since?.nanoseconds(now: now), request.until?.nanoseconds(now: now))
        let follows = request.streams && (until.map { $0 > now } ?? true)
        let flags = O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        let file = try Descriptor.open(places.events, flags, mode: 0o600)
        // Before the first look, so that nothing comes unseen between looking and waiting.
        let watch = follows ? try Watch(places.events) : nil
        if follows, since == nil, until == nil {
            try SystemError.check(Int(lseek(file.number, 0, SEEK_END)), "seek", places.events)
        }
        var lines = Lines()
        while true {
            while let line = try lines.next(from: file) {
                guard let event = try? JSON.parse(line), let time = event["timeNano"]?.int else { continue }
                if let until, time > until { return }
                guard since.map({ time >= $0 }) ?? true, Vessels.holds(request.filters, event) else {
                    continue
                }
                try tell(try shown(event, line, request, template))
            }
            guard let watch else { return }
            if let until, Vessels.now > until { return }
            watch.wait(until: until)
        }
    }

    private func shown(
        _ event: JSON, _ line: [UInt8], _ request: LookRequest, _ template: GoTemplate?
    ) throws -> String {
        if let template { return try template.text(for: Vessels.fields(event)) }
        if request.format == "json" { return String(decoding: line, as: UTF8.self) }
        return Vessels.sentence(event)
    }

    /// What templates can name: also what docker's had before it had actors.
    private static func fields(_ event: JSON) -> JSONNode {
        guard case .object(var members) = JSONNode(event) else { return .null }
        let actor = event["Actor"]
        members.append(.init("Status", .string(event["Action"]?.string ?? "")))
        members.append(.init("ID", .string(actor?["ID"]?.string ?? "")))
        members.append(.init("From", .string(actor?["Attributes"]?["image"]?.string ?? "")))
        return .object(members)
    }

    /// `2024-01-31T10:30:00Z container start ID (image=app:1, name=web)`.
    static func sentence(_ event: JSON) -> String {
        var attributes: [String] = []
        if var members = event["Actor"]?["Attributes"]?.members {
            while let (key, value) = members.next() {
                attributes.append((key.string ?? "") + "=" + (value.string ?? ""))
            }
        }
        let words = [
            Upkeep.Moment(event["timeNano"]?.int ?? 0).text, event["Type"]?.string ?? "",
            event["Action"]?.string ?? "", event["Actor"]?["ID"]?.string ?? "",
        ]
        return words.joined(separator: " ") + " (" + attributes.joined(separator: ", ") + ")"
    }

    /// Filters of one name are alternatives, those of different names must all hold.
    static func holds(_ filters: [Setting], _ event: JSON) -> Bool {
        let attributes = event["Actor"]?["Attributes"]
        func matches(_ filter: Setting) -> Bool {
            switch filter.name {
            case "type": return event["Type"]?.string == filter.value
            case "image": return attributes?["image"]?.string == filter.value
            case "event":
                let action = event["Action"]?.string ?? ""
                return action == filter.value || action.hasPrefix(filter.value + ":")
            case "label":
                let parts = filter.value.split(separator: "=", maxSplits: 1).map { String($0) }
                let value = attributes?[key: parts.first ?? ""]?.string
                return parts.count > 1 ? value == parts[1] : value != nil
            default:
                return attributes?["name"]?.string == filter.value
                    || event["Actor"]?["ID"]?.string?.hasPrefix(filter.value) == true
            }
        }
        return filters.allSatisfy { filter in filters.contains { $0.name == filter.name && matches($0) } }
    }
}

/// The whole lines of a file that grows.
private struct Lines {
    private static let blockSize = 64 << 10
    /// Longer lines are nobody's events.
    private static let lineMax = 1 << 20
    private var waiting: [UInt8] = []
    /// How much of `waiting` is read.
    private var from = 0

    /// nil where there is no more for now.
    mutating func next(from file: borrowing Descriptor) throws(SystemError) -> [UInt8]? {
        while true {
            if let end = waiting[from...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { from = end + 1 }
                return Array(waiting[from..<end])
            }
            waiting.removeFirst(from)
            from = 0
            if waiting.count > Lines.lineMax { waiting = [] }
            var block = [UInt8](repeating: 0, count: Lines.blockSize)
            let count = try SystemError.check(read(file.number, &block, block.count), "read the events")
            if count == 0 { return nil }
            waiting += block[..<count]
        }
    }
}

/// Wakes a reader when a file has grown.
private final class Watch {
    private let inotify: Descriptor

    init(_ path: String) throws(SystemError) {
        inotify = Descriptor(try SystemError.check(inotify_init1(O_CLOEXEC | O_NONBLOCK), "inotify_init1"))
        try SystemError.check(inotify_add_watch(inotify.number, path, UInt32(IN_MODIFY)), "watch", path)
    }

    /// Until it has, or the moment has come.
    func wait(until: Int64?) {
        var entry = pollfd(fd: inotify.number, events: Int16(POLLIN), revents: 0)
        let millis = until.map { max(0, ($0 - Vessels.now) / 1_000_000 + 1) }
        poll(&entry, 1, millis.map { Int32(clamping: $0) } ?? -1)
        var room = [UInt8](repeating: 0, count: 4096)
        while read(inotify.number, &room, room.count) > 0 {}
    }
}
