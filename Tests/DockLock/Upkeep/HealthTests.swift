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

    @Test func failuresInARowMakeItUnhealthy() {
        var health = Health(check(), now: 0)
        #expect(health.state == .starting && health.next(after: 0) == 1000)
        #expect(!health.ended(probe(1), now: 1000) && !health.ended(probe(1), now: 2000))
        #expect(health.ended(probe(-1), now: 3000) && health.state == .unhealthy && health.failures == 3)
        #expect(!health.ended(probe(1), now: 4000))
        #expect(health.ended(probe(0), now: 5000) && health.state == .healthy && health.failures == 0)
        #expect(!health.ended(probe(0), now: 6000) && !health.ended(probe(1), now: 7000))
        #expect(health.state == .healthy && health.failures == 1)
    }

    @Test func failuresOfTheStartPeriodDoNotCount() {
        var health = Health(check(startPeriod: 100, retries: 1), now: 0)
        #expect(health.next(after: 0) == 10 && health.next(after: 90) == 100)
        #expect(!health.ended(probe(1), now: 99) && health.failures == 0)
        #expect(health.ended(probe(1), now: 100) && health.state == .unhealthy)
    }

    @Test func aSuccessEndsTheStartPeriod() {
        var health = Health(check(startPeriod: 100, retries: 1), now: 0)
        #expect(health.ended(probe(0), now: 10) && health.state == .healthy)
        #expect(health.next(after: 10) == 1010)
        #expect(health.ended(probe(1), now: 20) && health.state == .unhealthy)
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
