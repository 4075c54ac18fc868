import Foundation
import Glibc
import Harness
import Testing

/// The program that handles vPods is killed at a system call that changes something: whatever the moment,
/// `vpod rm --force` and `repair` leave nothing.
@Suite(.people) struct VpodKills {
    static let calls = [
        "mkdir", "symlink", "rename", "mount", "umount2", "unlink", "unlinkat", "rmdir", "fsync", "flock",
        "wait4", "write",
    ]
    /// How many moments of a verb are tried.
    static let sample = 6

    private static func traced(_ place: Place, _ options: [String], _ words: [String]) -> Command {
        let program = URL(fileURLWithPath: Runtime.tested.path).deletingLastPathComponent().path
        let places = ["--data-root", place.data, "--root", place.folder + "/s"]
        let filter = ["-e", "trace=" + calls.joined(separator: ",")]
        return place.inside(
            "/usr/bin/strace", filter + options + [program + "/docklock-cli"] + places + ["vpod"] + words)
    }

    /// Brings a vPod to where the verb applies.
    private static func prepare(_ verb: String, _ place: Place) throws {
        guard verb != "create" else { return }
        var ready = try place.invoke("vpod", "create", "--name", "box", "--network", "none")
        if ready.succeeded {
            ready = try place.invoke("create", "--pod", "box", "--name", "main", "busybox", "sleep", "1000")
        }
        if ready.succeeded, verb != "start" { ready = try place.invoke("vpod", "start", "box") }
        guard ready.succeeded else { throw Failure(ready.err) }
    }

    private static let verbs = [
        "create": ["create", "--name", "box", "--network", "none"], "start": ["start", "box"],
        "stop": ["stop", "-t", "0", "box"], "rm": ["rm", "-f", "box"],
    ]

    private func moments(_ verb: String, _ words: [String]) throws -> [String] {
        let place = try Place()
        try Self.prepare(verb, place)
        let log = place.folder + "/trace"
        let outcome = try Self.traced(place, ["-o", log], words).run(in: place.folder)
        guard outcome.succeeded, let trace = Host.read(log) else { throw Failure("strace: \(outcome.err)") }
        var counts: [String: Int] = [:]
        let all = trace.split(separator: "\n").compactMap { line -> String? in
            let call = String(line.prefix { $0 != "(" })
            guard Self.calls.contains(call) else { return nil }
            counts[call, default: 0] += 1
            return "\(call):signal=KILL:when=\(counts[call] ?? 1)"
        }
        #expect(try place.invoke("vpod", "rm", "-f", "box").succeeded)
        let stride = max(all.count / Self.sample, 1)
        return all.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    }

    @Test(arguments: ["create", "start", "stop", "rm"])
    func aKilledVerbCanBeCleared(_ verb: String) throws {
        let words = try #require(Self.verbs[verb])
        let moments = try moments(verb, words)
        #expect(moments.count >= Self.sample)
        for moment in moments {
            let place = try Place()
            try Self.prepare(verb, place)
            let log = place.folder + "/log"
            _ = try Self.traced(place, ["-o", log, "-e", "inject=" + moment], words).run(in: place.folder)
            // What it had started goes on, to its own end.
            #expect(awaitNothing { place.processes("docklock\n").map { "\($0)" } } == [], "\(moment)")
            #expect(try place.invoke("repair").succeeded, "\(verb): \(moment)")
            let removed = try place.invoke("vpod", "rm", "-f", "box")
            #expect(removed.succeeded, "\(verb): \(moment): \(removed.err)")
            #expect(place.leftovers() == [], "\(verb): \(moment)")
            #expect(place.names(in: "vpods").filter { $0 != "names" } == [], "\(verb): \(moment)")
        }
    }
}
