import ArgumentParser
import Builder
import Containerfile
import Digest
import Glibc
import Images
import Kernel
import Manifest

/// `docklock build`
struct BuildImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build an image as a Containerfile says.",
        discussion: """
            Examples:
              docklock build -t app:1 .
              SOURCE_DATE_EPOCH=0 docklock build --build-arg VERSION=2 -f images/app/Containerfile -t app:2 .
            """)

    @OptionGroup var root: DataRoot
    @Option(name: [.short, .long], help: "The image's name. May be repeated.")
    var tag: [String] = []
    @Option(name: [.short, .long], help: "The Containerfile; without it, the one in the context.")
    var file: String?
    @Option(help: "NAME=value for an ARG, or NAME for its value here. May be repeated.")
    var buildArg: [String] = []
    @Option(help: "The stage to build: a name or a number.")
    var target: String?
    @Flag(help: "Don't use what earlier builds made.")
    var noCache = false
    @Flag(help: "Pull the images that it begins with, also those that are here.")
    var pull = false
    @Option(help: "A label for the image: name=value. May be repeated.")
    var label: [String] = []
    @Option(help: "What steps may reach: default, none or host.")
    var network: BuildNetwork = .standard
    @Option(name: .customLong("root"), help: "The directory of states of containers.")
    var states: String?
    @Option(help: "Write the image's id to this file.")
    var iidfile: String?
    @Flag(name: [.short, .long], help: "Only print the image's id.")
    var quiet = false
    @Option(help: "No time in the image is later, in seconds since 1970; without it, SOURCE_DATE_EPOCH.")
    var timestamp: Int64?
    @Argument(help: "The context: the directory that is copied from.")
    var context: String

    mutating func run() throws {
        let time = Host.now()
        guard Files.isDirectory(context) else {
            throw Failure(description: "the context \(context) is no directory")
        }
        var request = BuildRequest(
            context: try absolute(context), now: time.seconds, program: try Sibling.path(),
            tool: "docklock")
        request.file = try file.map(absolute)
        request.references = try tag.map { text in
            let reference = try Reference(text).tagged
            guard reference.digest == nil else {
                throw Failure(description: "\(text): a new image cannot be named by a digest")
            }
            return reference
        }
        request.timeMax = try timestamp ?? Self.sourceDate()
        request.arguments.given = try arguments(request.timeMax)
        request.labels = try label.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard !parts[0].isEmpty else { throw Failure(description: "--label \(text): it has no name") }
            return Pair(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        (request.target, request.usesCache, request.network) = (target, !noCache, network)
        (request.isQuiet, request.isFresh) = (quiet, pull)
        request.stateRoot = try states.map(absolute)
        let isQuiet = quiet
        let output = try iidfile.map(absolute)
        let store = try root.store
        request.obtain = { try PullImages.inChild($0, to: store, isQuiet: isQuiet) }
        let id: Digest
        do {
            // What steps made before one failed is not swept: the next try uses it.
            id = try Building.build(
                request, in: store, tell: { if !isQuiet { try Output.print($0) } }, warn: Output.complain)
        } catch let error as BuildError {
            throw Failure(description: error.description, status: error.status)
        }
        if let output { try Files.replace(output, with: Array(id.description.utf8), mode: 0o644) }
        try Output.print("\(id)\n")
    }

    /// What `--build-arg` says; `SOURCE_DATE_EPOCH` is known to any step that has an `ARG` for it.
    private func arguments(_ timeMax: Int64?) throws -> [Pair] {
        var given: [Pair] = []
        for text in buildArg {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard !name.isEmpty else { throw Failure(description: "--build-arg \(text): it has no name") }
            let value = parts.count > 1 ? String(parts[1]) : Host.environment(name)
            if let value { given.set(name, value) }
        }
        if let timeMax, given["SOURCE_DATE_EPOCH"] == nil {
            given.set("SOURCE_DATE_EPOCH", String(timeMax))
        }
        return given
    }

    /// reproducible-builds.org, specs/source-date-epoch.
    private static func sourceDate() throws -> Int64? {
        guard let text = Host.environment("SOURCE_DATE_EPOCH"), !text.isEmpty else { return nil }
        guard let seconds = Int64(text), seconds >= 0 else {
            throw Failure(description: "SOURCE_DATE_EPOCH: \"\(text)\" is no time in seconds since 1970")
        }
        return seconds
    }
}

extension BuildNetwork: ExpressibleByArgument {}
