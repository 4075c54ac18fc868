import Format
import Glibc
import JSON
import Keeper
import Kernel
import Request
import Upkeep

extension Vessels {
    /// `ps`: the list, as docker prints it.
    public func list(_ request: ContainerListRequest) throws -> String {
        var vessels = try all().compactMap { $0.isLost ? try settled($0) : $0 }
        if !request.all, request.last == nil, !request.filters.contains(where: { $0.name == "status" }) {
            vessels = vessels.filter(\.isRunning)
        }
        for filter in request.filters { vessels = try vessels.filter { try holds(filter, $0) } }
        if let last = request.last { vessels = Array(vessels.prefix(last)) }
        let isShort = !request.isUntruncated
        if request.isQuiet {
            return vessels.reduce("") {
                $0 + (isShort ? String($1.record.id.prefix(12)) : $1.record.id) + "\n"
            }
        }
        let rows = vessels.map { row($0, isShort: isShort) }
        if let format = request.format { return try formatted(rows, format) }
        var table = rows.map { row in Vessels.columns.map { row.text($0.field) } }
        if request.hasHeading { table.insert(Vessels.columns.map(\.heading), at: 0) }
        return Table.text(table)
    }

    /// A container whose keeper was killed, with its end written down; nil where it was to be removed then.
    private func settled(_ vessel: Vessel) throws -> Vessel? {
        // Who may not write it down sees it all the same.
        guard (try? Keeper.settle(vessel.folder, finish: { try? wiring.detach($0.id) })) != nil else {
            return vessel
        }
        return try load(vessel.record.id)
    }

    private static let columns: [(field: String, heading: String)] = [
        ("ID", "CONTAINER ID"), ("Image", "IMAGE"), ("Command", "COMMAND"), ("CreatedAgo", "CREATED"),
        ("Status", "STATUS"), ("Ports", "PORTS"), ("Names", "NAMES"),
    ]

    private func formatted(_ rows: [JSONNode], _ format: String) throws -> String {
        if format == "json" {
            return rows.reduce("") { $0 + String(decoding: $1.encoded(), as: UTF8.self) + "\n" }
        }
        let template = try GoTemplate(format)
        return try template.lines(for: rows, headings: Vessels.columns)
    }

    func holds(_ filter: Setting, _ vessel: Vessel) throws -> Bool {
        let record = vessel.record
        switch filter.name {
        case "id": return record.id.hasPrefix(filter.value)
        case "name": return record.name.contains(filter.value)
        case "status": return condition(vessel) == filter.value
        case "ancestor": return record.imageName == filter.value || record.image.contains(filter.value)
        case "label":
            return record.labels.contains {
                $0.name == filter.value || "\($0.name)=\($0.value)" == filter.value
            }
        case "pod":
            return record.labels.contains { $0.name == Berth.label && $0.value.hasPrefix(filter.value) }
        case "exited": return vessel.condition == "exited" && String(vessel.status) == filter.value
        default: throw VesselError("--filter: there is no filter \"\(filter.name)\"")
        }
    }

    private func row(_ vessel: Vessel, isShort: Bool) -> JSONNode {
        let record = vessel.record
        // As docker quotes: words with a space, and no others.
        let words = record.command.map { $0.utf8.contains(UInt8(ascii: " ")) ? "'\($0)'" : $0 }
        let command = words.joined(separator: " ")
        let shown = isShort && command.utf8.count > 20 ? String(command.prefix(19)) + "…" : command
        let ports = vessel.isRunning ? (try? Files.text(vessel.folder + "/ports")) ?? "" : ""
        return [
            "ID": .string(isShort ? String(record.id.prefix(12)) : record.id),
            "Image": .string(record.imageName), "Command": .string("\"\(shown)\""),
            "CreatedAt": .string(record.created), "CreatedAgo": .string(age(record.created)),
            "RunningFor": .string(age(record.created)), "Status": .string(status(vessel)),
            "State": .string(condition(vessel)),
            "Ports": .string(
                ports.split(separator: "\n").reduce("") { $0.isEmpty ? "\($1)" : "\($0), \($1)" }),
            "Names": .string(record.name),
            "Labels": .string(
                record.labels.reduce("") { ($0.isEmpty ? "" : $0 + ",") + $1.name + "=" + $1.value }),
        ]
    }

    private func isPaused(_ vessel: Vessel) -> Bool {
        vessel.isRunning && (try? dock.isPaused(vessel.record.id)) == true
    }

    private func condition(_ vessel: Vessel) -> String { isPaused(vessel) ? "paused" : vessel.condition }

    private func age(_ time: String) -> String {
        guard let moment = Upkeep.Moment(time.utf8) else { return "" }
        return Units.ago(moment.nanoseconds / 1_000_000_000, now: Vessels.now / 1_000_000_000)
    }

    /// `Up 3 minutes (healthy)`, `Exited (0) 2 hours ago`, `Created`.
    private func status(_ vessel: Vessel) -> String {
        guard let state = vessel.state else { return "Created" }
        let now = Vessels.now / 1_000_000_000
        switch state.status {
        case .starting: return "Created"
        case .restarting: return "Restarting (\(state.exitStatus))"
        case .running:
            let since = (state.started?.nanoseconds ?? 0) / 1_000_000_000
            let paused = isPaused(vessel) ? " (Paused)" : ""
            let health = state.health?.text("Status") ?? ""
            let told = health.isEmpty ? "" : health == "starting" ? " (health: starting)" : " (\(health))"
            return "Up " + Units.span(max(now - since, 0)) + paused + told
        case .exited:
            let at = (state.finished?.nanoseconds ?? 0) / 1_000_000_000
            return "Exited (\(state.exitStatus))" + (at > 0 ? " " + Units.ago(at, now: now) : "")
        }
    }

    /// `logs` of one container: what it wrote goes to the two descriptors.
    public func logs(_ request: LogsRequest, output: Int32 = 1, errors: Int32 = 2) throws {
        let now = Vessels.now
        for name in request.containers {
            let vessel = try find(name)
            let keeping = try Keeper.keeping(of: vessel.folder)
            var choice = LogChoice()
            choice.follows = request.follows
            choice.tail = request.tail
            choice.since = request.since.map { Upkeep.Moment($0.nanoseconds(now: now)) }
            choice.until = request.until.map { Upkeep.Moment($0.nanoseconds(now: now)) }
            let isAlone = request.containers.count == 1
            try LogReader(keeping.log, folder: vessel.folder).read(choice) { record in
                var bytes: [UInt8] = []
                if request.hasNames || !isAlone { bytes += Array((vessel.record.name + " ").utf8) }
                if request.hasTimestamps { bytes += Array((record.time.text + " ").utf8) }
                bytes += record.bytes
                return Vessels.put(bytes, record.stream == .stdout ? output : errors)
            }
        }
    }

    /// False where nobody reads any more.
    private static func put(_ bytes: [UInt8], _ number: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            // Sound: the pointer and the length are those of the same buffer.
            let count = rest.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// `port`: the published ports of a running container, a line each.
    public func ports(_ name: String, only: String?) throws -> String {
        let vessel = try find(name)
        let text = (try? Files.text(vessel.folder + "/ports")) ?? ""
        // As they are kept: `0.0.0.0:8080->80/tcp`.
        let pairs = text.split(separator: "\n").compactMap { line -> (host: String, port: String)? in
            guard let arrow = line.firstIndex(of: ">") else { return nil }
            return (String(line[..<arrow].dropLast()), String(line[line.index(after: arrow)...]))
        }
        guard let only else { return pairs.reduce("") { $0 + "\($1.port) -> \($1.host)\n" } }
        let wanted = only.contains("/") ? only : only + "/tcp"
        let found = pairs.filter { $0.port == wanted }
        guard !found.isEmpty else {
            throw VesselError("container \(name) publishes no port \(wanted)", status: 1)
        }
        return found.reduce("") { $0 + $1.host + "\n" }
    }
}

extension Vessels.Vessel {
    var status: Int32 { state?.exitStatus ?? 0 }
}

extension JSONNode {
    /// The text of a member; empty where there is none.
    func text(_ key: String) -> String {
        guard case .object(let members) = self,
            case .string(let text)? = members.first(where: { $0.key == key })?.value
        else { return "" }
        return text
    }
}
