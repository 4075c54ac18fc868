import ArgumentParser
import Format
import Images
import JSON
import Kernel
import Manifest

/// `docklock image inspect`
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show all that is known of images.",
        discussion: """
            Example:
              docklock image inspect --format '{{json .Config.Env}}' app
            """)

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "'json' or a Go template.")
    var format: String?
    @Option(help: "Only 'image' here: the static program shows containers.")
    var type: String = "image"
    @Argument(help: "Names or ids.")
    var images: [String]

    mutating func validate() throws {
        guard type == "image" else { throw ValidationError("\"\(type)\" is not an object that is kept here") }
    }

    mutating func run() throws {
        let store = try root.store
        var found: [JSONNode] = []
        var failures: [String] = []
        for name in images {
            do {
                found.append(try store.describe(store.find(name)))
            } catch {
                failures.append("\(error)")
            }
        }
        if let format, format != "json" {
            let template = try GoTemplate(format)
            for node in found { try Output.print(try template.text(for: node) + "\n") }
        } else {
            let bytes = JSONNode.array(found).encoded(pretty: format == nil)
            try Output.print(String(decoding: bytes, as: UTF8.self) + "\n")
        }
        if !failures.isEmpty { throw Failure(description: failures.joined(separator: "\n")) }
    }
}

/// `docklock history`
struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show how an image was made.")

    @OptionGroup var root: DataRoot
    @Flag(
        name: [.customShort("H"), .customLong("human")], inversion: .prefixedNo,
        help: "Sizes and times for people.")
    var human = true
    @Flag(name: .customLong("no-trunc"), help: "Don't shorten what is shown.")
    var noTrunc = false
    @Flag(name: [.short, .long], help: "Only show ids.")
    var quiet = false
    @Option(help: "'table', 'json', 'table TEMPLATE' or a Go template.")
    var format: String?
    @Argument(help: "A name or an id.")
    var image: String

    mutating func run() throws {
        let store = try root.store
        let lines = try store.history(of: store.find(image))
        if quiet {
            return try Output.print(lines.map { id($0) + "\n" }.joined())
        }
        let now = Host.now().seconds
        let rows = lines.map { row($0, now: now) }
        let headings = [
            (field: "ID", heading: "IMAGE"), ("CreatedSince", "CREATED"), ("CreatedAt", "CREATED AT"),
            ("CreatedBy", "CREATED BY"), ("Size", "SIZE"), ("Comment", "COMMENT"),
        ]
        let plain = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
        try Output.print(try Output.listing(rows, format, plain: plain, headings: headings))
    }

    private func id(_ line: HistoryLine) -> String {
        guard let id = line.id else { return "<missing>" }
        return noTrunc ? id.description : id.short
    }

    private func row(_ line: HistoryLine, now: Int64) -> JSONNode {
        let created = line.step.created.flatMap { Moment($0) }
        var step = line.step.createdBy
        if !noTrunc, step.count > 45 { step = String(step.prefix(44)) + "…" }
        let at = created?.description ?? "N/A"
        return [
            "Comment": .string(line.step.comment),
            "CreatedAt": .string(at),
            "CreatedBy": .string(step),
            "CreatedSince": .string(
                human ? created.map { Units.ago($0.seconds, now: now) } ?? "N/A" : at),
            "ID": .string(id(line)),
            "Size": .string(human ? Units.size(line.size) : String(line.size)),
        ]
    }
}
