import Foundation
import Harness
import Testing

/// The runtime is killed at a system call: whatever the moment, `delete --force` or `repair` leaves
/// nothing. The normal run takes a sample of the calls; DOCKLOCK_FAULTS=all takes every one.
@Suite(.blackBox) struct Kills {
    static let everyCall = ProcessInfo.processInfo.environment["DOCKLOCK_FAULTS"] == "all"
    /// Prime to one another, so that the samples of the verbs fall on different places.
    static let strides = ["create": 19, "start": 6, "exec": 17, "kill": 7, "delete": 11]

    /// A system call of a verb: its name, and the how-manieth of that name.
    struct Call: Sendable, CustomTestStringConvertible {
        let name: String
        let nth: Int
        var testDescription: String { "\(name) \(nth)" }
    }

    static func container() throws -> Trial { try Trial("echo > /ready; exec sleep 1000") }

    static func arguments(_ verb: String, _ trial: Trial) -> [String] {
        switch verb {
        case "create": ["create", "--bundle", trial.bundle, trial.id]
        case "exec": ["exec", trial.id, "true"]
        case "kill": ["kill", trial.id, "KILL"]
        case "delete": ["delete", "--force", trial.id]
        default: [verb, trial.id]
        }
    }

    /// Brings a container to where the verb applies.
    static func prepare(_ verb: String, _ trial: Trial) throws {
        guard verb != "create" else { return }
        let created = try trial.create()
        guard created.succeeded else { throw Failure(created.err) }
        guard verb != "start" else { return }
        guard try trial.start().succeeded else { throw Failure("start") }
        try trial.awaitReady()
    }

    /// The runtime under strace, itself alone.
    static func traced(_ options: [String], _ verb: String, _ trial: Trial) -> Command {
        var command = trial.command(arguments(verb, trial))
        command.arguments = options + [command.path] + command.arguments
        command.path = "/usr/bin/strace"
        return command
    }

    /// The calls that a verb makes, in their order, thinned to the sample.
    static func calls(of verb: String, from offset: Int = 0) throws -> [Call] {
        let trial = try container()
        try prepare(verb, trial)
        let log = trial.folder + "/trace"
        let outcome = try traced(["-o", log], verb, trial).run(in: trial.folder)
        guard outcome.succeeded, let trace = Host.read(log) else { throw Failure("strace: \(outcome.err)") }
        var counts: [String: Int] = [:]
        var calls: [Call] = []
        for line in trace.split(separator: "\n") {
            let name = String(line.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            guard !name.isEmpty, line.dropFirst(name.count).first == "(", name != "exit_group" else {
                continue
            }
            counts[name, default: 0] += 1
            calls.append(Call(name: name, nth: counts[name] ?? 1))
        }
        let stride = everyCall ? 1 : strides[verb] ?? 1
        return calls.enumerated().filter { ($0.offset + offset) % stride == 0 }.map(\.element)
    }

    /// Runs the verb and kills it on entering the call; false when it ended before.
    static func kill(_ verb: String, at call: Call, _ trial: Trial) throws {
        let inject = "inject=\(call.name):signal=KILL:when=\(call.nth)"
        let log = trial.folder + "/strace.log"
        var command = traced(["-o", log, "-e", "trace=\(call.name)", "-e", inject], verb, trial)
        command.timeoutMillis = 20_000
        let outcome = try command.run(in: trial.folder)
        if outcome.status == 124 { throw Failure("\(verb) hangs at \(call.testDescription)") }
    }

    @Test(arguments: ["create", "start", "exec", "kill", "delete"])
    func killedAtAnyCall(verb: String) throws {
        for call in try Self.calls(of: verb) {
            let trial = try Self.container()
            try Self.prepare(verb, trial)
            try Self.kill(verb, at: call, trial)
            let deleted = try trial.delete(force: true)
            #expect(deleted.succeeded, "\(verb) killed at \(call.testDescription): \(deleted.err)")
            let left = trial.leftovers() + trial.processesLeft()
            #expect(left == [], "\(verb) killed at \(call.testDescription)")
        }
    }

    @Test(arguments: ["create", "start", "delete"])
    func repairedAfterAKill(verb: String) throws {
        for call in try Self.calls(of: verb, from: 3) {
            let trial = try Self.container()
            try Self.prepare(verb, trial)
            try Self.kill(verb, at: call, trial)
            let repaired = try trial.invoke(["repair"])
            #expect(repaired.succeeded, "\(verb) killed at \(call.testDescription): \(repaired.err)")
            let list = try trial.invoke(["list", "--quiet"])
            #expect(list.succeeded && ["", trial.id + "\n"].contains(list.out))
            if list.out.isEmpty {
                let left = trial.leftovers() + trial.processesLeft()
                #expect(left == [], "\(verb) killed at \(call.testDescription)")
            } else {
                let status = try trial.status
                #expect(["created", "running", "stopped"].contains(status))
            }
        }
    }

    @Test func execOfAKilledRuntimeLeavesTheContainer() throws {
        let trial = try Self.container()
        try trial.launch()
        let exec = try trial.command(["exec", trial.id, "sh", "-c", "echo > /ready; exec sleep 1000"]).start(
            in: trial.folder)
        try trial.awaitReady()
        Glibc.kill(exec.pid, SIGKILL)
        #expect(exec.wait().status == 137)
        #expect(try trial.status == "running")
        #expect(try trial.exec(["echo", "still"]).out == "still\n")
    }

    @Test func aKilledForegroundRunCanBeDeleted() throws {
        let trial = try Self.container()
        let run = try trial.command(["run", "--bundle", trial.bundle, trial.id]).start(in: trial.folder)
        try trial.awaitReady()
        Glibc.kill(run.pid, SIGKILL)
        #expect(run.wait().status == 137)
        #expect(try ["running", "stopped"].contains(trial.status))
        #expect(try trial.delete(force: true).succeeded)
        #expect(trial.leftovers() == [])
    }
}
