import JSON
import Testing

@testable import Upkeep

@Suite struct HealthTests {
    private func check(startPeriod: Int64 = 0, retries: Int64 = 3) -> HealthCheck {
        var check = HealthCheck(command: ["true"])
        check.interval = 1000
        check.startInterval = 10
        check.startPeriod = startPeriod
        check.retries = retries
        return check
    }

    private func probe(_ status: Int32, _ output: String = "") -> Health.Probe {
        Health.Probe(start: 0, end: 1, status: status, output: Array(output.utf8))
    }

    /// What changes with probes of these statuses, at these times.
    private func changes(_ health: inout Health, _ statuses: [(Int32, Int64)]) -> [Health.State?] {
        statuses.map { health.ended(probe($0), now: $1) ? health.state : nil }
    }

    @Test func failuresInARowMakeItUnhealthy() {
        var health = Health(check(), now: 0)
        #expect(health.state == .starting)
        #expect(health.next(after: 0) == 1000)
        let ill = changes(&health, [(1, 1000), (1, 2000), (-1, 3000), (1, 4000)])
        #expect(ill == [nil, nil, .unhealthy, nil])
        #expect(health.failures == 4)
        let well = changes(&health, [(0, 5000), (0, 6000), (1, 7000)])
        #expect(well == [.healthy, nil, nil])
        #expect(health.failures == 1)
    }

    @Test func failuresOfTheStartPeriodDoNotCount() {
        var health = Health(check(startPeriod: 100, retries: 1), now: 0)
        #expect(health.next(after: 0) == 10)
        #expect(health.next(after: 90) == 100)
        let early = changes(&health, [(1, 99)])
        #expect(early == [nil])
        #expect(health.failures == 0)
        let late = changes(&health, [(1, 100)])
        #expect(late == [.unhealthy])
    }

    @Test func aSuccessEndsTheStartPeriod() {
        var health = Health(check(startPeriod: 100, retries: 1), now: 0)
        let first = changes(&health, [(0, 10)])
        #expect(first == [.healthy])
        #expect(health.next(after: 10) == 1010)
        let second = changes(&health, [(1, 20)])
        #expect(second == [.unhealthy])
    }

    @Test func theLastFiveAreKept() throws {
        var health = Health(check(), now: 0)
        for number in 0..<7 { _ = health.ended(probe(0, "\(number)"), now: 0) }
        #expect(
            health.probes.map { String(decoding: $0.output, as: UTF8.self) } == ["2", "3", "4", "5", "6"])
        let json = try JSON.parse(health.node.encoded())
        #expect(json["Status"]?.string == "healthy")
        #expect(json["Log"]?.elements.map { $0["Output"]?.string } == ["2", "3", "4", "5", "6"])
    }
}
