import Testing

/// What `COPY` and `ADD` take, and what they must not reach.
@Suite struct CopyTests {
    /// The tree of an image of these lines, of which nothing runs.
    private func tree(_ scratch: Scratch, _ lines: String) throws -> String {
        try scratch.write("context/Containerfile", "FROM scratch\n" + lines + "\n")
        try scratch.sh("build -q -t app context")
        return try scratch.listing("app").split(separator: "\n").filter { $0.contains(":") }
            .joined(separator: "\n")
    }

    private func problem(_ scratch: Scratch, _ lines: String) throws -> String {
        try scratch.write("context/Containerfile", "FROM scratch\n" + lines + "\n")
        return try scratch.sh("build -q context 2>&1 && echo built; true")
    }

    @Test func linksOfAContextLeadNowhereElse() throws {
        let scratch = try Scratch()
        try scratch.sh(
            """
            echo secret >secret && mkdir -p context/d
            ln -s ../secret context/up && ln -s \(scratch.folder)/secret context/away
            ln -s / context/root && ln -s .. context/d/parent
            """)
        for source in [
            "up", "away", "root/etc/hostname", "d/parent/../secret", "root\(scratch.folder)/secret",
        ] {
            let said = try problem(scratch, "COPY \(source) /x")
            #expect(said.contains("is not in the context"), "\(source): \(said)")
        }
        for source in ["../secret", "/../secret", "d/../../secret"] {
            let said = try problem(scratch, "COPY \(source) /x")
            #expect(said.contains("leads out of the context"), "\(source): \(said)")
        }
        // A link to the root is one to the context's; links in a tree are copied as they are.
        #expect(try tree(scratch, "COPY root /r") == tree(scratch, "COPY . /r"))
        #expect(try tree(scratch, "COPY d /d") == "d d 755 0:0 \nd/parent l 777 0:0 ..")
    }

    @Test func linksOfAnImageLeadNowhereElse() throws {
        let scratch = try Scratch()
        try scratch.sh(
            "mkdir -p context/l outside && ln -s \(scratch.folder)/outside context/l/out && echo x >context/x"
        )
        let shown = try tree(scratch, "COPY l /\nCOPY x \(scratch.folder)/outside/\nCOPY x /out/y")
        #expect(shown.contains("outside/y f 644 0:0"))
        #expect(try scratch.sh("ls outside") == "")
        try scratch.sh("ln -sfn $PWD/absent context/l/out")
        #expect(try problem(scratch, "COPY l /\nCOPY x /out/y").contains("COPY"))
        #expect(try scratch.sh("ls -d absent 2>&1 || true").contains("No such file"))
    }

    @Test func whatIsLeftOutIsNotThere() throws {
        let scratch = try Scratch()
        try scratch.sh(
            """
            mkdir -p context/a/b context/c && touch context/a/one context/a/b/two context/c/three context/four
            printf '*\\n!a/b\\n!four\\n' >context/.dockerignore
            """)
        #expect(
            try tree(scratch, "COPY . /") == """
                a d 755 0:0 \na/b d 755 0:0 \na/b/two f 644 0:0 \nfour f 644 0:0 
                """)
        #expect(try problem(scratch, "COPY c/three /").contains("is left out of it"))
        // A list of the Containerfile's own comes first.
        try scratch.sh("cp context/Containerfile other && echo a >other.dockerignore")
        try scratch.write("other", "FROM scratch\nCOPY c* f* /\n")
        try scratch.sh("build -q -f other -t app context")
        #expect(try scratch.listing("app") == "four f 644 0:0 \nthree f 644 0:0 \n")
    }

    @Test func aUserBuildsWhatRunsNothing() throws {
        let scratch = try Scratch()
        try scratch.sh("echo x >context/x && chmod 644 context/x && chmod 755 context")
        try scratch.write(
            "context/Containerfile",
            "FROM scratch AS one\nCOPY --chown=7:8 x /a/\nFROM one\nCOPY --from=one /a /b\nWORKDIR /c\n")
        let program = try Scratch.program()
        let said = try scratch.sh(
            """
            cp \(program) cli && cp \(program.dropLast(4)) docklock && mkdir home && chown 54321:54321 home
            { cat /etc/passwd; echo user54321:x:54321:54321::/:/bin/sh; } >passwd
            echo 54321:700000:65536 >ranges
            unshare -m sh -ec '
            touch /etc/subuid /etc/subgid
            mount --bind passwd /etc/passwd
            for file in subuid subgid; do mount --bind ranges /etc/$file; done
            HOME=$PWD/home setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=-all sh -c "
            ./cli build -t app context | tail -n 2 | head -n 1
            echo RUN true >home/Containerfile && sed -i 1iFROM\\ app home/Containerfile
            ./cli build home 2>&1 | tail -n 1"'
            find home/.local/share/docklock/layers -name x -printf '%U:%G %m\n'
            """)
        #expect(
            said == """
                COMMIT app:latest
                docklock: line 2: RUN: a step that runs needs the host's root, as containers of images do
                700006:700007 644
                700006:700007 644

                """)
    }

    @Test func archivesAreUnpacked() throws {
        let scratch = try Scratch()
        try scratch.sh(
            """
            mkdir -p t/in && echo x >t/in/x && chown 5:6 t/in/x && ln t/in/x t/hard && mkfifo t/fifo
            for how in cf czf; do tar -C t -$how context/$how.tar . ; done
            tar -C t -c . | zstd -q >context/zstd.tar; tar -C t -cjf context/bz.tar .
            head -c 2000 context/czf.tar >/dev/null; echo plain >context/plain.tar; gzip <t/in/x >context/x.gz
            """)
        let shown = try tree(scratch, "ADD cf.tar /cf/\nADD czf.tar /czf\nADD zstd.tar plain.tar x.gz /z/")
        for place in ["cf", "czf", "z"] {
            #expect(
                shown.contains("\(place)/in/x f 644 5:6") && shown.contains("\(place)/fifo p 644"), "\(shown)"
            )
        }
        #expect(shown.contains("z/plain.tar f 644 0:0") && shown.contains("z/x.gz f 644 0:0"))
        #expect(try tree(scratch, "COPY cf.tar /cf/") == "cf d 755 0:0 \ncf/cf.tar f 644 0:0 ")
        #expect(try problem(scratch, "ADD bz.tar /").contains("archives in bzip2 and xz are not unpacked"))
        try scratch.sh(
            "cd t && tar -cPf ../context/up.tar ../t/in && head -c 1000 ../context/cf.tar >../context/cut.tar"
        )
        #expect(try problem(scratch, "ADD up.tar /").contains("a path with .. in it"))
        #expect(try problem(scratch, "ADD cut.tar /").contains("ADD"))
    }

    @Test(arguments: [
        ("COPY f /\nCOPY d /", "d/f is a directory, and what has its name in the image is none"),
        ("COPY f /x\nCOPY d /x", "make the directory /x: not a directory"),
        ("COPY --chown=nobody f /", "the image's /etc/passwd has no user \"nobody\""),
        ("COPY --chown=1:x f /", "the image's /etc/group has no group \"x\""),
        ("COPY --from=127.0.0.1:1/no f /", "No such image: 127.0.0.1:1/no"),
        ("COPY f* /x", "means 2 sources, and /x is no"),
        ("COPY fifo /", "is neither a file nor a directory"), ("COPY no* /", "no* is not in the context"),
    ])
    func whatCannotBeCopiedIsSaid(_ lines: String, _ words: String) throws {
        let scratch = try Scratch()
        try scratch.sh(
            "mkdir -p context/d/f && echo f >context/f && mkfifo context/fifo; rm -f context/Containerfile")
        let said = try problem(scratch, lines)
        #expect(said.contains(words) && !said.contains("built"), "\(said)")
    }
}
