import ArgumentParser
import Digest
import Format
import Images
import JSON
import Kernel
import Manifest

/// `docklock images`
struct ListImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "List images.",
        discussion: """
            Examples:
              docklock images
              docklock images --filter reference='app:*' --format '{{.ID}} {{.Size}}'
            """)

    @OptionGroup var root: DataRoot
    @Flag(name: [.short, .long], help: "Show all images; there are no hidden ones here.")
    var all = false
    @Flag(name: [.short, .long], help: "Only show ids.")
    var quiet = false
    @Flag(help: "Show digests.")
    var digests = false
    @Flag(name: .customLong("no-trunc"), help: "Don't shorten what is shown.")
    var noTrunc = false
    @Option(
        name: [.short, .long],
        help: "Show only what fits: dangling=, label=, before=, since=, reference=. May be repeated.")
    var filter: [String] = []
    @Option(help: "'table', 'json', 'table TEMPLATE' or a Go template.")
    var format: String?
    @Argument(help: "A repository, with a tag or without.")
    var name: String?

    /// The spelling `image ls`.
    struct Second: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List images.", aliases: ["list"])
        @OptionGroup var verb: ListImages
        mutating func run() throws { try verb.run() }
    }

    mutating func run() throws {
        let store = try root.store
        let filters = try ImageFilters(filter, name: name, store: store)
        var lines: [ImageLine] = []
        for image in try store.images() {
            let line = ImageLine(image, try store.config(image.id), store)
            if try filters.accept(line) { lines.append(line) }
        }
        lines.sort { ($0.created, $0.image.id.hex) > ($1.created, $1.image.id.hex) }
        try Output.print(try text(lines, filters))
    }

    private func text(_ lines: [ImageLine], _ filters: ImageFilters) throws -> String {
        let now = Host.now().seconds
        if quiet {
            return lines.map { $0.id(noTrunc) + "\n" }.joined()
        }
        var rows: [JSONNode] = []
        for line in lines {
            rows += line.rows(noTrunc: noTrunc, digests: digests, now: now) { filters.accept(name: $0) }
        }
        let headings = [
            (field: "Repository", heading: "REPOSITORY"), ("Tag", "TAG"), ("Digest", "DIGEST"),
            ("ID", "IMAGE ID"),
            ("CreatedSince", "CREATED"), ("CreatedAt", "CREATED AT"), ("Size", "SIZE"),
        ]
        let plain =
            "table {{.Repository}}\t{{.Tag}}\t" + (digests ? "{{.Digest}}\t" : "")
            + "{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
        return try Output.listing(rows, format, plain: plain, headings: headings)
    }
}

/// An image as lists show it.
struct ImageLine {
    let image: Image
    let config: ImageConfig
    let size: Int64
    /// Seconds since 1970; 0 where nobody said.
    let created: Int64

    init(_ image: Image, _ config: ImageConfig, _ store: ImageStore) {
        self.image = image
        self.config = config
        size = store.size(of: config)
        created = config.created.flatMap { Moment($0)?.seconds } ?? 0
    }

    func id(_ whole: Bool) -> String { whole ? image.id.description : image.id.short }

    /// A row for each tag, or one for none.
    func rows(
        noTrunc: Bool, digests: Bool, now: Int64, where accept: (Reference?) -> Bool
    ) -> [JSONNode] {
        let names: [Reference?] =
            !image.tags.isEmpty ? image.tags : image.digests.isEmpty ? [nil] : image.digests
        return names.filter(accept).map { name in
            let digest = name.flatMap { name in
                image.digests.first { $0.name == name.name }?.digest
            }
            return [
                "Containers": .string("N/A"),
                "CreatedAt": .string(Moment(seconds: created).description),
                "CreatedSince": .string(created == 0 ? "N/A" : Units.ago(created, now: now)),
                "Digest": .string(digest?.description ?? "<none>"),
                "ID": .string(id(noTrunc)),
                "Repository": .string(name?.familiarName ?? "<none>"),
                "SharedSize": .string("N/A"),
                "Size": .string(Units.size(size)),
                "Tag": .string(name?.tag ?? "<none>"),
                "UniqueSize": .string("N/A"),
                "VirtualSize": .string(Units.size(size)),
            ]
        }
    }
}
