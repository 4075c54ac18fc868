import Testing

@testable import Upkeep

@Suite struct RestartsTests {
    @Test func pausesDoubleUpToAMinute() {
        var restarts = Restarts()
        var pauses: [Int64] = []
        for _ in 0..<12 {
            guard
                case .again(let pause) = restarts.ended(
                    .init(.always), status: 0, ranMillis: 5, isStopped: false)
            else { continue }
            pauses.append(pause)
        }
        #expect(pauses == [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000])
        #expect(restarts.count == 12)
        #expect(
            restarts.ended(.init(.always), status: 1, ranMillis: 10_000, isStopped: false)
                == .again(afterMillis: 100))
    }
}
