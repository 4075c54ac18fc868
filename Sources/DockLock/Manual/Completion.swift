import Verbs

/// Shells that completions are written for.
public enum Shell: String, Sendable, CaseIterable { case bash, zsh, fish }

extension Manual {
    /// The completions of a shell, as it reads them.
    public func completion(_ shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// Words before the second word of a verb.
    var groups: [String] {
        var found: [String] = []
        for form in verbs {
            let words = form.name.split(separator: " ")
            if words.count == 2, !found.contains(String(words[0])) { found.append(String(words[0])) }
        }
        return found
    }

    /// A verb with its flags, those of the runtime's of the same name too.
    func flags(of form: VerbForm) -> [FlagForm] {
        let other = runtime.first { $0.name == form.name }?.flags ?? []
        let names = form.flags.flatMap(\.names)
        return form.flags + other.filter { !names.contains($0.name) }
    }

    /// The verbs that complete as the first word.
    var firstWords: [(name: String, summary: String)] {
        let single = verbs.filter { !$0.name.contains(" ") }.map { (name: $0.name, summary: $0.summary) }
        let grouped = groups.map { (name: $0, summary: "verbs of \($0)s") }
        return (single + grouped).sorted { $0.name < $1.name }
    }
}

/// What an operand of a verb names, for its completion.
enum Operand: Equatable {
    case container, image, file
    case words([String])

    init(_ form: VerbForm) {
        let operands = form.operands
        // Words to choose from, as `create|ls|rm [NAME...]` has them.
        let first = String(operands.prefix { $0 != " " })
        if first.contains("|") || first == first.lowercased() && !first.isEmpty {
            self = .words(first.split(separator: "|").map { String($0) })
        } else if operands.contains("CONTAINER") {
            self = .container
        } else if operands.contains("IMAGE") || ["rmi", "tag", "history"].contains(form.name) {
            self = .image
        } else if form.name == "completion" {
            self = .words(Shell.allCases.map(\.rawValue))
        } else {
            self = .file
        }
    }
}

/// A text as one word of a shell.
func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

/// Commands whose lines are what there is.
enum Listing {
    static let containers = "docklock ps -a --format '{{.Names}}' 2>/dev/null"
    static let images = "docklock images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null"
}
