import ArgumentParser
import Images

/// The verbs that are not the static program's.
struct DockLock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docklock",
        abstract: "Images and vPods of containers.",
        subcommands: [
            ListImages.self, ImageGroup.self, Tag.self, RemoveImages.self, Inspect.self, History.self,
            ImportImage.self, LoadImages.self, SaveImages.self, BuildImage.self, CommitContainer.self,
            ExportContainer.self, DiffContainer.self, SystemGroup.self, PullImages.self, PushImage.self,
            Login.self, Logout.self, VpodGroup.self, WriteCompletion.self, WriteManual.self,
        ])

    /// What has no matter with anything stored.
    static let storeless = ["--help", "completion", "login", "logout", "manual"]

    /// Verbs that have verbs of their own.
    static let groups = ["image", "system", "vpod"]
}

/// `docklock image VERB`: docker's second spelling.
struct ImageGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Manage images.",
        subcommands: [
            ListImages.Second.self, Tag.self, RemoveImages.Second.self, Inspect.self, History.self,
            ImportImage.self, LoadImages.self, SaveImages.self,
            BuildImage.self, PruneImages.self, PullImages.self, PushImage.self,
        ])
}

/// `docklock system VERB`.
struct SystemGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system", abstract: "See and free what is stored.",
        subcommands: [DiskUsage.self, PruneSystem.self])
}

/// Where images and containers are kept.
struct DataRoot: ParsableArguments {
    @Option(name: .customLong("data-root"), help: "The directory of images and containers.")
    var path: String?

    var store: ImageStore {
        get throws {
            // The place is the user's own, so it is asked for before he becomes root.
            let store = ImageStore(try path.map(absolute) ?? ImageStore.standardData())
            try Rootless.enter()
            try store.prepare()
            return store
        }
    }

    /// Takes `--data-root DIR`, or another flag for a place, from the front of the arguments.
    static func leading(_ flag: String, _ words: inout [String]) -> String? {
        if words.count >= 2, words[0] == flag {
            defer { words.removeFirst(2) }
            return words[1]
        }
        guard let first = words.first, first.hasPrefix(flag + "=") else { return nil }
        words.removeFirst()
        return String(first.dropFirst(flag.count + 1))
    }
}
