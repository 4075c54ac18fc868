import Glibc
import Kernel

/// The verbs of `docklock-cli`, which is found beside this program or in `../libexec/docklock`, and never by
/// PATH: it may hold TLS, an argument parser and whatever else would slow a start.
enum Handover {
    static let program = "docklock-cli"
    static let verbs = [
        "commit", "diff", "export", "history", "image", "images", "import", "inspect", "load", "rmi", "save",
        "system", "tag",
    ]

    /// Becomes `docklock-cli` where the first word, after `--data-root DIR`, is a verb of its own; returns
    /// where it is not.
    static func perform(_ arguments: [String]) throws(SystemError) {
        var words = arguments.dropFirst()
        if words.first == "--data-root" {
            words = words.dropFirst(2)
        } else if words.first?.hasPrefix("--data-root=") == true {
            words = words.dropFirst()
        }
        guard let verb = words.first, verbs.contains(verb) else { return }
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
