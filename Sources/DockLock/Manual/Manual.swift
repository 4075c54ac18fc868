import JSON
import Request
import Verbs

/// What there is to say of every verb, from the tables that read the command lines.
public struct Manual: Sendable {
    /// Of containers of images, in the order of their table.
    public let people: [VerbForm]
    /// Those of `docklock-cli`, verbs of a group by both words.
    public let images: [VerbForm]
    /// Of bundles. Some have the names of people's.
    public let runtime: [VerbForm]

    /// - Parameter dump: what ArgumentParser tells of `docklock-cli` with `--experimental-dump-help`.
    public init(_ dump: JSON) {
        people = UserLine.forms
        runtime = Usage.forms
        images = dump["command"].map { Manual.verbs(in: $0, below: "") } ?? []
    }

    /// Every verb once, sorted by name: people's words before the runtime's.
    public var verbs: [VerbForm] {
        let taken = people + images
        let rest = runtime.filter { form in !taken.contains { $0.name == form.name } }
        // The images' program only hands over what is not people's.
        let own = images.filter { form in !people.contains { $0.name == form.name } }
        return (people + own + rest).sorted { $0.name < $1.name }
    }

    private static func verbs(in command: JSON, below group: String) -> [VerbForm] {
        var found: [VerbForm] = []
        for inner in command["subcommands"]?.elements.map({ $0 }) ?? [] {
            guard let word = inner["commandName"]?.string, inner["shouldDisplay"]?.bool != false,
                word != "help"
            else { continue }
            let name = group.isEmpty ? word : group + " " + word
            let below = verbs(in: inner, below: name)
            found += below.isEmpty ? [form(name, inner)] : below
        }
        return found
    }

    private static func form(_ name: String, _ command: JSON) -> VerbForm {
        var flags: [FlagForm] = []
        var operands: [String] = []
        for argument in command["arguments"]?.elements.map({ $0 }) ?? []
        where argument["shouldDisplay"]?.bool != false {
            let word = (argument["valueName"]?.string ?? "").uppercased()
            guard argument["kind"]?.string != "positional" else {
                let many = argument["isRepeating"]?.bool == true ? "..." : ""
                operands.append(argument["isOptional"]?.bool == true ? "[\(word)\(many)]" : word + many)
                continue
            }
            let names = argument["names"]?.elements.map { $0 } ?? []
            let long = names.filter { $0["kind"]?.string == "long" }.compactMap { $0["name"]?.string }
            let short = names.filter { $0["kind"]?.string == "short" }.compactMap { $0["name"]?.string }
            guard let first = long.first, first != "help" else { continue }
            flags.append(
                FlagForm(
                    first, alias: long.count > 1 ? long[1] : "", letters: short.joined(),
                    value: argument["kind"]?.string == "option" ? word : nil,
                    help: argument["abstract"]?.string ?? first))
        }
        // What stands below "Example:" is command lines, the rest is text.
        let told = (command["discussion"]?.string ?? "").split(separator: "\n").map { String($0) }
        let examples = told.filter { $0.hasPrefix("  ") }.map { String($0.drop { $0 == " " }) }
        let notes = told.filter { !$0.hasPrefix("  ") && !["Example:", "Examples:"].contains($0) }
        // As the other tables write it.
        var summary = command["abstract"]?.string ?? ""
        if summary.hasSuffix(".") { summary.removeLast() }
        summary = summary.prefix(1).lowercased() + summary.dropFirst()
        return VerbForm(
            name, summary, operands: operands.joined(separator: " "), flags: flags,
            notes: notes.joined(separator: "\n"), examples: examples)
    }

    /// The overview that `docklock --help` prints.
    public var overview: String {
        var text = """
            NAME:
               docklock - containers of images, in docker's words, and an OCI runtime

            USAGE:
               docklock [FLAG...] VERB [ARGUMENT...]

            """
        func section(_ title: String, _ rows: [(left: String, right: String)]) {
            let width = (rows.map(\.left.utf8.count).filter { $0 < 34 }.max() ?? 0) + 2
            text += "\n\(title):\n"
            for row in rows {
                let count = row.left.utf8.count
                let gap = count < width ? "" : "\n" + String(repeating: " ", count: 3)
                let space = String(repeating: " ", count: count < width ? width - count : width)
                text += "   \(row.left)\(gap)\(space)\(row.right)\n"
            }
        }
        func rows(_ forms: [VerbForm]) -> [(left: String, right: String)] {
            forms.map { ($0.name, $0.summary) }.sorted { $0.0 < $1.0 }
        }
        let own = images.filter { form in !people.contains { $0.name == form.name } }
        let grouped = groups.map { group in
            (group, own.compactMap { Manual.second($0, of: group) }.joined(separator: ", "))
        }
        section("CONTAINERS", rows(people))
        section("IMAGES AND MORE", rows(own.filter { !$0.name.contains(" ") }) + grouped)
        section("OCI RUNTIME, for bundles and engines (docklock VERB -h)", rows(runtime))
        section("FLAGS before the verb", Usage.globals.map { (Manual.written($0), $0.help) })
        text += "\nEXAMPLES:\n" + Manual.examples.map { "   \($0)\n" }.joined()
        return text + "\nSee docklock VERB --help, and man docklock-VERB.\n"
    }

    static let examples = [
        "docklock import rootfs.tar app:1", "docklock run --rm -it app:1 sh",
        "docklock run -d --name web -p 8080:80 -v data:/srv app:1", "docklock ps -a",
        "docklock logs -f web", "docklock exec -it web sh", "docklock stop web && docklock rm web",
    ]

    /// The second word of a verb of a group; nil for other verbs.
    static func second(_ form: VerbForm, of group: String) -> String? {
        form.name.hasPrefix(group + " ") ? String(form.name.dropFirst(group.utf8.count + 1)) : nil
    }

    /// A flag with its letters, its names and its value: `-e, --env NAME[=VALUE]`.
    static func written(_ flag: FlagForm) -> String {
        let forms = flag.letters.map { "-\($0)" } + flag.names.map { "--" + $0 }
        return forms.joined(separator: ", ") + (flag.value.map { " " + $0 } ?? "")
    }
}
