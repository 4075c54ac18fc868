import ArgumentParser
import Format
import Glibc
import JSON
import Kernel
import Pod
import Pods

/// `docklock vpod ps`
struct ListVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List vPods.", aliases: ["ls", "list"])

    @OptionGroup var places: VpodPlaces
    @Option(help: "'table', 'json' or a Go template.")
    var format: String?
    @Flag(name: .customLong("no-trunc"), help: "Ids in full.")
    var untruncated = false
    @Flag(name: [.short, .long], help: "Ids alone.")
    var quiet = false

    mutating func run() throws {
        let rows = try places.vpods.rows(isShort: !untruncated)
        let plain =
            quiet
            ? "{{.ID}}"
            : "table {{.ID}}\t{{.Name}}\t{{.Status}}\t{{.Created}}\t{{.InfraID}}"
                + "\t{{.Containers}}"
        try Output.print(
            try Output.listing(rows, quiet ? nil : format, plain: plain, headings: Vpods.columns))
    }
}

/// `docklock vpod inspect`
struct InspectVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show all that is known of vPods.",
        discussion: """
            The key is "ed25519:" and the 32 bytes of the public key (RFC 8032) as hexadecimal digits.

            Example:
              docklock vpod inspect --format '{{.Key}}' web
            """)

    @OptionGroup var places: VpodPlaces
    @Option(name: [.short, .long], help: "'json' or a Go template.")
    var format: String?
    @Argument(help: "Names or ids.")
    var names: [String]

    mutating func run() throws {
        let vpods = try places.vpods
        let found = try names.map { try vpods.describe(try vpods.find($0)) }
        if let format, format != "json" {
            let template = try GoTemplate(format)
            for node in found { try Output.print(try template.text(for: node) + "\n") }
        } else {
            let bytes = JSONNode.array(found).encoded(pretty: format == nil)
            try Output.print(bytes + [UInt8(ascii: "\n")])
        }
    }
}

/// `docklock vpod logs`
struct LogsOfVpod: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what the containers of a vPod have written.")

    @OptionGroup var places: VpodPlaces
    @Flag(name: [.short, .long], help: "Wait for more.")
    var follow = false
    @Option(name: [.short, .long], help: "Only this container's.")
    var container: String?
    @Option(help: "Lines from the end.")
    var tail: String?
    @Option(help: "Only from then on: 10m, 2024-01-31T10:30:00Z.")
    var since: String?
    @Flag(name: [.short, .long], help: "With the time of each line.")
    var timestamps = false
    @Argument(help: "A name or an id.")
    var name: String

    mutating func run() throws {
        let vpods = try places.vpods
        var flags: [String] = []
        if follow { flags.append("--follow") }
        if timestamps { flags.append("--timestamps") }
        if let tail { flags += ["--tail", tail] }
        if let since { flags += ["--since", since] }
        let record = try vpods.find(name)
        let status = try vpods.logs(record, container: container, flags: flags, follows: follow)
        if status != 0 { _exit(status) }
    }
}

/// `docklock vpod stats`
struct StatsOfVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what the containers of vPods use.")

    @OptionGroup var places: VpodPlaces
    @Flag(name: .customLong("no-stream"), help: "Once, and no more.")
    var once = false
    @Option(help: "'table', 'json' or a Go template.")
    var format: String?
    @Argument(help: "Names or ids; without any, all.")
    var names: [String] = []

    mutating func run() throws {
        let vpods = try places.vpods
        let records = names.isEmpty ? try vpods.all() : try names.map { try vpods.find($0) }
        let flags = (once ? ["--no-stream"] : []) + (format.map { ["--format", $0] } ?? [])
        let status = try vpods.stats(records, flags: flags)
        if status != 0 { _exit(status) }
    }
}

/// `docklock vpod generate`
struct GenerateUnits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Write the units by which systemd starts vPods at boot.",
        discussion: """
            A unit counts as started when the health checks of its containers pass.

            Example:
              docklock vpod generate --files /etc/systemd/system --after docklock-vpod-db.service web
              systemctl enable --now docklock-vpod-web.service
            """)

    @OptionGroup var places: VpodPlaces
    @Option(help: "The directory to write them to; without it, they are printed.")
    var files: String?
    @Option(name: .customLong("restart-policy"), help: "no, on-failure or always; without it, the vPod's.")
    var restart: String?
    @Option(help: "A unit to start after. May be repeated.")
    var after: [String] = []
    @Option(help: "A unit to start, too. May be repeated.")
    var wants: [String] = []
    @Option(help: "A unit without which this one does not start. May be repeated.")
    var requires: [String] = []
    @Argument(help: "Names or ids.")
    var names: [String]

    mutating func validate() throws {
        if let restart, PodRestart(rawValue: restart) == nil {
            throw ValidationError("--restart-policy: \"\(restart)\" is none of no, on-failure, always")
        }
        for word in after + wants + requires
        where word.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) || !word.contains(".") {
            throw ValidationError("\"\(word)\" is not the name of a unit, such as db.service")
        }
    }

    mutating func run() throws {
        let vpods = try places.vpods
        for name in names {
            var unit = try vpods.unit(of: try vpods.find(name))
            if let restart, let policy = PodRestart(rawValue: restart) { unit.restart = policy }
            (unit.after, unit.wants, unit.requires) = (after, wants, requires)
            guard let files else {
                try Output.print("# \(unit.file)\n" + unit.text)
                continue
            }
            let path = try absolute(files) + "/" + unit.file
            try Files.replace(path, with: Array(unit.text.utf8), mode: 0o644)
            try Output.print(path + "\n")
        }
    }
}
