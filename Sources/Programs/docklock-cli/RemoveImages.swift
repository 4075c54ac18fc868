import ArgumentParser
import Images
import Manifest

/// `docklock rmi`
struct RemoveImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmi", abstract: "Remove images.",
        discussion: "A name is taken away; with its last name the image goes, unless a container has it.")

    @OptionGroup var root: DataRoot
    @Flag(name: [.short, .long], help: "Remove an image also where stopped containers have it.")
    var force = false
    @Flag(name: .customLong("no-prune"), help: "Taken for docker's sake: parents are not kept here.")
    var noPrune = false
    @Argument(help: "Names or ids.")
    var images: [String]

    /// The spelling `image rm`.
    struct Second: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Remove images.", aliases: ["remove"])
        @OptionGroup var verb: RemoveImages
        mutating func run() throws { try verb.run() }
    }

    mutating func run() throws {
        let store = try root.store
        try forEach(images) { name in
            let removals = try store.remove(name, force: force) { try store.containerUses() }
            try Output.print(removals.map { $0.line }.joined())
        }
    }
}

extension Removal {
    /// As docker tells it.
    var line: String {
        switch self {
        case .untagged(let reference): "Untagged: \(reference.familiar)\n"
        case .deleted(let digest): "Deleted: \(digest)\n"
        }
    }
}

/// `docklock tag`
struct Tag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give an image a further name.",
        discussion: """
            Example:
              docklock tag app:latest registry.example/team/app:1.0
            """)

    @OptionGroup var root: DataRoot
    @Argument(help: "The image: a name or an id.")
    var image: String
    @Argument(help: "The new name.")
    var name: String

    mutating func run() throws {
        try root.store.tag(image, as: try Reference(name))
    }
}
