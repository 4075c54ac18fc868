import ArgumentParser
import JSON
import Kernel
import Manual

/// `docklock completion`
struct WriteCompletion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print the completions of a shell.",
        discussion: """
            Examples:
              docklock completion bash >/etc/bash_completion.d/docklock
              docklock completion zsh >~/.zfunc/_docklock
              docklock completion fish >~/.config/fish/completions/docklock.fish
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    mutating func run() throws { try Output.print(try Manual.ofPrograms().completion(shell)) }
}

/// What writes the man pages of an installation: `docklock-cli manual DIRECTORY VERSION DATE`.
struct WriteManual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the man pages.", shouldDisplay: false)

    @Argument(help: "Where to, such as /usr/share/man/man1.")
    var folder: String
    @Argument(help: "The version that they name.")
    var version: String
    @Argument(help: "The version's date.")
    var date: String

    mutating func run() throws {
        let folder = try absolute(folder)
        for page in try Manual.ofPrograms().pages(version: version, date: date) {
            try Files.replace(folder + "/" + page.file, with: Array(page.text.utf8), mode: 0o644)
        }
    }
}

extension Shell: ExpressibleByArgument {}

extension Manual {
    /// That of both programs: this one's part is what its parser says of itself.
    static func ofPrograms() throws -> Manual {
        do {
            _ = try DockLock.parseAsRoot(["--experimental-dump-help"])
        } catch {
            return Manual(try JSON.parse(Array(DockLock.fullMessage(for: error).utf8)))
        }
        throw Failure(description: "the parser does not tell its verbs")
    }
}
