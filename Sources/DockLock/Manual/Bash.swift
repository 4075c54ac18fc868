import Verbs

extension Manual {
    var bash: String {
        let global = Usage.globals.flatMap(\.names).map { "--" + $0 }.joined(separator: " ")
        let values = Usage.globals.filter { $0.value != nil }.map { "--" + $0.name }.joined(separator: " | ")
        var text = """
            # bash completion of docklock
            _docklock() {
                local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
                local verb='' flags='\(global)' values='' kind='' ask='' at
                for ((at = 1; at < COMP_CWORD; at++)); do
                    case ${COMP_WORDS[at]} in
                    \(values)) ((at++)) ;;
                    -*) ;;
                    *)
                        verb=${COMP_WORDS[at]}
                        case $verb in
                        \(groups.joined(separator: " | ")))
                            ((at + 1 >= COMP_CWORD)) || verb+=" ${COMP_WORDS[at + 1]}" ;;
                        esac
                        break
                        ;;
                    esac
                done
                COMPREPLY=()
                case $verb in
                '') kind='\(firstWords.map(\.name).joined(separator: " "))' ;;

            """
        for group in groups {
            let words = verbs.compactMap { Manual.second($0, of: group) }
            text += "    \(group)) kind='\(words.joined(separator: " "))' ;;\n"
        }
        for form in verbs {
            let flags = flags(of: form)
            let names = flags.flatMap { $0.names.map { "--" + $0 } + $0.letters.map { "-\($0)" } }
            let taking = flags.filter { $0.value != nil }
                .flatMap { $0.names.map { "--" + $0 } + $0.letters.map { "-\($0)" } }
            text += "    \(quoted(form.name)))\n        flags=\(quoted(names.joined(separator: " ")))\n"
            text += "        values=\(quoted(taking.joined(separator: " ")))\n"
            text += "        \(Manual.bashOperand(Operand(form)))\n        ;;\n"
        }
        return text + """
                esac
                if [[ " $values " == *" $last "* ]]; then
                    compopt -o default
                elif [[ $word == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W "$flags --help" -- "$word")
                elif [[ -n $kind$ask ]]; then
                    [[ -z $ask ]] || kind=$(eval "$ask")
                    mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$word")
                else
                    compopt -o default
                fi
                if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$word"; fi
            }
            complete -F _docklock docklock

            """
    }

    private static func bashOperand(_ operand: Operand) -> String {
        switch operand {
        case .container: "ask=\(quoted(Listing.containers))"
        case .image: "ask=\(quoted(Listing.images))"
        case .words(let words): "kind=\(quoted(words.joined(separator: " ")))"
        case .file: "kind=''"
        }
    }
}
