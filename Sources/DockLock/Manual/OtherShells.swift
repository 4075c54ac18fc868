import Verbs

extension Manual {
    var zsh: String {
        var text = """
            #compdef docklock
            # zsh completion of docklock
            _docklock_containers() {
                local -a found
                found=(${(f)"$(\(Listing.containers))"})
                compadd -a found
            }
            _docklock_images() {
                local -a found
                found=(${(f)"$(\(Listing.images))"})
                compadd -a found
            }
            _docklock() {
                local context state line
                typeset -A opt_args
                _arguments -C \\

            """
        for flag in Usage.globals { text += Manual.zshFlag(flag).map { "        \($0) \\\n" }.joined() }
        text += "        '1: :->verb' '*:: :->rest'\n    case $state in\n"
        text += Manual.zshVerbs(firstWords, "verb")
        text += "    rest)\n        case $line[1] in\n"
        for group in groups {
            let forms = verbs.filter { $0.name.hasPrefix(group + " ") }
            let words = forms.map { (Manual.second($0, of: group) ?? "", $0.summary) }
            text += "        \(group))\n            local -a verbs\n            verbs=(\n"
            text += words.map { "                \(Manual.zshPair($0.0, $0.1))\n" }.joined()
            text += "            )\n            if ((CURRENT == 1)); then _describe verb verbs; return; fi\n"
            text += "            case $line[1]-$words[1] in\n"
            for (form, word) in zip(forms, words) {
                text += "            \(group)-\(word.0))\n" + zshArguments(form) + "                ;;\n"
            }
            text += "            esac\n            ;;\n"
        }
        for form in verbs where !form.name.contains(" ") {
            text += "        \(form.name))\n" + zshArguments(form) + "            ;;\n"
        }
        return text
            + "        esac\n        ;;\n    esac\n}\nif [ \"$funcstack[1]\" = _docklock ]; then _docklock; "
            + "else compdef _docklock docklock; fi\n"
    }

    private static func zshVerbs(_ words: [(name: String, summary: String)], _ state: String) -> String {
        "    \(state))\n        local -a verbs\n        verbs=(\n"
            + words.map { "            \(zshPair($0.name, $0.summary))\n" }.joined()
            + "        )\n        _describe verb verbs\n        ;;\n"
    }

    private func zshArguments(_ form: VerbForm) -> String {
        let rest: String
        switch Operand(form) {
        case .container: rest = "'*: :_docklock_containers'"
        case .image: rest = "'*: :_docklock_images'"
        case .words(let words): rest = quoted("1: :(\(words.joined(separator: " ")))") + " '*: :_files'"
        case .file: rest = "'*: :_files'"
        }
        let flags = flags(of: form).flatMap(Manual.zshFlag)
        return "                _arguments -s \\\n" + flags.map { "                    \($0) \\\n" }.joined()
            + "                    \(rest)\n"
    }

    /// The specifications of a flag for `_arguments`, one a name.
    private static func zshFlag(_ flag: FlagForm) -> [String] {
        (flag.names.map { "--" + $0 } + flag.letters.map { "-\($0)" }).map { name in
            let help = escaped(flag.help, ["[", "]", ":", "\\"])
            guard let value = flag.value else { return quoted("*\(name)[\(help)]") }
            let mark = name.hasPrefix("--") ? "=" : "+"
            return quoted("*\(name)\(mark)[\(help)]:\(escaped(value, [":", "\\", "["])):_files")
        }
    }

    private static func zshPair(_ name: String, _ summary: String) -> String {
        quoted(name + ":" + escaped(summary, [":", "\\"]))
    }

    private static func escaped(_ text: String, _ marks: [Character]) -> String {
        text.reduce(into: "") { text, character in
            if marks.contains(character) { text.append("\\") }
            text.append(character)
        }
    }

    var fish: String {
        var text = "# fish completion of docklock\ncomplete -c docklock -f\n"
        let begin = "__fish_use_subcommand"
        for flag in Usage.globals { text += Manual.fishFlag(flag, begin) }
        for word in firstWords {
            text += "complete -c docklock -n \(begin) -a \(word.name) -d \(Manual.fishQuoted(word.summary))\n"
        }
        for form in verbs {
            let words = form.name.split(separator: " ").map { String($0) }
            if words.count == 2 {
                let others = verbs.compactMap { Manual.second($0, of: words[0]) }.joined(separator: " ")
                let before =
                    "__fish_seen_subcommand_from \(words[0]); and not __fish_seen_subcommand_from \(others)"
                text += "complete -c docklock -n \(Manual.fishQuoted(before)) -a \(words[1])"
                text += " -d \(Manual.fishQuoted(form.summary))\n"
            }
            let seen = words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            for flag in flags(of: form) { text += Manual.fishFlag(flag, seen) }
            text +=
                "complete -c docklock -n \(Manual.fishQuoted(seen)) \(Manual.fishOperand(Operand(form)))\n"
        }
        return text
    }

    private static func fishFlag(_ flag: FlagForm, _ condition: String) -> String {
        let long = flag.names.map { " -l \($0)" }.joined()
        let short = flag.letters.map { " -s \($0)" }.joined()
        return "complete -c docklock -n \(fishQuoted(condition))\(long)\(short)"
            + (flag.value == nil ? "" : " -r -F") + " -d \(fishQuoted(flag.help))\n"
    }

    private static func fishOperand(_ operand: Operand) -> String {
        switch operand {
        case .container: "-a \(fishQuoted("(\(Listing.containers))"))"
        case .image: "-a \(fishQuoted("(\(Listing.images))"))"
        case .words(let words): "-a \(fishQuoted(words.joined(separator: " ")))"
        case .file: "-F"
        }
    }

    /// fish knows two escapes within single quotes.
    private static func fishQuoted(_ text: String) -> String { "'" + escaped(text, ["'", "\\"]) + "'" }
}
