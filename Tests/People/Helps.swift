import Harness
import Testing

/// What people are told of the verbs, by both programs.
@Suite struct Helps {
    /// The first words below a heading of the overview.
    private func verbs(_ overview: String, below heading: String) -> [String] {
        let lines = overview.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix(heading) }) else { return [] }
        return lines[(start + 1)...].prefix { !$0.isEmpty }.compactMap { line in
            line.hasPrefix("   ") ? line.split(separator: " ").first.map { String($0) } : nil
        }
    }

    @Test func everyVerbOfTheOverviewHelps() throws {
        let place = try Place()
        let overview = try place.invoke("--help").out
        #expect(try place.invoke("help").out == overview)
        let verbs = verbs(overview, below: "CONTAINERS:") + verbs(overview, below: "IMAGES AND MORE:")
        #expect(verbs.contains("run") && verbs.contains("images") && verbs.contains("completion"))
        for verb in verbs {
            let help = try place.invoke(verb, "--help")
            #expect(help.status == 0 && help.out.contains("docklock \(verb)"), "\(verb): \(help.err)")
            #expect(try place.invoke("help", verb).out == help.out)
        }
        for verb in self.verbs(overview, below: "OCI RUNTIME") {
            // With --data-root every verb is people's.
            let help = try Command(Runtime.tested.path, [verb, "-h"]).run(in: place.folder)
            #expect(help.status == 0 && help.out.contains("docklock \(verb)"), "\(verb): \(help.err)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func shellsGetTheirCompletions(shell: String) throws {
        let place = try Place()
        let text = try place.invoke("completion", shell).out
        #expect(text.contains("docklock") && text.contains("restart") && text.contains("publish"))
    }

    @Test func whatIsNoShellIsRefused() throws {
        #expect(try Place().invoke("completion", "cmd").status == 125)
    }
}
