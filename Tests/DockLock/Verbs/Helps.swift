import Testing

@testable import Verbs

@Suite struct Helps {
    @Test(arguments: ["-h", "--help", "help", "h", "-?", "--usage", "--root /r --help"])
    func theOverviewHasManyNames(line: String) throws {
        #expect(try parse(line).verb == .help(topic: nil))
    }

    @Test func everyVerbHelps() throws {
        #expect(verbs.count == 18)
        for verb in verbs {
            for line in ["\(verb.name) --help", "\(verb.name) -h", "help \(verb.name)", "\(verb.name) c -?"] {
                if line.hasSuffix("c -?"), ["exec", "ps"].contains(verb.name) { continue }
                #expect(try parse(line).verb == .help(topic: verb.name), "\(line)")
            }
            let lines = Usage.help(verb.name).split(separator: "\n")
            #expect(lines[0] == "NAME:" && lines[1] == "   docklock \(verb.name) - \(verb.summary)")
            #expect(Usage.help(nil).contains("   \(verb.name) "))
        }
    }

    /// A name twice in a table would hide the second flag.
    @Test func namesAreUsedOnce() {
        func check<Options>(_ table: Table<Options>) {
            let names = table.flags.flatMap(\.names) + ["help", "usage"]
            let letters = table.flags.flatMap(\.letters) + [UInt8(ascii: "h"), UInt8(ascii: "?")]
            #expect(Set(names).count == names.count, "\(table.verb): \(names)")
            #expect(Set(letters).count == letters.count, "\(table.verb)")
        }
        check(globalTable)
        check(createTable)
        check(runTable)
        check(execTable)
        check(killTable)
        check(deleteTable)
        check(listTable)
        check(psTable)
        check(updateTable)
        check(eventsTable)
        check(specTable)
        check(checkpointTable)
        check(restoreTable)
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
