import Testing

@testable import Verbs

@Suite struct Helps {
    @Test(arguments: ["-h", "--help", "help", "h", "-?", "--usage", "--root /r --help"])
    func theOverviewHasManyNames(line: String) throws {
        #expect(try parse(line).verb == .help(topic: nil))
    }

    @Test func everyVerbHelps() throws {
        #expect(tables.count == 18)
        for table in tables {
            for line in [
                "\(table.verb) --help", "\(table.verb) -h", "help \(table.verb)", "\(table.verb) c -?",
            ] {
                if line.hasSuffix("c -?"), ["exec", "ps"].contains(table.verb) { continue }
                #expect(try parse(line).verb == .help(topic: table.verb), "\(line)")
            }
            let lines = Usage.help(table.verb).split(separator: "\n")
            #expect(lines[0] == "NAME:" && lines[1] == "   docklock \(table.verb) - \(table.summary)")
            #expect(Usage.help(nil).contains("   \(table.verb) "))
        }
    }

    /// A name twice in a table would hide the second flag.
    @Test func namesAreUsedOnce() {
        for table in [globalTable] + tables {
            let names = table.flags.flatMap(\.form.names) + ["help", "usage"]
            let letters = table.flags.flatMap { $0.form.letters.map(String.init) } + ["h", "?"]
            #expect(Set(names).count == names.count, "\(table.verb): \(names)")
            #expect(Set(letters).count == letters.count, "\(table.verb): \(letters)")
        }
    }

    @Test func aTextReadsLikeThis() {
        #expect(
            Usage.help("kill") == """
                NAME:
                   docklock kill - send a signal to a container

                USAGE:
                   docklock kill [FLAG...] ID [SIGNAL]

                FLAGS:
                   -a, --all    to all of its processes, not only the first
                   -r, --regex  ID is an extended regular expression: every container that it finds
                   -h, --help   this text

                SIGNAL is a name with or without SIG, or a number; SIGTERM where none is given.

                """)
    }

    @Test func mistypedWordsHaveANeighbour() {
        #expect(nearest("detele", among: ["delete", "create"]) == "delete")
        #expect(nearest("check", among: ["checkpoint", "create"]) == "checkpoint")
        #expect(nearest("re", among: ["resume", "restore"]) == nil)
        #expect(nearest("zzzz", among: ["delete", "create"]) == nil)
        #expect(nearest("x", among: ["ps"]) == nil)
    }
}
