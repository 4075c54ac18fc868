import ArgumentParser
import Glibc
import Images
import Kernel
import Manifest
import Registry

/// `docklock pull`
struct PullImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Pull images from registries.",
        discussion: """
            Examples:
              docklock pull alpine:3.20
              docklock pull --platform linux/arm64 registry.example:5000/team/app@sha256:...
            """)

    @OptionGroup var root: DataRoot
    @OptionGroup var registry: RegistryFlags
    @Option(help: "USER:PASSWORD for the registry. Others may see it in the list of processes.")
    var creds: String?
    @Flag(name: [.short, .long], help: "Print the name alone.")
    var quiet = false
    @Flag(name: [.short, .long], help: "Pull all tags of the repository.")
    var allTags = false
    @Option(help: "Of an image for several platforms: os/architecture[/variant].")
    var platform: String?
    @Argument(help: "Names.")
    var images: [String]

    mutating func run() throws {
        let registries = try registry.registries(creds)
        let platform = try platform.map { try Platform($0) } ?? .host
        let store = try root.store
        try forEach(images) { name in
            var references = [try Reference(name)]
            if allTags {
                guard let reference = references.first, reference.tag == nil, reference.digest == nil else {
                    throw Failure(description: "tag can't be used with --all-tags")
                }
                references = try waiting { try await registries.tags(of: reference) }
                    .map { try Reference(reference.name + ":" + $0) }
            } else if references[0].tagged != references[0], !quiet {
                try Output.print("Using default tag: latest\n")
            }
            for reference in references {
                try store.changing { try pull(reference.tagged, registries, store, platform) }
            }
        }
    }

    /// Pulls in a process of its own, where this one must have one thread; with its words on stderr.
    static func inChild(_ name: String, to store: ImageStore, isQuiet: Bool) throws {
        var words = ["docklock", "pull", "--data-root", store.data]
        if isQuiet { words.append("--quiet") }
        words += ["--", name]
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        let pid = try Processes.fork()
        if pid == 0 {
            dup2(2, 1)
            execv("/proc/self/exe", &arguments)
            _exit(1)
        }
        guard try Processes.collect(pid) == 0 else { throw Failure(description: "\(name) was not pulled") }
    }

    private func pull(
        _ reference: Reference, _ registries: Registries, _ store: ImageStore, _ platform: Platform
    ) throws {
        let display = Display(.pull, isQuiet: quiet)
        if !quiet {
            let which = reference.tag ?? reference.digest?.description ?? ""
            try Output.print("\(which): Pulling from \(reference.path)\n")
        }
        let pulled = try display.showing { show in
            try await registries.pull(reference, into: store, platform: platform, show: show)
        }
        if quiet { return try Output.print(reference.description + "\n") }
        let status = pulled.wasCurrent ? "Image is up to date for" : "Downloaded newer image for"
        try Output.print(
            "Digest: \(pulled.digest)\nStatus: \(status) \(reference.familiar)\n\(reference)\n")
    }
}

/// `docklock push`
struct PushImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Push images to registries.",
        discussion: """
            Example:
              docklock tag app registry.example:5000/team/app:1.0
              docklock push registry.example:5000/team/app:1.0
            """)

    @OptionGroup var root: DataRoot
    @OptionGroup var registry: RegistryFlags
    @Option(help: "USER:PASSWORD for the registry. Others may see it in the list of processes.")
    var creds: String?
    @Flag(name: [.short, .long], help: "Print the name alone.")
    var quiet = false
    @Flag(name: [.short, .long], help: "Push all tags of the name.")
    var allTags = false
    @Argument(help: "A name of an image that is here.")
    var image: String

    mutating func run() throws {
        let registries = try registry.registries(creds)
        let store = try root.store
        var references = [try Reference(image)]
        if allTags {
            guard let name = references.first, name.tag == nil, name.digest == nil else {
                throw Failure(description: "tag can't be used with --all-tags")
            }
            references = try store.images().flatMap(\.tags).filter { $0.name == name.name }
            guard !references.isEmpty else {
                throw Failure(
                    description: "An image does not exist locally with the tag: \(name.familiarName)")
            }
        }
        for reference in references.map(\.tagged) {
            let display = Display(.push, isQuiet: quiet)
            if !quiet { try Output.print("The push refers to repository [\(reference.name)]\n") }
            let pushed = try display.showing { show in
                try await registries.push(reference, from: store, show: show)
            }
            if quiet {
                try Output.print(reference.description + "\n")
            } else {
                try Output.print("\(reference.tag ?? ""): digest: \(pushed.digest) size: \(pushed.size)\n")
            }
        }
    }
}
