import Format
import Glibc
import JSON
import Kernel

/// A command that failed: what to say, and the exit status.
struct Failure: Error, CustomStringConvertible {
    var description: String
    var status: Int32 = 1
}

/// Where a command's words go.
enum Output {
    static func print(_ text: String) throws { try print(Array(text.utf8)) }

    static func print(_ bytes: [UInt8]) throws {
        let out = Descriptor(try SystemError.check(fcntl(1, F_DUPFD_CLOEXEC, 3), "dup"))
        try out.write(bytes, name: "standard output")
    }

    /// For the last words of the program.
    static func printOrEnd(_ text: String) {
        do {
            try print(text)
        } catch {
            complain("\(error)")
            _exit(1)
        }
    }

    /// A list as `--format` wants it: `table` (as without it), `json`, or a template.
    static func listing(
        _ rows: [JSONNode], _ format: String?, plain: String, headings: [(field: String, heading: String)]
    ) throws -> String {
        switch format {
        case nil, "table": try GoTemplate(plain).lines(for: rows, headings: headings)
        case "json": try GoTemplate("{{json .}}").lines(for: rows, headings: headings)
        case let asked?: try GoTemplate(asked).lines(for: rows, headings: headings)
        }
    }

    static func complain(_ message: String) {
        let line = Array("docklock: ".utf8) + Array(message.utf8) + [UInt8(ascii: "\n")]
        _ = write(2, line, line.count)
    }
}

/// Does something for each of the names, also after one failed; says at the end that one did.
func forEach(_ names: [String], _ work: (String) throws -> Void) throws {
    var failed = false
    for name in names {
        do {
            try work(name)
        } catch {
            Output.complain("\(error)")
            failed = true
        }
    }
    if failed { _exit(1) }
}

/// A path from where this program was started.
func absolute(_ path: String) throws -> String {
    if path.hasPrefix("/") { return path }
    return try Files.realPath(".") + "/" + path
}
