import ArgumentParser
import Digest
import Glibc
import Images
import Kernel
import Layers
import Manifest
import Transfer

/// `docklock commit`
struct CommitContainer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Make an image of a container.",
        discussion: """
            Example:
              docklock commit -m 'with tools' -c 'CMD ["/bin/tool"]' web web:tools
            """)

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "Who made it.")
    var author: String = ""
    @Option(name: [.short, .long], help: "A Dockerfile instruction for the configuration. May be repeated.")
    var change: [String] = []
    @Option(name: [.short, .long], help: "A comment for the history.")
    var message: String = ""
    @Argument(help: "The container: a name or an id.")
    var container: String
    @Argument(help: "The image's name.")
    var name: String?

    mutating func run() throws {
        var options = CommitOptions(created: now())
        options.reference = try name.map { try Reference($0).tagged }
        guard options.reference?.digest == nil else {
            throw Failure(description: "a new image cannot be named by a digest")
        }
        (options.author, options.message, options.changes) = (author, message, change)
        let store = try root.store
        let id = try store.changing { try store.commit(store.container(container), options) }
        try Output.print("\(id)\n")
    }
}

/// `docklock export`
struct ExportContainer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a container's tree as a tar archive.")

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "The file to write; without it, stdout.")
    var output: String?
    @Argument(help: "A name or an id.")
    var container: String

    mutating func run() throws {
        let store = try root.store
        let found = try store.container(container)
        let path = try output.map(absolute)
        try withOutput(path) { take in try store.export(found, write: take) }
    }
}

/// `docklock diff`
struct DiffContainer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what a container changed in its tree.",
        discussion: "A is for added, C for changed, D for deleted.")

    @OptionGroup var root: DataRoot
    @Argument(help: "A name or an id.")
    var container: String

    mutating func run() throws {
        let store = try root.store
        var text: [UInt8] = []
        for change in try store.changes(of: store.container(container)) {
            text += Array((change.kind.rawValue + " ").utf8) + change.path + [UInt8(ascii: "\n")]
        }
        try Output.print(text)
    }
}
