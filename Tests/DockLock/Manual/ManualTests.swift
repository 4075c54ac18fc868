import JSON
import Request
import Testing
import Verbs

@testable import Manual

@Suite struct ManualTests {
    /// As ArgumentParser writes it, shortened.
    private static let dump = #"""
        {"command": {"commandName": "docklock", "subcommands": [
          {"commandName": "save", "abstract": "Save it's images.", "shouldDisplay": true,
           "discussion": "In a [form].\nExamples:\n  docklock save -o 'a b' app\n", "arguments": [
            {"kind": "option", "valueName": "output", "abstract": "The file: or stdout.",
             "names": [{"kind": "short", "name": "o"}, {"kind": "long", "name": "output"}]},
            {"kind": "flag", "valueName": "quiet", "abstract": "Don't say it.", "names": [
             {"kind": "long", "name": "quiet"}]},
            {"kind": "flag", "valueName": "help", "names": [{"kind": "long", "name": "help"}]},
            {"kind": "positional", "valueName": "image", "isRepeating": true}]},
          {"commandName": "image", "abstract": "Manage.", "subcommands": [
            {"commandName": "rm", "abstract": ".Remove \\ images."},
            {"commandName": "ls", "abstract": "List images."}]},
          {"commandName": "inspect", "abstract": "Images."},
          {"commandName": "secret", "abstract": "Hidden.", "shouldDisplay": false}]}}
        """#

    private let manual: Manual

    init() throws { manual = Manual(try JSON.parse(Array(Self.dump.utf8))) }

    @Test func everyVerbIsThereOnce() {
        let names = manual.verbs.map(\.name)
        #expect(names == names.sorted() && Set(names).count == names.count)
        let known = UserLine.forms.map(\.name) + Usage.forms.map(\.name) + ["save", "image rm", "image ls"]
        #expect(Set(names) == Set(known))
        #expect(manual.verbs.first { $0.name == "inspect" }?.summary.contains("volumes") == true)
    }

    @Test func theParsersWordsAreUnderstood() throws {
        let save = try #require(manual.images.first { $0.name == "save" })
        #expect(save.summary == "save it's images")
        #expect(save.operands == "IMAGE...")
        #expect(save.notes == "In a [form].")
        #expect(save.examples == ["docklock save -o 'a b' app"])
        #expect(save.flags.map(Manual.written) == ["-o, --output OUTPUT", "--quiet"])
        #expect(Manual(try JSON.parse(Array("{}".utf8))).images.isEmpty)
    }

    @Test func theOverviewHasEveryVerbAndFlag() {
        let lines = manual.overview.split(separator: "\n").map { String($0) }
        #expect(lines[0] == "NAME:" && lines[1].hasPrefix("   docklock - "))
        for form in manual.people + manual.runtime {
            #expect(lines.contains { $0.hasPrefix("   \(form.name) ") && $0.hasSuffix(form.summary) })
        }
        #expect(lines.contains("   image  rm, ls"), "\(lines)")
        for flag in Usage.globals { #expect(lines.contains { $0.contains("--" + flag.name) }) }
        for line in lines { #expect(line.utf8.count <= 120, "\(line)") }
    }

    @Test func everyVerbHasAPage() throws {
        let pages = manual.pages(version: "1.2", date: "2024-01-31")
        #expect(pages.count == manual.verbs.count + 1)
        #expect(pages.map(\.file).contains("docklock-image-rm.1"))
        for page in pages {
            #expect(page.text.hasPrefix(".TH DOCKLOCK"))
            for line in page.text.split(separator: "\n") where line.hasPrefix(".") {
                #expect(
                    [".TH", ".SH", ".PP", ".TP", ".nf", ".fi"].contains { line.hasPrefix($0) }, "\(line)")
            }
        }
        let remove = try #require(pages.first { $0.file == "docklock-image-rm.1" })
        #expect(remove.text.contains("docklock\\-image\\-rm \\- .Remove \\e images\n"))
        let run = try #require(pages.first { $0.file == "docklock-run.1" })
        #expect(run.text.contains(".SH AS AN OCI RUNTIME\n"))
        #expect(run.text.contains("\\fB\\-b, \\-\\-bundle DIR\\fR\n"))
        #expect(run.text.contains("\\fB\\-e, \\-\\-env NAME[=VALUE]\\fR\n"))
    }

    @Test func completionsKnowVerbsFlagsAndWhatIsNamed() {
        for shell in Shell.allCases {
            let text = manual.completion(shell)
            for form in manual.verbs where !form.name.contains(" ") {
                #expect(text.contains(form.name), "\(shell) \(form.name)")
            }
            #expect(text.contains("docklock ps -a") && text.contains("docklock images"))
        }
        #expect(manual.bash.contains("\n    'save')\n        flags='--output -o --quiet'\n"))
        #expect(manual.zsh.contains(#"'*--output=[The file\: or stdout.]:OUTPUT:_files'"#))
        #expect(manual.zsh.contains(#"'*--quiet[Don'\''t say it.]'"#))
        #expect(manual.fish.contains(#" -l quiet -d 'Don\'t say it.'"#))
        #expect(manual.fish.contains("__fish_seen_subcommand_from image; and __fish_seen_subcommand_from rm"))
    }

    @Test func operandsSayWhatTheyName() throws {
        func operand(_ verb: String) throws -> Operand {
            Operand(try #require(manual.verbs.first { $0.name == verb }))
        }
        #expect(try operand("stop") == .container)
        #expect(try operand("run") == .image)
        #expect(try operand("volume") == .words(["create", "ls", "rm", "inspect", "prune", "exists"]))
        #expect(try operand("state") == .file)
        #expect(quoted("it's") == "'it'\\''s'")
    }
}
