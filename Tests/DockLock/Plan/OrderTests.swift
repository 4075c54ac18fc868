import OCI
import Testing

@testable import Plan

/// What holds for every plan, whatever it is of.
@Suite struct OrderTests {
    @Test(arguments: Case.all)
    func endsInExec(_ chosen: Case) throws {
        let operations = try chosen.plan().steps.map(\.operation)
        #expect(operations.last == .exec)
        #expect(operations.filter { $0 == .exec }.count == 1)
        #expect(operations.filter { $0 == .resolve }.count == 1)
    }

    @Test(arguments: Case.all)
    func privilegeGoesInOrder(_ chosen: Case) throws {
        let plan = try chosen.plan()
        let order: [Operation] = [.setsid, .root, .cwd, .close, .bounding, .user, .capabilities, .resolve]
        let places = try order.map { try #require(plan.place($0), "\($0)") }
        #expect(places == places.sorted())
        for operation in order { #expect(plan.steps.filter { $0.operation == operation }.count == 1) }
    }

    /// Descriptors of directories are gone after CLOSE, and privilege after CAPABILITIES: what stands behind
    /// must do without either.
    @Test(arguments: Case.all)
    func littleIsDoneAfterClose(_ chosen: Case) throws {
        let plan = try chosen.plan()
        let close = try #require(plan.place(.close))
        let late: [Operation] = [
            .bounding, .ask, .filter, .user, .capabilities, .resolve, .wait, .hook, .exec,
        ]
        for step in plan.steps[(close + 1)...] { #expect(late.contains(step.operation), "\(step.operation)") }
        let drop = try #require(plan.place(.capabilities))
        let last: [Operation] = [.resolve, .ask, .wait, .hook, .filter, .exec]
        for step in plan.steps[(drop + 1)...] { #expect(last.contains(step.operation), "\(step.operation)") }
    }

    @Test(arguments: Case.all)
    func filterStandsWhereItCanBeInstalled(_ chosen: Case) throws {
        let plan = try chosen.plan()
        guard let filter = plan.place(.filter) else { return }
        #expect(plan.steps.filter { $0.operation == .filter }.count == 1)
        let user = try #require(plan.place(.user))
        if let noNew = plan.place(.noNewPrivileges) {
            // Without privilege, and so late that the walk itself needs almost nothing of it.
            #expect(noNew < filter)
            for step in plan.steps[(filter + 1)...] { #expect([.hook, .exec].contains(step.operation)) }
        } else {
            #expect(filter < user)
            #expect(try filter > #require(plan.place(.close)))
        }
        if plan.steps[filter].n1 == 1 { #expect(try #require(plan.place(asking: .agent)) < filter) }
    }

    @Test(arguments: Case.all)
    func everyNeedIsUsedOnce(_ chosen: Case) throws {
        let plan = try chosen.plan()
        let used = plan.steps.map(\.need).filter { $0 >= 0 }
        #expect(used.sorted() == Array(0..<Int32(plan.needs.count)))
    }

    @Test(arguments: Case.all)
    func readyIsAskedOnceAndLast(_ chosen: Case) throws {
        let plan = try chosen.plan()
        let asks = plan.steps.filter { $0.operation == .ask }.map(\.n0)
        #expect(asks.filter { $0 == Phase.ready.rawValue }.count == 1)
        #expect(asks.last == Phase.ready.rawValue)
        let ready = try #require(plan.place(asking: .ready))
        #expect(try ready > #require(plan.place(.resolve)))
    }

    @Test(arguments: Case.all)
    func pathsOfTheHostComeBeforeThePivot(_ chosen: Case) throws {
        let plan = try chosen.plan()
        guard let pivot = plan.place(.pivot) else { return }
        let before: [Operation] = [
            .root, .mount, .bind, .device, .symlink, .directory, .super, .enter, .join,
        ]
        let after: [Operation] = [.sysctl, .mask, .readonly, .cwd, .home]
        for (index, step) in plan.steps.enumerated() {
            if before.contains(step.operation) { #expect(index < pivot, "\(step.operation)") }
            if after.contains(step.operation) { #expect(index > pivot, "\(step.operation)") }
        }
        // A setting under a read-only /proc/sys could not be written any more.
        if let written = plan.steps.lastIndex(where: { $0.operation == .sysctl }),
            let closed = plan.place(.readonly)
        {
            #expect(written < closed)
        }
    }

    @Test(arguments: Case.all)
    func everyStepHasWords(_ chosen: Case) throws {
        let plan = try chosen.plan()
        for index in plan.steps.indices {
            let words = plan.describe(step: index)
            #expect(words.hasPrefix("step \(index + 1), "))
            #expect(words.utf8.count > "step \(index + 1), ".utf8.count + 6)
        }
        #expect(plan.describe(step: plan.steps.count) == "step \(plan.steps.count + 1)")
    }
}

extension Plan {
    /// Where the first step of a kind stands.
    func place(_ operation: Operation) -> Int? { steps.firstIndex { $0.operation == operation } }

    func place(asking phase: Phase) -> Int? {
        steps.firstIndex { $0.operation == .ask && $0.n0 == phase.rawValue }
    }
}
