import Glibc
import Kernel

/// The verbs of `docklock-cli`, which is found beside this program or in `../libexec/docklock`, and never by
/// PATH: it may hold TLS, an argument parser and whatever else would slow a start.
enum Handover {
    static let program = "docklock-cli"
    static let verbs = [
        "build", "commit", "completion", "diff", "export", "history", "image", "images", "import", "inspect",
        "load", "login", "logout", "pull", "push", "rmi", "save", "system", "tag", "vpod",
    ]

    /// Those that make containers, to whom `--root`, the place of their states, matters.
    private static let makers = ["build", "vpod"]

    /// Becomes `docklock-cli` where the first word, after `--data-root DIR` and `--root DIR`, is a verb of
    /// its own; returns where it is not.
    static func perform(_ arguments: [String]) throws(SystemError) {
        var words = arguments[...]
        var places: [String] = []
        var roots: [String] = []
        while let word = words.first, word.hasPrefix("--data-root") || word.hasPrefix("--root") {
            let count = word.utf8.contains(UInt8(ascii: "=")) ? 1 : 2
            if word.hasPrefix("--data-root") { places += words.prefix(count) }
            if word.hasPrefix("--root") { roots += words.prefix(count) }
            words = words.dropFirst(count)
        }
        if words.first == "help", words.count == 2, let topic = words.last, verbs.contains(topic) {
            words = [topic, "--help"]
        }
        let isOverview =
            words.count == 1 && words.first.map { ["--help", "-h", "help"].contains($0) } == true
        if isOverview { words = ["--help"] }
        guard let verb = words.first, verbs.contains(verb) || isOverview else { return }
        if verb == "inspect", UserCommand.isOurs(arguments) { return }
        do throws(SystemError) {
            try become(places + (makers.contains(verb) ? roots : []) + words)
        } catch {
            // Without the other program there is the overview of this one's verbs.
            guard isOverview, error.code == ENOENT else { throw error }
        }
    }

    /// Does a verb in a child, with its output on stderr: the exit status.
    static func run(_ words: [String]) throws(SystemError) -> Int32 {
        let pid = try Processes.fork()
        if pid == 0 {
            dup2(2, 1)
            do throws(SystemError) { try become(words) } catch { Output.complain("\(error)") }
            _exit(1)
        }
        return try Processes.collect(pid)
    }

    /// Becomes `docklock-cli`; returns only by an error.
    private static func become(_ words: [String]) throws(SystemError) {
        let arguments = [CommandLine.arguments.first ?? "docklock"] + words
        let folder = try Files.link("/proc/self/exe").split(separator: "/").dropLast().map { "/" + $0 }
            .joined()
        var code: Int32 = 0
        for place in [folder + "/" + program, folder + "/../libexec/docklock/" + program] {
            var words = arguments.map { strdup($0) } + [nil]
            execv(place, &words)
            code = errno
            words.forEach { free($0) }
            if code != ENOENT { throw SystemError("execute", code, place) }
        }
        throw SystemError("execute", code, folder + "/" + program)
    }
}
