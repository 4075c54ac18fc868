import Testing

@testable import Containerfile

/// The file as values.
@Suite struct ParseTests {
    private func parse(_ text: String) throws -> Containerfile { try Containerfile.parse(Array(text.utf8)) }

    private func bodies(_ text: String) throws -> [Instruction.Body] {
        try parse("FROM scratch\n" + text).stages[0].instructions.map(\.body)
    }

    @Test func stagesHaveNamesAndBases() throws {
        let file = try parse(
            """
            # syntax=docker/dockerfile:1
            ARG A=1 B
            FROM --platform=$P image:${A} AS Build

            # a comment
            from other as last
            RUN true
            """)
        #expect(file.globals.map(\.0) == [2, 2])
        #expect(file.globals.map(\.1) == [.init(name: "A", value: "1"), .init(name: "B", value: nil)])
        #expect(file.stages.map(\.base) == ["image:${A}", "other"])
        #expect(file.stages.map(\.name) == ["build", "last"])
        #expect(file.stages.map(\.line) == [3, 6])
        #expect(file.stages[0].platform == "$P")
        #expect(file.stage("BUILD", before: 2) == 0 && file.stage("1", before: 2) == 1)
        #expect(file.stage("last", before: 1) == nil && file.stage("01", before: 2) == nil)
    }

    @Test func linesGoOnBehindTheEscape() throws {
        let file = try parse("FROM scratch\nRUN a \\\n  # between\n\n  b \\  \n  c\nCMD d\n")
        #expect(file.stages[0].instructions.map(\.text) == ["RUN a   b   c", "CMD d"])
        #expect(file.stages[0].instructions.map(\.line) == [2, 7])
        let other = try parse("# escape=`\r\nFROM scratch\r\nRUN a `\r\n b\\\r\nCMD c")
        #expect(other.escape == "`")
        #expect(other.stages[0].instructions.map(\.text) == ["RUN a  b\\", "CMD c"])
    }

    @Test func formsAreToldApart() throws {
        #expect(
            try bodies("CMD [\"a\", \"b c\"]\nCMD [a]\nENTRYPOINT x y\nSHELL [\"/s\", \"-c\"]") == [
                .cmd(.exec(["a", "b c"])), .cmd(.shell("[a]")), .entrypoint(.shell("x y")),
                .shell(["/s", "-c"]),
            ])
        #expect(
            try bodies("VOLUME /a /b\nVOLUME [\"/c d\"]") == [.volume(["/a", "/b"]), .volume(["/c d"])])
        #expect(
            try bodies("ENV a=1 b=\"x y\" c=x\\ y\nENV old style value\nLABEL k=") == [
                .env([
                    .init(name: "a", value: "1"), .init(name: "b", value: "\"x y\""),
                    .init(name: "c", value: "x\\ y"),
                ]),
                .env([.init(name: "old", value: "style value")]), .label([.init(name: "k", value: "")]),
            ])
    }

    @Test func copiesHaveFlags() throws {
        var copy = CopyInstruction()
        copy.sources = ["a", "b"]
        copy.destination = "/d/"
        (copy.from, copy.chown, copy.chmod) = ("x", "1:2", "644")
        #expect(
            try bodies("COPY --from=x --link --chown=1:2 --chmod=644 a b /d/\nCOPY [\"a\",\"b\",\"/d/\"]")
                == [
                    .copy(copy), .copy(CopyInstruction(sources: ["a", "b"], destination: "/d/")),
                ])
    }

    @Test func documentsStandBelow() throws {
        let found = try bodies(
            """
            RUN <<EOF
            one
              two
            EOF
            RUN cat <<-'A' <<B >/f
            \t\tthree
            \tA
            four
            B
            COPY <<"X" <<Y file /to/
            $lit
            X
            $exp
            Y
            RUN echo $((1<<2)) <<< no
            """)
        #expect(found[0] == .run(.shell("one\n  two\n"), network: nil))
        #expect(found[1] == .run(.shell("cat <<-'A' <<B >/f\nthree\nA\nfour\nB\n"), network: nil))
        guard case .copy(let copy) = found[2] else {
            Issue.record("no copy: \(found[2])")
            return
        }
        #expect(copy.sources == ["file"])
        #expect(copy.documents.map(\.text) == ["$lit\n", "$exp\n"])
        #expect(copy.documents.map(\.isLiteral) == [true, false])
        #expect(found[3] == .run(.shell("echo $((1<<2)) <<< no"), network: nil))
    }

    @Test func healthHasTimes() throws {
        let line = "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=2h --retries=4 CMD [\"x\"]"
        var health = HealthInstruction()
        health.command = .exec(["x"])
        health.intervalNanos = 90_000_000_000
        health.timeoutNanos = 1_500_000_000
        health.startPeriodNanos = 7_200_000_000_000
        health.retries = 4
        #expect(try bodies(line + "\nHEALTHCHECK NONE") == [.healthcheck(health), .healthcheck(.init())])
    }

    @Test(arguments: [
        ("", "there is no FROM in the file"),
        ("RUN x\n", "line 1: RUN: only ARG may stand before the first FROM"),
        ("FROM a b\n", "line 1: FROM: wants an image, or: image AS name"),
        ("FROM a AS 1x\n", "line 1: FROM: \"1x\" is no name of a stage"),
        ("FROM a AS b\nFROM a AS B\n", "line 2: FROM: there is a stage b already"),
        ("FROM a\n\nWHAT x\n", "line 3: WHAT: is no instruction"),
        ("FROM a\nONBUILD RUN x\n", "line 2: ONBUILD: triggers for later builds are not made here"),
        ("FROM a\nMAINTAINER me\n", "line 2: MAINTAINER: is of old: write LABEL"),
        ("FROM a\nCOPY x\n", "line 2: COPY: wants a source and a destination"),
        ("FROM a\nADD --from=b x y\n", "line 2: ADD: the flag --from is not known here"),
        ("FROM a\nCOPY --chown= x y\n", "line 2: COPY: --chown wants a value"),
        ("FROM a\nRUN --mount=type=bind x\n", "line 2: RUN: --mount is not made here"),
        ("FROM a\nRUN --network=some x\n", "line 2: RUN: --network is default, none or host"),
        ("FROM a\nRUN\n", "line 2: RUN: wants a command"),
        ("FROM a\nCMD --x y\n", "line 2: CMD: the flag --x is not known here"),
        ("FROM a\nENV x\n", "line 2: ENV: \"x\" has no value"),
        ("FROM a\nENV a=1 b\n", "line 2: ENV: \"b\" is not name=value"),
        ("FROM a\nARG 1=2\n", "line 2: ARG: \"1=2\" is not NAME or NAME=value"),
        ("FROM a\nSHELL sh -c\n", "line 2: SHELL: wants a JSON array"),
        ("FROM a\nRUN <<E\nx\n", "line 2: RUN: the here-document E does not end"),
        ("FROM a\nRUN <<E\n#!/bin/x\nE\n", "line 2: RUN: a here-document with #! is not run here"),
        ("FROM a\nHEALTHCHECK --interval=5 CMD x\n", "line 2: HEALTHCHECK: --interval=5 is no time"),
        ("FROM a\nHEALTHCHECK MAYBE\n", "line 2: HEALTHCHECK: wants NONE alone, or CMD and a command"),
        ("# escape=x\nFROM a\n", "line 1: escape must be \\ or `, not \"x\""),
        ("FROM a\u{0}\n", "the file holds a NUL"),
    ])
    func whatIsWrongIsNamed(_ text: String, _ problem: String) {
        #expect {
            try parse(text)
        } throws: { error in
            "\(error)".hasPrefix(problem)
        }
    }
}
