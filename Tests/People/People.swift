import Harness
import Synchronization
import Testing

/// The places that the running test has made.
final class Visits: Sendable {
    @TaskLocal static var current: Visits?
    private let made = Mutex<[Place]>([])

    func add(_ place: Place) { made.withLock { $0.append(place) } }

    func end() -> [String] { made.withLock { $0 }.flatMap { $0.end() } }
}

/// Ends the places of each test, and fails the test when one of them holds anything then. Only docklock has
/// people's verbs: other runtimes have nothing to be tested here.
struct People: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard Runtime.tested.kind == .ours else { return }
        let visits = Visits()
        do {
            try await Visits.$current.withValue(visits) { try await function() }
        } catch {
            _ = visits.end()
            throw error
        }
        let left = visits.end()
        if !left.isEmpty { Issue.record("left behind: \(left.joined(separator: "; "))") }
    }
}

extension Trait where Self == People {
    static var people: People { People() }
}
