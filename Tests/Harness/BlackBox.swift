import Synchronization
import Testing

/// The trials that the running test has made.
final class Trials: Sendable {
    @TaskLocal static var current: Trials?
    private let made = Mutex<[Trial]>([])

    func add(_ trial: Trial) { made.withLock { $0.append(trial) } }

    func end() -> [String] {
        made.withLock { $0 }.reversed().flatMap { trial in trial.end().map { "\(trial.id): \($0)" } }
    }
}

/// Ends the trials of each test, fails the test when one leaves something behind, and honours the
/// table of differences between runtimes.
public struct BlackBox: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let name = String(test.name.prefix { $0 != "(" })
        switch differences[name]?[Runtime.tested.kind] {
        case nil: try await inspect(function)
        case .skips: return
        case .fails(let reason):
            await withKnownIssue(Comment(rawValue: reason), isIntermittent: true) {
                try await inspect(function)
            }
        }
    }

    private func inspect(_ function: @Sendable () async throws -> Void) async throws {
        let trials = Trials()
        do {
            try await Trials.$current.withValue(trials) { try await function() }
        } catch {
            _ = trials.end()
            throw error
        }
        let left = trials.end()
        if !left.isEmpty { Issue.record("left behind: \(left.joined(separator: "; "))") }
    }
}

extension Trait where Self == BlackBox {
    /// The test drives the runtime under test from outside.
    public static var blackBox: BlackBox { BlackBox() }
}
