import Digest
import Glibc
import Hash
import Kernel
import Layers
import Testing

/// Layers that lie or attack: each is refused with its reason, or can do no harm; and nothing is left of it.
@Suite struct HostileTests {
    /// Expects a refusal that says this, and a folder as it was before.
    private func refuse(
        _ scratch: Scratch, _ archive: String, _ reason: String, limits: LayerLimits = LayerLimits(),
        _ location: SourceLocation = #_sourceLocation
    ) {
        let before = scratch.run("find . | sort")
        let error = #expect(throws: LayerError.self, sourceLocation: location) {
            try scratch.apply(archive, to: "out", limits: limits)
        }
        let text = error?.description ?? ""
        #expect(text.contains(reason), "\(text)", sourceLocation: location)
        #expect(scratch.run("find . | sort") == before, sourceLocation: location)
    }

    /// Entries and words of the refusal.
    static let refused: [([String], String)] = [
        (["../escape"], "entry ../escape: a path with .. in it"), (["a/../../x"], "a path with .. in it"),
        (["a/", "a/.."], "a path with .. in it"), (["x=>../../etc/passwd"], "a path with .. in it"),
        (["x=>/etc/passwd"], "entry x: link to"), (["x=>nothing"], "link to nothing: no such file"),
        (["x=>x"], "link to x"), (["d/", "x=>d"], "operation not permitted"), (["x=>/"], "link to the root"),
        (["up->..", "x=>up/etc/passwd"], "link to"), (["f", "f/x"], "entry f/x: open f: not a directory"),
        (["l->/etc", "l/passwd"], "entry l/passwd: open l"), (["l->l", "l/x"], "too many levels"),
        ([".wh.", "x"], "hide what has no name"), ([".wh..", "x"], "hide what has no name"),
        (["d/", "d/.wh..."], "hide what has no name"), ([".wh.c", "x=>c"], "link to c: no such file"),
        ([String(repeating: "n", count: 256)], "file name too long"),
        ([String(repeating: "d/", count: 300) + "x"], "more than 256 folders"),
        ([String(repeating: "p", count: 5000)], "more than 4095 bytes"),
        (["./->x"], "make the root as a file"),
        ([".wh..wh..opq", "x"], "entry .wh..wh..opq: hide all of the layers below: operation not supported"),
    ]

    @Test(arguments: refused)
    func whatLeavesTheRootIsRefused(entries: [String], reason: String) throws {
        let scratch = try Scratch()
        OverlayTests.pack(scratch, "1.tar", entries)
        refuse(scratch, "1.tar", reason)
    }

    /// Links lead where a process with the layer as its root would come, and never outside.
    @Test func linksAreFollowedInside() throws {
        let scratch = try Scratch()
        scratch.run("mkdir outside && echo kept >outside/victim")
        OverlayTests.pack(
            scratch, "1.tar",
            [
                "usr/", "usr/lib/", "lib->usr/lib", "lib/one", "abs->/usr", "abs/two", "up->../../../usr/lib",
                "up/three", "out->\(scratch.path)/outside", "/absolute",
                "etc/victim->\(scratch.path)/outside/victim",
                "etc/victim", "hard=>/usr/lib/one", "soft=>lib",
            ])
        try scratch.apply("1.tar", to: "1")
        #expect(scratch.run("ls 1/usr/lib") == "one\nthree\n")
        #expect(scratch.run("cat 1/usr/two 1/absolute 1/etc/victim") == "abs/two/absoluteetc/victim")
        #expect(scratch.run("cat outside/victim; ls outside") == "kept\nvictim\n")
        #expect(scratch.run("stat -c %h 1/usr/lib/one; readlink 1/soft") == "2\nusr/lib\n")
        OverlayTests.pack(scratch, "2.tar", ["out->\(scratch.path)/outside", "out/victim"])
        refuse(scratch, "2.tar", "entry out/victim: open out: no such file")
    }

    /// The last entry of a name counts, whatever it replaces.
    @Test func laterEntriesReplaceEarlierOnes() throws {
        let scratch = try Scratch()
        OverlayTests.pack(
            scratch, "1.tar",
            [
                "a", "a", "b/", "b/x/", "b/x/y", "b", "c", "c/", "c/z", "d->a", "d", "e", "e->a", "f/", "f/k",
                "f/",
                "g", "g=>a", "g=>a", "h/", "h/i/", "h/i/j", "h->g", "k->a", "k/",
            ])
        try scratch.apply("1.tar", to: "1")
        let shown = scratch.run("cd 1 && find . -mindepth 1 -printf '%y%n %P\\n' | sort -k2")
        let expected = [
            "f2 a", "f1 b", "d2 c", "f1 c/z", "f1 d", "l1 e", "d2 f", "f1 f/k", "f2 g", "l1 h", "d2 k",
        ]
        #expect(shown.split(separator: "\n").map(String.init) == expected)
    }

    @Test func digestsThatLieAreRefused() throws {
        let scratch = try Scratch()
        OverlayTests.pack(scratch, "1.tar", ["a/", "a/b"])
        scratch.run("gzip -nk 1.tar && head -c 700 1.tar >cut.tar && head -c 60 1.tar.gz >cut.gz")
        let archive = Hash.digest(try Files.read(scratch.file("1.tar")))
        let packed = Hash.digest(try Files.read(scratch.file("1.tar.gz")))
        let size = Int64(try Files.read(scratch.file("1.tar.gz")).count)
        let wrong = Hash.digest([1])
        let cases: [(Layer, String)] = [
            (Layer(digest: wrong, diffID: archive), "the layer should be \(wrong)"),
            (Layer(digest: packed, diffID: wrong), "the layer's archive should be \(wrong)"),
            (
                Layer(digest: packed, size: size - 1, diffID: archive),
                "the layer should have \(size - 1) bytes"
            ),
            (
                Layer(digest: packed, size: size + 1, diffID: archive),
                "the layer should have \(size + 1) bytes"
            ),
        ]
        for (layer, reason) in cases {
            let blob = try Descriptor.open(scratch.file("1.tar.gz"), O_RDONLY)
            let error = #expect(throws: LayerError.self) {
                try Layers.apply(layer, from: blob, to: scratch.file("out"), privilege: .root)
            }
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
            #expect(scratch.run("ls") == "1.tar\n1.tar.gz\ncut.gz\ncut.tar\n")
        }
        refuse(scratch, "cut.tar", "the archive is cut off")
        refuse(scratch, "cut.gz", "the gzip stream is cut off")
    }

    @Test func bombsEndAtTheirLimit() throws {
        let scratch = try Scratch()
        scratch.run(
            """
            head -c 100000000 /dev/zero | gzip >zeros.gz && truncate -s 1T hole
            tar --format=posix -S -cf hole.tar hole && rm hole
            truncate -s 5000000 flat && tar -cf flat.tar flat && gzip flat.tar && rm flat
            """)
        var limits = LayerLimits()
        limits.bytesMax = 4_000_000
        limits.entriesMax = 3
        refuse(scratch, "hole.tar", "entry hole: a file of more than 4000000 bytes", limits: limits)
        refuse(scratch, "flat.tar.gz", "entry flat: a file of more than 4000000 bytes", limits: limits)
        OverlayTests.pack(scratch, "4.tar", ["a", "b", "c", "d"])
        refuse(scratch, "4.tar", "entry d: more than 3 entries", limits: limits)
        // Zeros are an archive that is at its end; what follows still counts.
        limits.bytesMax = 99_999_999
        refuse(scratch, "zeros.gz", "more than 99999999 bytes when it is decompressed", limits: limits)
    }

    @Test func aDeviceThatWouldBeAWhiteoutIsRefused() throws {
        let scratch = try Scratch()
        scratch.run("mkdir in && cd in && mknod gone c 0 0 && tar -cf ../1.tar gone")
        refuse(scratch, "1.tar", "entry gone: make the device 0:0")
    }

    @Test func folderOfManyEntries() throws {
        let scratch = try Scratch()
        scratch.run(
            """
            python3 - <<'END'
            import tarfile
            t = tarfile.open('many.tar', 'w')
            for n in range(100000): t.addfile(tarfile.TarInfo('d/%06d' % n))
            t.close()
            END
            """)
        let facts = try scratch.apply("many.tar", to: "1")
        #expect(facts.entries == 100_000)
        #expect(scratch.run("ls 1/d | wc -l") == "100000\n")
    }

    @Test func aFullDiskLeavesNothing() throws {
        let scratch = try Scratch()
        scratch.run("head -c 3000000 /dev/urandom >noise && tar -cf 1.tar noise && mkdir small")
        scratch.run("mount -t tmpfs -o size=1m tmpfs small")
        defer { scratch.run("umount -l small") }
        let error = #expect(throws: LayerError.self) { try scratch.apply("1.tar", to: "small/out") }
        #expect(error?.description == "entry noise: write: no space left on device")
        #expect(scratch.run("ls -A small && stat -f -c %a/%b small").split(separator: "\n") == ["256/256"])
    }

    @Test func aPlaceThatIsTakenIsLeft() throws {
        let scratch = try Scratch()
        OverlayTests.pack(scratch, "1.tar", ["a"])
        scratch.run("mkdir out")
        #expect(throws: LayerError.self) { try scratch.apply("1.tar", to: "out") }
        #expect(throws: LayerError.self) { try scratch.apply("1.tar", to: "no/out") }
        #expect(scratch.run("ls -A . out") == ".:\n1.tar\nout\n\nout:\n")
    }

    /// Two processes unpack the same layer; the one that comes second finds it there.
    @Test func theFirstOfTwoStays() throws {
        let scratch = try Scratch()
        OverlayTests.pack(scratch, "1.tar", ["a"])
        let bytes = try Files.read(scratch.file("1.tar"))
        let layer = Layer(digest: Hash.digest(bytes), diffID: Hash.digest(bytes))
        let one = try Unpacking(layer, to: scratch.file("out"), privilege: .root)
        let two = try Unpacking(layer, to: scratch.file("out"), privilege: .root)
        for byte in bytes {
            try withUnsafeBytes(of: byte) { piece in
                try one.push(piece)
                try two.push(piece)
            }
        }
        _ = try two.finish()
        scratch.run("touch out/second")
        #expect(try one.finish().entries == 1)
        #expect(scratch.run("ls . out") == ".:\n1.tar\nout\n\nout:\na\nsecond\n")
    }

    /// What a killed process left goes; what a living one makes stays.
    @Test func sweepingSparesTheLiving() throws {
        let scratch = try Scratch()
        OverlayTests.pack(scratch, "1.tar", ["a"])
        let digest = Hash.digest([])
        let alive = try Unpacking(
            Layer(digest: digest, diffID: digest), to: scratch.file("x"), privilege: .root)
        let living = scratch.run("ls -d x.part-*")
        scratch.run("mkdir -p y.part-abcdef/deep/er && touch y.part-abcdef/deep/f kept")
        try Layers.sweep(scratch.path)
        #expect(scratch.run("ls") == "1.tar\nkept\n\(living)")
        withExtendedLifetime(alive) {}
    }
}
