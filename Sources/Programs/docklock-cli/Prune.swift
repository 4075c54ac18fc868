import ArgumentParser
import Format
import Glibc
import Images
import JSON
import Kernel

/// `docklock image prune`
struct PruneImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove images that nobody needs.")

    @OptionGroup var root: DataRoot
    @Flag(name: [.short, .long], help: "All that no container has, not only those without a name.")
    var all = false
    @Flag(name: [.short, .long], help: "Don't ask.")
    var force = false
    @Option(help: "Only what fits: label=, until=. May be repeated.")
    var filter: [String] = []

    mutating func run() throws {
        let what = all ? "all images without at least one container" : "all dangling images"
        guard try force || confirmed("WARNING! This will remove \(what).") else { return }
        let store = try root.store
        let filters = try ImageFilters(filter, store: store)
        let (removals, bytes) = try store.prune(all: all, uses: { try store.containerUses() }) { image in
            try filters.accept(ImageLine(image, store.config(image.id), store))
        }
        var text = removals.isEmpty ? "" : "Deleted Images:\n" + removals.map(\.line).joined() + "\n"
        text += "Total reclaimed space: \(Units.size(bytes))\n"
        try Output.print(text)
    }
}

/// `docklock system prune`
struct PruneSystem: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove what nobody needs.")

    @OptionGroup var verb: PruneImages

    mutating func run() throws { try verb.run() }
}

/// `docklock system df`
struct DiskUsage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df", abstract: "Show what is stored and how large it is.")

    @OptionGroup var root: DataRoot
    @Option(help: "'json', 'table TEMPLATE' or a Go template.")
    var format: String?

    mutating func run() throws {
        let store = try root.store
        let use = try store.diskUse(uses: try store.containerUses())
        let share = use.bytes == 0 ? 0 : use.reclaimableBytes * 100 / use.bytes
        let rows: [JSONNode] = [
            [
                "Type": .string("Images"), "TotalCount": .string(String(use.images)),
                "Active": .string(String(use.active)), "Size": .string(Units.size(use.bytes, digits: 4)),
                "Reclaimable": .string("\(Units.size(use.reclaimableBytes, digits: 4)) (\(share)%)"),
            ]
        ]
        let plain = "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"
        let headings = [(field: "TotalCount", heading: "TOTAL")]
        try Output.print(try Output.listing(rows, format, plain: plain, headings: headings))
    }
}

/// Whether a person says yes.
func confirmed(_ warning: String) throws -> Bool {
    try Output.print(warning + "\nAre you sure you want to continue? [y/N] ")
    guard let line = readLine() else { return false }
    return line.lowercased().hasPrefix("y")
}
