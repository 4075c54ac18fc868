import Harness
import Testing

/// The five capability sets, read back from /proc/self/status.
@Suite(.blackBox) struct Capabilities {
    private func sets(_ change: (inout Value) -> Void) throws -> [String: UInt64] {
        let outcome = try Trial("grep ^Cap /proc/self/status", change).run()
        try #require(outcome.succeeded, "\(outcome.err)")
        return Capabilities.parse(outcome.lines)
    }

    static func parse(_ lines: [String]) -> [String: UInt64] {
        var sets: [String: UInt64] = [:]
        for line in lines {
            let words = line.split(whereSeparator: { $0 == ":" || $0 == "\t" })
            if words.count == 2 { sets[String(words[0].dropFirst(3))] = UInt64(words[1], radix: 16) }
        }
        return sets
    }

    static let kill: UInt64 = 1 << 5
    static let setuid: UInt64 = 1 << 7
    static let bind: UInt64 = 1 << 10

    @Test func rootHasWhatIsGivenAndNoMore() throws {
        let got = try sets {
            $0.capabilities(["CAP_KILL", "CAP_SETUID"], in: ["bounding", "permitted", "effective"])
        }
        let want = Self.kill | Self.setuid
        #expect(got == ["Inh": 0, "Prm": want, "Eff": want, "Bnd": want, "Amb": 0])
    }

    @Test func noneAtAll() throws {
        let got = try sets { $0["process", "capabilities"] = [:] }
        #expect(got == ["Inh": 0, "Prm": 0, "Eff": 0, "Bnd": 0, "Amb": 0])
    }

    @Test func aUserKeepsOnlyWhatIsAmbient() throws {
        let got = try sets {
            $0.capabilities(
                ["CAP_NET_BIND_SERVICE"],
                in: ["bounding", "permitted", "effective", "inheritable", "ambient"])
            $0["process", "user"] = ["uid": 1000, "gid": 1000]
        }
        #expect(
            got == ["Inh": Self.bind, "Prm": Self.bind, "Eff": Self.bind, "Bnd": Self.bind, "Amb": Self.bind])
    }

    @Test func aUserWithoutAmbientHasNone() throws {
        let got = try sets {
            $0.capabilities(["CAP_KILL"], in: ["bounding", "permitted", "effective"])
            $0["process", "user"] = ["uid": 1000, "gid": 1000]
        }
        #expect(got["Eff"] == 0 && got["Prm"] == 0 && got["Amb"] == 0 && got["Bnd"] == Self.kill)
    }

    @Test func theSetsAreApart() throws {
        let got = try sets {
            $0["process", "capabilities"] = [
                "bounding": ["CAP_KILL", "CAP_SETUID", "CAP_NET_BIND_SERVICE"],
                "permitted": ["CAP_KILL", "CAP_SETUID"], "effective": ["CAP_KILL"],
                "inheritable": ["CAP_SETUID"],
            ]
        }
        #expect(got["Bnd"] == Self.kill | Self.setuid | Self.bind)
        #expect(got["Inh"] == Self.setuid)
    }

    @Test func aCapabilityOutsideTheBoundingSetCannotBeRegained() throws {
        let trial = try Trial("chown 1 /tmp; echo $?") {
            $0.capabilities(["CAP_KILL"], in: ["bounding", "permitted", "effective"])
        }
        #expect(try trial.run().lines.last == "1")
    }

    @Test func namesTheKernelDoesNotKnowAreNoError() throws {
        let trial = try Trial("echo ran") {
            $0.capabilities(["CAP_KILL", "CAP_OF_THE_FUTURE"], in: ["bounding", "permitted", "effective"])
        }
        #expect(try trial.run().out == "ran\n")
    }

    @Test func absentMeansNone() throws {
        let got = try sets { $0["process", "capabilities"] = nil }
        #expect(got["Eff"] == 0 && got["Bnd"] == 0)
    }
}
