import Glibc
import Kernel

/// The verbs of `docklock-cli`, which is found beside this program or in `../libexec/docklock`, and never by
/// PATH: it may hold TLS, an argument parser and whatever else would slow a start.
enum Handover {
    static let program = "docklock-cli"
    static let verbs = [
        "build", "commit", "completion", "diff", "export", "history", "image", "images", "import", "inspect",
        "load", "login", "logout", "pull", "push", "rmi", "save", "system", "tag",
    ]

    /// Becomes `docklock-cli` where the first word, after `--data-root DIR` and `--root DIR`, is a verb of
    /// its own; returns where it is not. States of containers, and so `--root`, matter to none but `build`.
    static func perform(_ arguments: [String]) throws(SystemError) {
        var words = arguments[...]
        var kept = [CommandLine.arguments.first ?? "docklock"]
        var states: [String] = []
        while let word = words.first, word.hasPrefix("--data-root") || word.hasPrefix("--root") {
            let count = word.utf8.contains(UInt8(ascii: "=")) ? 1 : 2
            if word.hasPrefix("--data-root") {
                kept += words.prefix(count)
            } else {
                states = Array(words.prefix(count))
            }
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
            try become(kept + words.prefix(1) + (verb == "build" ? states : []) + words.dropFirst())
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
            do throws(SystemError) { try become(["docklock"] + words) } catch { Output.complain("\(error)") }
            _exit(1)
        }
        return try Processes.collect(pid)
    }

    /// Becomes `docklock-cli`; returns only by an error.
    private static func become(_ arguments: [String]) throws(SystemError) {
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
