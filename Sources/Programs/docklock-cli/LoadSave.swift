import ArgumentParser
import Digest
import Glibc
import Images
import Kernel
import Manifest
import Transfer

/// `docklock load`
struct LoadImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load images from an archive or a directory.",
        discussion: "Archives of docker and of OCI, compressed or not, and OCI layouts are read.")

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "The archive or directory; without it, stdin.")
    var input: String?
    @Flag(name: [.short, .long], help: "Don't say what was loaded.")
    var quiet = false
    @Option(help: "Of an image for several platforms: os/architecture[/variant].")
    var platform: String?

    mutating func run() throws {
        if input == nil, isatty(0) == 1 {
            throw Failure(description: "requested load from stdin, but stdin is a terminal: use -i FILE")
        }
        let store = try root.store
        let platform = try platform.map { try Platform($0) } ?? .host
        let path = input ?? "-"
        let loaded = try store.changing {
            if path != "-", Files.isDirectory(path) {
                return try store.load(folder: path, platform: platform)
            }
            return try withInput(path) { try store.load(from: $0, name: path, platform: platform) }
        }
        if quiet { return }
        for image in loaded {
            for reference in image.references { try Output.print("Loaded image: \(reference.familiar)\n") }
            if image.references.isEmpty { try Output.print("Loaded image ID: \(image.id)\n") }
        }
    }
}

/// `docklock save`
struct SaveImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Save images to an archive or a directory.",
        discussion: """
            Examples:
              docklock save -o app.tar app:1 app:2
              docklock save app | zstd >app.tar.zst
              docklock save --format oci-dir -o layout app
            """)

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "The file or directory to write; without it, stdout.")
    var output: String?
    @Option(help: "docker-archive, oci-archive or oci-dir.")
    var format: SaveFormat = .dockerArchive
    @Argument(help: "Names or ids.")
    var images: [String]

    mutating func run() throws {
        let store = try root.store
        if format == .ociFolder {
            guard let output else { throw Failure(description: "oci-dir wants -o DIRECTORY", status: 125) }
            return try store.save(images, folder: output)
        }
        try withOutput(output) { take in try store.save(images, format, write: take) }
    }
}

extension SaveFormat: ExpressibleByArgument {}

/// Gives `work` what writes to the file, which is replaced when all is written; or to stdout.
func withOutput(_ path: String?, _ work: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    guard let path, path != "-" else {
        guard isatty(1) == 0 else {
            throw Failure(description: "refusing to write an archive to a terminal: use -o or redirect")
        }
        return try work { try Stream.write($0, to: 1, "standard output") }
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        let file = try Descriptor.open(path, O_WRONLY)
        return try work { try Stream.write($0, to: file.number, path) }
    }
    let draft = path + ".part"
    do {
        let file = try Descriptor.open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
        try work { try Stream.write($0, to: file.number, path) }
        try SystemError.check(rename(draft, path), "rename", path)
    } catch {
        _ = unlink(draft)
        throw error
    }
}
