import Glibc
import JSON
import Kernel
import OCI
import Testing

@testable import Container

@Suite struct HooksTests {
    private func hook(_ path: String, _ args: [String] = [], timeout: Int? = nil) -> Hook {
        var hook = Hook()
        hook.path = path
        hook.args = args
        hook.env = ["PATH=/usr/bin:/bin", "MARK=mark"]
        hook.timeout = timeout
        return hook
    }

    private let state = JSONNode.object([.init("id", .string("box"))])

    @Test func eachGetsTheStateItsArgumentsAndEnvironment() throws {
        let scratch = try Scratch()
        let log = scratch.file("log")
        let program = try scratch.program("hook", "{ cat; echo \" $0 $1 $MARK\"; } >> \(log)")
        try Hooks.run([hook(program, ["name", "one"]), hook(program, ["name", "two"])], "prestart", state)
        let line = { (word: String) in "{\"id\":\"box\"} \(program) \(word) mark\n" }
        #expect(try Files.text(log) == line("one") + line("two"))
    }

    @Test func firstFailureEndsThem() throws {
        let scratch = try Scratch()
        let good = try scratch.program("good", "echo x >> \(scratch.file("log"))")
        let bad = try scratch.program("bad", "exit 3")
        let words = refusal { try Hooks.run([hook(good), hook(bad), hook(good)], "prestart", state) }
        #expect(words == "prestart hook 2, \(bad): exit status 3")
        #expect(try Files.text(scratch.file("log")) == "x\n")
    }

    @Test func failuresAreNamed() throws {
        let scratch = try Scratch()
        let absent = scratch.file("none")
        let killed = try scratch.program("killed", "kill -9 $$")
        // It waits for what nobody will ever write.
        #expect(mkfifo(scratch.file("never"), 0o600) == 0)
        let slow = try scratch.program("slow", "exec cat \(scratch.file("never"))")
        let run = { (hook: Hook) in refusal { try Hooks.run([hook], "poststop", state) } }
        #expect(run(hook(absent)) == "poststop hook 1, \(absent): no such file or directory")
        #expect(run(hook(killed)) == "poststop hook 1, \(killed): killed by signal 9")
        #expect(run(hook(slow, timeout: 1)) == "poststop hook 1, \(slow): timed out after 1 s")
    }

    @Test func hooksOfTheEndAllRun() throws {
        let scratch = try Scratch()
        let bad = try scratch.program("bad", "echo bad >> \(scratch.file("log")); exit 1")
        let warned = Warnings()
        let journal = Journal(warn: { warned.add($0) }, debug: { _ in })
        Hooks.runAll([hook(bad), hook(bad)], "poststop", state, journal)
        #expect(try Files.text(scratch.file("log")) == "bad\nbad\n")
        #expect(warned.all == Array(repeating: "poststop hook 1, \(bad): exit status 1", count: 2))
    }
}
