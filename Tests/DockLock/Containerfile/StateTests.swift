import Containerfile
import Manifest
import Testing

/// What instructions do to a configuration, with their variables expanded.
@Suite struct StateTests {
    /// The configuration after the last stage's instructions, and the work that they ask for.
    private func run(
        _ text: String, _ arguments: [Pair] = [], base: Execution = Execution()
    ) throws -> (run: Execution, work: [StageWork]) {
        let file = try Containerfile.parse(Array(text.utf8))
        let arguments = BuildArguments(given: arguments)
        let globals = try GlobalArguments(file, arguments)
        var state = StageState(base, file, arguments, globals)
        var work: [StageWork] = []
        for instruction in file.stages[file.stages.count - 1].instructions {
            work.append(try state.take(instruction))
        }
        return (state.run, work)
    }

    /// The value that a word of an ENV gets, where a is 1, e is empty, and u is not set.
    @Test(arguments: [
        ("$a", "1"), ("${a}x", "1x"), ("$ab", ""), ("'$a'", "$a"), ("\"$a\"", "1"), ("\\$a", "$a"),
        ("\"\\$a \\x\"", "$a \\x"), ("${a:-d}", "1"), ("${e:-d}", "d"), ("${e-d}", ""), ("${u-d}", "d"),
        ("${u:-${a:-x}}", "1"), ("${u:-\"a}\"}", "a}"), ("${a:+y}", "y"), ("${e:+y}", ""), ("${e+y}", "y"),
        ("${u+y}", ""), ("a$", "a$"), ("$1x", "x"), ("a''b", "ab"), ("é$a", "é1"), ("$$a", "$1"),
    ])
    func wordsAreExpanded(_ word: String, _ value: String) throws {
        let (run, _) = try run("FROM scratch\nENV a=1 e=\nENV r=\(word)\n")
        #expect(run.env.last == "r=" + value)
    }

    @Test(arguments: [
        ("ENV x=${a", "line 2: ENV: a ${ is not closed"), ("ENV x=${a:", "line 2: ENV: a ${ is not closed"),
        ("ENV x=${}", "line 2: ENV: a ${ names no variable"), ("ENV x=${u:?gone}", "line 2: ENV: u: gone"),
        ("ENV x=${a#y}", "line 2: ENV: ${a...}: only -, + and ?"),
        ("ENV x='a", "line 2: ENV: a ' is not closed"),
        ("USER $none", "line 2: USER: a variable leaves nothing of it"),
        ("EXPOSE x", "line 2: EXPOSE: \"x\" is no port"),
        ("EXPOSE 9-8", "line 2: EXPOSE: \"9-8\" is no port"),
        ("EXPOSE 80/ip", "line 2: EXPOSE: \"80/ip\" is no port"),
        ("COPY a b /c", "line 2: COPY: of several sources the destination must be a folder"),
        ("COPY --chmod=9 a /c", "line 2: COPY: --chmod=9 is no mode in octal digits"),
        ("ADD https://x.y/z /c", "line 2: ADD: https://x.y/z: only what is in the context is added"),
    ])
    func whatCannotBeExpandedIsRefused(_ line: String, _ problem: String) {
        #expect {
            try run("FROM scratch\n" + line)
        } throws: { error in
            "\(error)".hasPrefix(problem)
        }
    }

    @Test func wordsThatGrowWithoutEndAreRefused() {
        let lines = (0..<40).map { _ in "ENV a=$a$a" }.joined(separator: "\n")
        #expect(throws: ContainerfileError.self) { try run("FROM scratch\nENV a=xxxxxxxx\n" + lines) }
        let deep = String(repeating: "${a:-", count: 5000) + String(repeating: "}", count: 5000)
        #expect(throws: ContainerfileError.self) { try run("FROM scratch\nENV b=\(deep)") }
    }

    @Test func variablesOfOneInstructionSeeWhatWasBefore() throws {
        let (run, _) = try run("FROM scratch\nENV a=1\nENV a=2 b=$a\nENV PATH=/x:$PATH\n")
        let path = "PATH=/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        #expect(run.env == [path, "a=2", "b=1"])
    }

    @Test func argumentsComeFromOutside() throws {
        let text = """
            ARG V=1
            ARG U
            FROM scratch AS other
            ARG V=9
            FROM scratch
            ARG V
            ARG U=$V-u
            ARG X=x
            ARG TARGETARCH
            ENV r=$V,$U,$X,$TARGETARCH,$TARGETOS
            """
        #expect(try run(text).run.env.last == "r=1,1-u,x,amd64,")
        let given = [Pair("V", "2"), Pair("X", "y"), Pair("HTTP_PROXY", "p"), Pair("NOPE", "")]
        let (run, work) = try run(text + "\nRUN [\"true\"]\n", given)
        #expect(run.env.last == "r=2,2-u,y,amd64,")
        guard case .run(let step)? = work.last else {
            Issue.record("no step")
            return
        }
        #expect(step.arguments == ["true"] && step.proxies == ["HTTP_PROXY=p"])
        #expect(step.environment.suffix(4) == ["V=2", "U=2-u", "X=y", "TARGETARCH=amd64"])
        #expect(!run.env.contains { $0.hasPrefix("V=") })
        let file = try Containerfile.parse(Array(text.utf8))
        #expect(BuildArguments(given: given).unused(in: file) == ["NOPE"])
    }

    @Test func aVariableOfTheImageHidesAnArgument() throws {
        var base = Execution()
        base.env = ["V=image"]
        #expect(try run("FROM scratch\nARG V=arg\nENV r=$V", base: base).run.env.contains("r=image"))
    }

    @Test func basesAreExpandedAndPlatformsHeld() throws {
        func base(_ text: String, _ given: [Pair] = []) throws -> String {
            let file = try Containerfile.parse(Array(text.utf8))
            return try GlobalArguments(file, BuildArguments(given: given)).base(of: file.stages[0])
        }
        #expect(try base("ARG V=1\nFROM a:${V}") == "a:1")
        #expect(try base("ARG V=1\nFROM a:${V}", [Pair("V", "2")]) == "a:2")
        #expect(try base("FROM --platform=$BUILDPLATFORM a") == "a")
        #expect(throws: ContainerfileError.self) { try base("FROM --platform=linux/arm64 a") }
        #expect(throws: ContainerfileError.self) { try base("FROM $nothing") }
    }

    @Test func configurationsAreSet() throws {
        var base = Execution()
        (base.entrypoint, base.cmd, base.workingDir) = (["old"], ["gone"], "/base")
        let (run, work) = try run(
            """
            FROM scratch
            WORKDIR sub/../two
            WORKDIR ./three
            USER u:g
            EXPOSE 80 90-92/UDP 80/tcp
            VOLUME /v /v
            LABEL a=1 "b c"="d e"
            LABEL a=2
            STOPSIGNAL SIGINT
            SHELL ["/s", "-x"]
            ENTRYPOINT run it
            HEALTHCHECK CMD ok now
            RUN --network=none say $HOME
            """, base: base)
        #expect(run.workingDir == "/base/two/three" && run.user == "u:g" && run.stopSignal == "SIGINT")
        #expect(run.exposedPorts == ["80/tcp", "90/udp", "91/udp", "92/udp"])
        #expect(run.volumes == ["/v"] && run.labels == [Pair("a", "2"), Pair("b c", "d e")])
        #expect(run.entrypoint == ["/s", "-x", "run it"] && run.cmd == nil)
        #expect(run.healthcheck?.test == ["CMD-SHELL", "ok now"])
        #expect(work[0] == .folder("/base/two") && work[1] == .folder("/base/two/three"))
        guard case .run(let step)? = work.last else {
            Issue.record("no step")
            return
        }
        #expect(step.arguments == ["/s", "-x", "say $HOME"] && step.network == BuildNetwork.none)
    }

    @Test func anEntryPointKeepsTheStagesOwnCommand() throws {
        var base = Execution()
        base.cmd = ["base"]
        #expect(try run("FROM scratch\nCMD [\"own\"]\nENTRYPOINT [\"e\"]", base: base).run.cmd == ["own"])
        #expect(try run("FROM scratch\nENTRYPOINT [\"e\"]", base: base).run.cmd == nil)
    }

    @Test(arguments: [
        ("COPY a /b", "/b"), ("COPY a b", "/w/b"), ("COPY a b/", "/w/b/"), ("COPY a .", "/w/"),
        ("COPY a /", "/"),
        ("COPY a ../../../x", "/x"), ("COPY a $D/", "/d/"), ("COPY \"a\" './q'", "/w/q"),
    ])
    func destinationsAreAbsolute(_ line: String, _ path: String) throws {
        let (_, work) = try run("FROM scratch\nENV D=/d\nWORKDIR /w\n" + line)
        guard case .copy(let copy)? = work.last else {
            Issue.record("no copy")
            return
        }
        #expect(copy.destination == path && copy.sources == ["a"])
    }
}
