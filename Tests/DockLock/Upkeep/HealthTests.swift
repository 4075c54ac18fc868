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

    @Test func theFirstLookHasADelayOfItsOwn() {
        var check = check()
        check.delay = 7
        var health = Health(check, now: 100)
        #expect(health.next(after: 100) == 107)
        _ = health.ended(probe(1), now: 110)
        #expect(health.next(after: 110) == 1110)
    }

    @Test func severalSuccessesInARowMayBeNeeded() {
        var check = check(retries: 1)
        check.successes = 2
        var health = Health(check, now: 0)
        let first = changes(&health, [(0, 1), (1, 2), (0, 3), (0, 4), (0, 5)])
        #expect(first == [nil, .unhealthy, nil, .healthy, nil])
    }

    @Test func checksAreReadAsTheyWereWritten() throws {
        var keeping = Keeping()
        (keeping.folder, keeping.stateRoot, keeping.socketRoot) = ("/f", "/s", "/k")
        (keeping.log.path, keeping.stopSignal) = ("/l", 9)
        var http = HealthCheck(command: ["127.0.0.1", "80", "/", "A: b"])
        (http.kind, http.delay, http.successes, http.action) = (.http, 0, 3, .restart)
        var tcp = HealthCheck(command: ["::1", "80"])
        (tcp.kind, tcp.action) = (.tcp, .kill)
        (keeping.health, keeping.startup, keeping.readiness) = (http, tcp, HealthCheck(command: ["true"]))
        let bytes = keeping.node.encoded()
        #expect(try Keeping(decoding: bytes) == keeping)
        let text = String(decoding: bytes, as: UTF8.self)
        for (old, new, problem) in [
            ("\"kind\":\"http\"", "\"kind\":\"ftp\"", "health.kind: is none of command, tcp and http"),
            ("[\"::1\",\"80\"]", "[\"::1\"]", "startup.command: lacks an address, a port or a path"),
            ("\"kill\"", "\"burn\"", "startup.action: is none of none, kill, restart and stop"),
            ("\"successes\":3", "\"successes\":0", "health.successes: is not a whole number in range"),
        ] {
            let wrong = text.split(separator: old, maxSplits: 1).joined(separator: new)
            #expect(throws: UpkeepError(problem)) { try Keeping(decoding: Array(wrong.utf8)) }
        }
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
