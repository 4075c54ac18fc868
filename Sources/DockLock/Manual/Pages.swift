import Verbs

extension Manual {
    /// The man pages by their files' names: `docklock.1`, and one a verb. `date` is that of their version.
    public func pages(version: String, date: String) -> [(file: String, text: String)] {
        let foot = "\"\(date)\" \"docklock \(version)\" \"docklock\""
        var pages = [(file: "docklock.1", text: main(foot))]
        for form in verbs {
            let name = Manual.pageName(form)
            pages.append((name + ".1", page(form, name, foot)))
        }
        return pages
    }

    /// `docklock-image-prune` of `image prune`.
    private static func pageName(_ form: VerbForm) -> String {
        "docklock-" + form.name.split(separator: " ").joined(separator: "-")
    }

    private static func rest(_ form: VerbForm) -> String {
        form.operands.isEmpty ? "[FLAG...]" : "[FLAG...] " + form.operands
    }

    private func main(_ foot: String) -> String {
        var page = Roff("docklock", foot, "containers of images, and an OCI runtime")
        page.section("SYNOPSIS")
        page.synopsis("docklock", "[FLAG...] VERB [ARGUMENT...]")
        page.section("DESCRIPTION")
        page.paragraph(
            "docklock runs containers of images in the words of docker and podman, without a daemon, and "
                + "bundles as an OCI runtime, in those of runc and crun.")
        page.section("VERBS")
        for form in verbs { page.item(Manual.pageName(form) + "(1)", form.summary) }
        page.section("OPTIONS")
        for flag in Usage.globals { page.item(Manual.written(flag), flag.help) }
        page.section("EXIT STATUS")
        page.item("125", "docklock refused the command line, or could not do it")
        page.item("126, 127", "the container's command cannot be executed, or is not there")
        page.item("128 + n", "the container was ended by signal n")
        page.section("FILES")
        page.item("/var/lib/docklock", "images, layers, containers, volumes and networks; --data-root")
        page.item("/run/docklock", "states of containers; --root")
        page.section("EXAMPLES")
        page.lines(Manual.examples)
        return page.text
    }

    private func page(_ form: VerbForm, _ name: String, _ foot: String) -> String {
        var page = Roff(name, foot, form.summary)
        page.section("SYNOPSIS")
        page.synopsis("docklock \(form.name)", Manual.rest(form))
        if !form.notes.isEmpty {
            page.section("DESCRIPTION")
            page.paragraph(form.notes)
        }
        page.flags(form.flags, "OPTIONS")
        if !form.examples.isEmpty {
            page.section("EXAMPLES")
            page.lines(form.examples)
        }
        if let other = runtime.first(where: { $0.name == form.name }), other != form {
            page.section("AS AN OCI RUNTIME")
            page.paragraph("Of bundles: \(other.summary). Its help is that of docklock \(form.name) -h.")
            page.synopsis("docklock \(form.name)", Manual.rest(other))
            for flag in other.flags { page.item(Manual.written(flag), flag.help) }
        }
        page.section("SEE ALSO")
        page.paragraph("docklock(1)")
        return page.text
    }
}

/// A page in the macros of man(7).
private struct Roff {
    private(set) var text: String

    init(_ name: String, _ foot: String, _ summary: String) {
        text = ".TH \(Roff.plain(name.uppercased())) 1 \(foot)\n"
        text += ".SH NAME\n\(Roff.plain(name)) \\- \(Roff.plain(summary))\n"
    }

    mutating func section(_ title: String) { text += ".SH \(title)\n" }

    mutating func paragraph(_ words: String) { text += begun + Roff.guarded(words) + "\n" }

    mutating func synopsis(_ command: String, _ rest: String) {
        text += begun + "\\fB\(Roff.plain(command))\\fR \(Roff.plain(rest))\n"
    }

    /// A paragraph's beginning, which a section's is already.
    private var begun: String {
        text.split(separator: "\n").last?.hasPrefix(".SH") == true ? "" : ".PP\n"
    }

    mutating func item(_ term: String, _ words: String) {
        text += ".TP\n\\fB\(Roff.plain(term))\\fR\n" + Roff.guarded(words) + "\n"
    }

    mutating func flags(_ flags: [FlagForm], _ title: String) {
        if flags.isEmpty { return }
        section(title)
        for flag in flags.sorted(by: { $0.name < $1.name }) { item(Manual.written(flag), flag.help) }
    }

    /// Lines as they are, such as commands to type.
    mutating func lines(_ lines: [String]) {
        text += begun + ".nf\n" + lines.map { Roff.guarded($0) + "\n" }.joined() + ".fi\n"
    }

    /// Lines of text, none of which is taken for a request.
    private static func guarded(_ words: String) -> String {
        words.split(separator: "\n").map { line in
            let line = plain(String(line))
            return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
        }.joined(separator: "\n")
    }

    /// Text without escapes: a hyphen to be copied is a minus sign.
    private static func plain(_ words: String) -> String {
        words.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\e"
            case "-": text += "\\-"
            case "'": text += "\\(aq"
            case "^": text += "\\(ha"
            case "~": text += "\\(ti"
            case "`": text += "\\(ga"
            case "\"": text += "\\(dq"
            case "…": text += "..."
            default: text.append(character)
            }
        }
    }
}
