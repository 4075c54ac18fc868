import ArgumentParser
import Digest
import Format
import Glibc
import Images
import Kernel
import Manifest
import Transfer

/// `docklock import`
struct ImportImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an image of the tar of a root filesystem.",
        discussion: """
            Examples:
              docklock import rootfs.tar.zst app:1
              tar -C rootfs -c . | docklock import -c 'CMD ["/bin/sh"]' - app
            """)

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "A Dockerfile instruction for the configuration. May be repeated.")
    var change: [String] = []
    @Option(name: [.short, .long], help: "A comment for the history.")
    var message: String = ""
    @Option(help: "What the tree runs on: os/architecture[/variant].")
    var platform: String?
    @Argument(help: "The archive, compressed or not; '-' is stdin.")
    var file: String
    @Argument(help: "The image's name.")
    var name: String?

    mutating func run() throws {
        var options = ImportOptions(created: now(), source: file)
        if let name {
            let reference = try Reference(name)
            guard reference.digest == nil else {
                throw Failure(description: "cannot import digest reference")
            }
            options.reference = reference.tagged
        }
        options.changes = change
        options.message = message
        if let platform { options.platform = try Platform(platform) }
        let store = try root.store
        let id = try store.changing {
            try withInput(file) { try store.importTree(from: $0, options) }
        }
        try Output.print("\(id)\n")
    }
}

/// The time as documents have it.
func now() -> String {
    let time = Host.now()
    return Moment(seconds: time.seconds, nanoseconds: time.nanoseconds).description
}

/// Reads a file that a person names, or stdin for `-`.
func withInput<Value>(_ path: String, _ work: (Int32) throws -> Value) throws -> Value {
    if path == "-" { return try work(0) }
    let file = try Descriptor.open(path, O_RDONLY)
    return try work(file.number)
}

extension ImageStore {
    /// Does something that adds to the store. Where it fails, what it had added and nothing keeps goes.
    func changing<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch {
            _ = try? sweep { try containerUses() }
            throw error
        }
    }
}
