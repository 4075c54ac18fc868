import Glibc
import Kernel
import Layers
import Testing

/// Whiteouts and opaque folders, judged by the kernel's own overlayfs.
@Suite struct OverlayTests {
    /// Makes `name` an archive of these paths, in this order: a slash ends a folder, `-> ` begins a link.
    static func pack(_ scratch: Scratch, _ name: String, _ entries: [String]) {
        var script = "import tarfile, io\nt = tarfile.open('\(name)', 'w', format=tarfile.PAX_FORMAT)\n"
        script += """
            def add(name, kind, link='', data=b''):
                i = tarfile.TarInfo(name); i.type = kind; i.linkname = link; i.size = len(data)
                i.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644; i.mtime = 1000000000
                t.addfile(i, io.BytesIO(data))

            """
        for entry in entries {
            let parts = entry.split(separator: ">", maxSplits: 1).map(String.init)
            if entry.contains("->") {
                script += "add('\(parts[0].dropLast())', tarfile.SYMTYPE, '\(parts[1])')\n"
            } else if entry.contains("=>") {
                script += "add('\(parts[0].dropLast())', tarfile.LNKTYPE, '\(parts[1])')\n"
            } else if entry.hasSuffix("/") {
                script += "add('\(entry)', tarfile.DIRTYPE)\n"
            } else {
                script += "add('\(entry)', tarfile.REGTYPE, '', b'\(entry)')\n"
            }
        }
        scratch.run("python3 - <<'END'\n\(script)\nt.close()\nEND")
    }

    /// What a mount of these layers, topmost first, shows.
    static func merged(_ scratch: Scratch, _ layers: [String]) -> [String] {
        let lower = layers.joined(separator: ":")
        let shown = scratch.run(
            """
            mkdir -p merged empty && unshare -m sh -ec '
                mount -t overlay overlay -o lowerdir=\(lower):empty merged
                cd merged && find . -mindepth 1 -printf "%y %P\\n" | sort'
            """)
        return shown.split(separator: "\n").map(String.init)
    }

    static let below = ["a/", "a/one", "a/two", "b/", "b/deep/", "b/deep/three", "c", "d->c"]

    @Test func whiteoutsHideWhatIsBelow() throws {
        let scratch = try Scratch()
        Self.pack(scratch, "1.tar", Self.below)
        Self.pack(scratch, "2.tar", ["a/", "a/.wh.one", ".wh.b", ".wh.d", ".wh.never"])
        try scratch.apply("1.tar", to: "1")
        try scratch.apply("2.tar", to: "2")
        #expect(Self.merged(scratch, ["1"]).count == 8)
        #expect(Self.merged(scratch, ["2", "1"]) == ["d a", "f a/two", "f c"])
    }

    @Test func opaqueFoldersHideTheirLikes() throws {
        let scratch = try Scratch()
        Self.pack(scratch, "1.tar", Self.below)
        Self.pack(
            scratch, "2.tar", ["a/", "a/new", "a/.wh..wh..opq", "b/", "b/.wh..wh..opq", ".wh..wh.plnk/"])
        try scratch.apply("1.tar", to: "1")
        try scratch.apply("2.tar", to: "2")
        #expect(Self.merged(scratch, ["2", "1"]) == ["d a", "d b", "f a/new", "f c", "l d"])
    }

    /// A whiteout is of the layers below, wherever it stands among its own layer's entries.
    @Test(arguments: [
        [".wh.a", "a/", "a/new", ".wh.c", "c"], ["a/", "a/new", ".wh.a", "c", ".wh.c"],
        [".wh.a", "a/new", "c"],
    ])
    func whiteoutsSpareTheirOwnLayer(entries: [String]) throws {
        let scratch = try Scratch()
        Self.pack(scratch, "1.tar", Self.below)
        Self.pack(scratch, "2.tar", entries)
        try scratch.apply("1.tar", to: "1")
        try scratch.apply("2.tar", to: "2")
        let expected = ["d a", "d b", "d b/deep", "f a/new", "f b/deep/three", "f c", "l d"]
        #expect(Self.merged(scratch, ["2", "1"]) == expected)
    }

    /// The marks of a user namespace's overlay, made and mounted in one.
    @Test func rootlessMarksAreInUserAttributes() throws {
        let scratch = try Scratch()
        Self.pack(scratch, "1.tar", Self.below)
        Self.pack(scratch, "2.tar", ["a/", "a/new", "a/.wh..wh..opq", ".wh.c"])
        try scratch.apply("1.tar", to: "1", privilege: .rootless)
        try scratch.apply("2.tar", to: "2", privilege: .rootless)
        let shown = scratch.run(
            """
            mkdir merged && unshare -Urm sh -ec '
                mount -t overlay overlay -o userxattr,lowerdir=2:1 merged
                cd merged && find . -mindepth 1 -printf "%y %P\\n" | sort'
            """)
        let lines = shown.split(separator: "\n")
        #expect(lines == ["d a", "d b", "d b/deep", "f a/new", "f b/deep/three", "l d"])
        #expect(scratch.run("getfattr --only-values -n user.overlay.opaque 2/a") == "y")
    }

    @Test func rootlessLeavesDevicesOut() throws {
        let scratch = try Scratch()
        scratch.run("mkdir in && cd in && mknod null c 1 3 && mkfifo pipe && tar -cf ../1.tar .")
        let facts = try scratch.apply("1.tar", to: "1", privilege: .rootless)
        #expect(facts.devicesLeftOut == 1)
        #expect(scratch.run("ls 1") == "pipe\n")
    }

    /// What an archive says of overlayfs' own attributes and of security labels is not believed.
    @Test func marksOfOverlayfsAreNotTheArchives() throws {
        let scratch = try Scratch()
        scratch.run(
            """
            mkdir -p in/d && echo x >in/f && setfattr -n trusted.overlay.redirect -v /etc in/d
            setfattr -n user.overlay.opaque -v y in/d && setfattr -n trusted.overlay.metacopy -v '' in/f
            setfattr -n user.kept -v y in/d && tar -C in --xattrs --xattrs-include='*' -cf 1.tar .
            """)
        try scratch.apply("1.tar", to: "1")
        let attributes = scratch.run("getfattr -R -d -m - 1 | grep =").split(separator: "\n")
        #expect(attributes == ["user.kept=\"y\""])
    }
}
