import Testing

@testable import Upkeep

@Suite struct RestartsTests {
    private func verdict(_ policy: RestartPolicy, status: Int32, isStopped: Bool = false) -> Restarts.Verdict
    {
        var restarts = Restarts()
        return restarts.ended(policy, status: status, ranMillis: 1, isStopped: isStopped)
    }

    @Test func pausesDoubleUpToAMinute() {
        var restarts = Restarts()
        var pauses: [Int64] = []
        for _ in 0..<12 {
            let verdict = restarts.ended(.init(.always), status: 0, ranMillis: 5, isStopped: false)
            if case .again(let pause) = verdict { pauses.append(pause) }
        }
        #expect(pauses == [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000])
        #expect(restarts.count == 12)
        #expect(
            restarts.ended(.init(.always), status: 1, ranMillis: 9_999, isStopped: false)
                == .again(afterMillis: 60_000))
        #expect(
            restarts.ended(.init(.always), status: 1, ranMillis: 10_000, isStopped: false)
                == .again(afterMillis: 100))
    }

    @Test func policiesDiffer() {
        let again = Restarts.Verdict.again(afterMillis: 100)
        #expect(verdict(.init(.no), status: 1) == .over)
        #expect(verdict(.init(.onFailure), status: 0) == .over)
        #expect(verdict(.init(.onFailure), status: 1) == again)
        #expect(verdict(.init(.always), status: 0) == again)
        #expect(verdict(.init(.unlessStopped), status: 0) == again)
        for kind in [RestartPolicy.Kind.onFailure, .always, .unlessStopped] {
            #expect(verdict(.init(kind), status: 1, isStopped: true) == .over)
        }
    }

    @Test func failuresAreCounted() {
        var restarts = Restarts()
        let policy = RestartPolicy(.onFailure, most: 2)
        for pause in [Int64(100), 200] {
            #expect(
                restarts.ended(policy, status: 1, ranMillis: 0, isStopped: false)
                    == .again(afterMillis: pause))
        }
        #expect(restarts.ended(policy, status: 1, ranMillis: 0, isStopped: false) == .over)
        #expect(restarts.count == 2)
    }

    @Test(arguments: [
        ("no", RestartPolicy(.no)), ("always", .init(.always)), ("unless-stopped", .init(.unlessStopped)),
        ("on-failure", .init(.onFailure)), ("on-failure:5", .init(.onFailure, most: 5)),
    ])
    func policiesAreRead(text: String, policy: RestartPolicy) throws {
        #expect(RestartPolicy(text) == policy)
        #expect(try RestartPolicy(decoding: policy.node.encoded()) == policy)
    }

    @Test(arguments: [
        "", "on-failure:", "on-failure:-1", "on-failure:+1", "always:3", "on-failure:1:2", "No",
    ])
    func otherPoliciesAreRefused(text: String) { #expect(RestartPolicy(text) == nil) }
}
