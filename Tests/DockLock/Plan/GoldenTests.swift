import Testing

@testable import Plan

/// Whole plans, against texts that a person has read. After a change that is meant, GOLDEN=write rewrites
/// them, and the difference is read again.
@Suite struct GoldenTests {
    @Test(arguments: Case.all)
    func planIsAsWritten(_ chosen: Case) throws {
        let dump = try chosen.plan().dump
        let golden = try Golden.text(chosen.name, instead: dump)
        let found = dump.split(separator: "\n")
        let wanted = golden.split(separator: "\n")
        for (index, line) in found.enumerated() where index < wanted.count {
            #expect(line == wanted[index], "line \(index + 1)")
        }
        #expect(found.count == wanted.count)
    }

    @Test func everyTextHasItsPlan() throws {
        #expect(try Golden.names() == Set(Case.all.map(\.name)))
    }

    @Test(arguments: Case.all)
    func samePlanEachTime(_ chosen: Case) throws {
        #expect(try chosen.plan().dump == chosen.plan().dump)
    }
}
