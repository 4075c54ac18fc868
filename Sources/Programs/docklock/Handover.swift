import Glibc
import Kernel

/// The verbs of `docklock-cli`, which is found beside this program or in `../libexec/docklock`, and never by
/// PATH: it may hold TLS, an argument parser and whatever else would slow a start.
enum Handover {
    static let program = "docklock-cli"
    static let verbs = [
        "commit", "diff", "export", "history", "image", "images", "import", "inspect", "load", "login",
        "logout",
        "pull", "push", "rmi", "save", "system", "tag",
    ]

    /// Becomes `docklock-cli` where the first word, after `--data-root DIR` and `--root DIR`, is a verb of
    /// its own; returns where it is not. States of containers, and so `--root`, are no matter of its.
    static func perform(_ arguments: [String]) throws(SystemError) {
        var words = arguments.dropFirst()
        var kept = [String(arguments.first ?? "docklock")]
        while let word = words.first, word.hasPrefix("--data-root") || word.hasPrefix("--root") {
            let count = word.utf8.contains(UInt8(ascii: "=")) ? 1 : 2
            if word.hasPrefix("--data-root") { kept += words.prefix(count) }
            words = words.dropFirst(count)
        }
        guard let verb = words.first, verbs.contains(verb) else { return }
        if verb == "inspect", UserCommand.isOurs(Array(arguments.dropFirst())) { return }
        try become(kept + words)
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

    /// Becomes `docklock-cli`; returns where it cannot.
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
