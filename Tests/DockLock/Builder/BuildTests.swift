import Digest
import Images
import Kernel
import Manifest
import Testing

/// What a build makes, and what it makes again.
@Suite struct BuildTests {
    private static let lines = """
        ARG WHO=nobody
        ENV GREETING="hello $WHO"
        COPY --chown=7:8 --chmod=750 note /texts/
        WORKDIR /desk
        RUN mkdir -m 1777 /tmp && echo "$GREETING" >greeting && mkdir deep
        RUN ln greeting deep/same && touch deep/now
        USER 7:8
        RUN id -u >/tmp/who
        CMD ["cat", "/desk/greeting"]
        LABEL kind=test
        """

    private func made() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.prepare(Self.lines)
        try scratch.sh("echo note >context/note")
        return scratch
    }

    @Test func theSameBuildMakesTheSameBytes() throws {
        let scratch = try made()
        let first = try scratch.sh(
            "SOURCE_DATE_EPOCH=1000000000 build -t app --iidfile id context | tail -n 1")
        #expect(try Files.text(scratch.folder + "/id") + "\n" == first)
        // Other times of the same files, another store, and no word from the first.
        let second = try scratch.sh(
            "touch context/* && mv data old && build --timestamp 1000000000 -q -t app context")
        #expect(first == second)
        let line = "'{{.Digest}} {{.Created}} {{.Sbom.Digest}}'"
        let shown = try scratch.sh(
            "cli inspect -f \(line) app; mv data new; mv old data; cli inspect -f \(line) app")
        let lines = shown.split(separator: "\n")
        #expect(
            lines.count == 2 && lines[0] == lines[1] && lines[0].contains(" 2001-09-09T01:46:40Z sha256:"))
    }

    @Test func whatWasMadeIsUsedAgain() throws {
        let scratch = try made()
        let first = try scratch.sh("build context")
        #expect(!first.contains("Using cache"))
        let second = try scratch.sh("build context")
        #expect(second.split(separator: "\n").last == first.split(separator: "\n").last)
        let steps = second.split(separator: "\n").filter { $0.hasPrefix("STEP ") }.count
        let used = second.split(separator: "\n").filter { $0.hasPrefix("--> Using cache ") }.count
        // FROM and ARG make nothing.
        #expect(steps == used + 2, "\(second)")
        #expect(try scratch.sh("build --no-cache context | grep -c 'Using cache' || true") == "0\n")
        // What a variable or a file changes is made anew, with all that follows.
        let other = try scratch.sh("build --build-arg WHO=you context")
        #expect(
            other.contains("STEP 6/13: COPY") && other.split(separator: "Using cache").count == 3, "\(other)")
        let changed = try scratch.sh("echo other >context/note; build context | grep -c 'Using cache'")
        #expect(changed == "3\n")
    }

    @Test func aVariableInAnInstructionCounts() throws {
        let scratch = try Scratch()
        try scratch.prepare("ARG D=/one\nWORKDIR $D\nRUN pwd >/pwd")
        try scratch.sh("build -q -t one context && build -q -t two --build-arg D=/two context")
        #expect(try scratch.listing("two", "two") == "")
        let text = try scratch.sh("cat tree/rootfs/pwd")
        #expect(text == "/two\n")
    }

    @Test func stepsLeaveNothingBehind() throws {
        let scratch = try made()
        try scratch.sh("build -q -t app context")
        try scratch.write(
            "context/Containerfile",
            "FROM app AS one\nFROM one\nUSER 0\nCOPY --from=one /desk /w\nRUN echo no >/no; exit 9\n")
        #expect(try scratch.sh("build context >out 2>&1; echo $?") == "9\n")
        #expect(
            try Files.text(scratch.folder + "/out").contains("line 5: RUN: the command ended with status 9"))
        let left = try scratch.sh(
            "ls data/containers data/names data/ingest data/build s; cli images -q | wc -l")
        #expect(
            left == """
                data/build:
                cache

                data/containers:

                data/ingest:

                data/names:

                s:
                1

                """)
        // Where mounts were, nothing is.
        let tree = try scratch.listing("app")
        for name in ["proc", "sys", "dev", "etc"] { #expect(!tree.contains("\n\(name) d")) }
    }

    @Test func aBuildThatWasKilledIsClearedByTheNext() throws {
        let scratch = try Scratch()
        try scratch.prepare("RUN echo begun; exec sleep 1000")
        let left = try scratch.sh(
            """
            mkfifo told
            ( exec \(try Scratch.program()) build --data-root data --root s --network none context ) \
                >told 2>&1 &
            grep -x -m 1 begun <told >/dev/null && kill -KILL $! && wait $! 2>/dev/null
            ls data/names | wc -l; cli images -aq | wc -l
            """)
        #expect(left == "1\n1\n")
        try scratch.prepare("RUN true")
        try scratch.sh("build -q -t app context")
        #expect(
            try scratch.sh("ls data/names data/containers s | grep -c . ; cli images -aq | wc -l") == "3\n1\n"
        )
    }

    @Test(arguments: ["INT", "TERM"])
    func aBuildThatIsInterruptedEndsItsStep(_ signal: String) throws {
        let scratch = try Scratch()
        try scratch.prepare("RUN echo begun; exec sleep 1000")
        let said = try scratch.sh(
            """
            mkfifo told
            program=\(try Scratch.program())
            # A shell lets its children in the background ignore what the keyboard sends.
            ( exec env --default-signal $program build --data-root data --root s --network none context ) \
                >told 2>said &
            { grep -x -m 1 begun >/dev/null; kill -\(signal) $!; cat >/dev/null; } <told
            wait $!; echo $?; cat said
            ls data/names data/containers s | grep -c . ; cli images -aq | wc -l
            """)
        #expect(said == "130\ndocklock: line 4: RUN: interrupted\n3\n0\n")
    }

    @Test func stagesThatNobodyNeedsAreNotBuilt() throws {
        let scratch = try Scratch()
        try scratch.write(
            "context/Containerfile",
            """
            FROM scratch AS files
            COPY a /a
            FROM scratch AS broken
            COPY nowhere /
            FROM files AS more
            COPY b /b
            FROM scratch
            COPY --from=more /a /b /c/
            """)
        try scratch.sh("echo a >context/a; echo b >context/b; build -t app context")
        #expect(try scratch.listing("app").contains("c/b f 644 0:0"))
        // By the static program, which hands it over with all that it was told.
        let docklock = "\(try Scratch.program().dropLast(4)) --root $PWD/s --data-root=$PWD/data"
        try scratch.sh("\(docklock) build -t first --target 0 --label x=y context")
        #expect(try scratch.sh("cli inspect -f '{{.Config.Labels.x}}' first") == "y\n")
        #expect(try scratch.sh("build --target broken context 2>&1 || true").contains("nowhere is not in"))
        #expect(try scratch.sh("build --target none context 2>&1 || true").contains("no such stage"))
    }

    @Test func theBillStaysWithTheImage() throws {
        let scratch = try Scratch()
        try scratch.prepare(
            """
            RUN mkdir -p /var/lib/dpkg /etc && echo ID=debian >/etc/os-release && rm -f /bin/yes
            COPY status /var/lib/dpkg/status
            COPY gone /gone
            RUN rm /gone
            """)
        try scratch.write("context/status", "Package: one\nVersion: 1\n\nPackage: two\nVersion: 2\n")
        try scratch.sh("echo >context/gone; build -q -t app context")
        try scratch.write("context/Containerfile", "FROM app\nCOPY status /other\n")
        try scratch.sh("build -q -t next context")
        let count = "'{{.Sbom.Packages}} {{.Sbom.Files}}'"
        #expect(try scratch.sh("cli inspect -f \(count) app next") == "2 2\n2 3\n")
        let files = try scratch.sh(
            "jq -r '.files[].fileName' \"$(cli inspect -f {{.Sbom.Document}} next)\"; sha1sum <context/status"
        )
        #expect(files.hasPrefix("./bin/busybox\n./other\n./var/lib/dpkg/status\n"))
        let first = String(files.split(separator: "\n").last?.prefix(40) ?? "")
        #expect(try scratch.sh("grep -c \(first) \"$(cli inspect -f {{.Sbom.Document}} next)\"") == "1\n")
        // A sweep keeps it as long as its image, and no longer.
        try scratch.sh("cli image prune -f && cli rmi app")
        #expect(try scratch.sh("cli inspect -f \(count) next") == "2 3\n")
        try scratch.sh("cli rmi next")
        #expect(
            try scratch.sh("find data/images/blobs data/layers -mindepth 2 | wc -l") == "0\n"
        )
        #expect(try scratch.store.images().isEmpty)
    }
}
