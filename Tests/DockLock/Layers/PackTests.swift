import Compress
import Digest
import Glibc
import Hash
import Kernel
import Layers
import Testing

/// Archives that are made: judged by GNU tar, bsdtar and Python, by overlayfs, and by unpacking them again.
@Suite struct PackTests {
    @discardableResult
    static func pack(
        _ scratch: Scratch, _ tree: String, _ content: Content, to name: String, timeMax: Int64? = nil,
        _ compression: Compression = .none
    ) throws -> Layer {
        let file = try Descriptor.open(scratch.file(name), O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        return try Layers.pack(
            scratch.file(tree), as: content, timeMax: timeMax, compression: compression, into: file)
    }

    @Test func whatIsPackedComesBack() throws {
        let scratch = try Scratch()
        scratch.run(ApplyTests.everything)
        // The folder itself is not packed: what unpacks it gives it no time.
        scratch.run("touch -d @0 in")
        let expected = scratch.listing("in")
        try Self.pack(scratch, "in", .tree, to: "1.tar")
        try scratch.apply("1.tar", to: "ours")
        #expect(scratch.listing("ours") == expected)
        scratch.run(
            "mkdir gnu && tar -C gnu --delay-directory-restore --xattrs --xattrs-include='*' -xpf 1.tar")
        scratch.run("touch -d @0 gnu")
        #expect(scratch.listing("gnu") == expected)
        let blocks = scratch.run("stat -c %b ours/etc/hole gnu/etc/hole").split(separator: "\n")
        #expect(blocks.allSatisfy { (Int($0) ?? 10000) < 1000 }, "holes are filled: \(blocks)")
        let names = scratch.run("tar -tf 1.tar").split(separator: "\n")
        #expect(scratch.run("bsdtar -tf 1.tar").split(separator: "\n").count == names.count)
        let python = "python3 -c 'import tarfile; [print(m.name) for m in tarfile.open(\"1.tar\")]' | wc -l"
        #expect(scratch.run(python) == "\(names.count)\n")
    }

    @Test func theSameTreeMakesTheSameBytes() throws {
        let scratch = try Scratch()
        scratch.run(ApplyTests.everything)
        // Made in another order and without holes, and with other times of reading and of copying.
        scratch.run(
            "mkdir copy && cd in && find . -depth | cpio -pdm --quiet ../copy 2>/dev/null || cp -a . ../copy")
        scratch.run("rm -rf copy && cp -a --sparse=never in copy && ls -lR copy >/dev/null")
        let one = try Self.pack(scratch, "in", .tree, to: "1.tar.gz", .gzip)
        let two = try Self.pack(scratch, "copy", .tree, to: "2.tar.gz", .gzip)
        #expect(one.digest == two.digest)
        #expect(one.diffID == two.diffID)
        #expect(one.digest != one.diffID)
        #expect(
            scratch.run("cmp 1.tar.gz 2.tar.gz && gzip -dc 1.tar.gz | sha256sum").hasPrefix(one.diffID.hex))
        #expect(scratch.run("sha256sum <1.tar.gz").hasPrefix(one.digest.hex))
        #expect(scratch.run("stat -c %s 1.tar.gz") == "\(one.size ?? 0)\n")
    }

    @Test func timesEndWhereTheyAreTold() throws {
        let scratch = try Scratch()
        scratch.run("mkdir in && touch in/new && touch -d @1000.5 in/old && touch -d @2000.5 in/edge")
        try Self.pack(scratch, "in", .tree, to: "1.tar", timeMax: 2000)
        try scratch.apply("1.tar", to: "out")
        let times = scratch.run("stat -c %.1Y out/old out/edge out/new").split(separator: "\n")
        #expect(times == ["1000.5", "2000.0", "2000.0"])
    }

    @Test func holesAreToldByContent() throws {
        let scratch = try Scratch()
        scratch.run(
            """
            mkdir in && cd in && truncate -s 3M all && head -c 3145728 /dev/zero >zeros
            truncate -s 1000000 small
            printf x >start && truncate -s 3M start
            truncate -s 3M end && printf x | dd of=end bs=1 seek=3145727 conv=notrunc status=none
            for at in 1048570 2097152 5000000; do
                printf data | dd of=mixed bs=1 seek=$at conv=notrunc status=none
            done
            head -c 2000000 /dev/urandom >noise
            """)
        try Self.pack(scratch, "in", .tree, to: "1.tar")
        scratch.run(
            "mkdir gnu bsd; tar -C gnu -xf 1.tar; bsdtar -C bsd -xf 1.tar; diff -r in gnu; diff -r in bsd"
        )
        try scratch.apply("1.tar", to: "ours")
        scratch.run("diff -r in ours")
        let blocks = scratch.run("cd ours && stat -c '%n %b' all zeros").split(separator: "\n")
        #expect(blocks == ["all 0", "zeros 0"])
    }

    /// Changes made through overlayfs, written as a layer, unpacked and mounted again, show the same tree.
    @Test(arguments: [Compression.gzip, .zstd])
    func anUpperFolderBecomesALayer(compression: Compression) throws {
        let scratch = try Scratch()
        try Self.change(scratch)
        let layer = try Self.pack(scratch, "upper", .layer(.root), to: "2.blob", compression)
        #expect(layer.digest == Hash.digest(try Files.read(scratch.file("2.blob"))))
        let blob = try Descriptor.open(scratch.file("2.blob"), O_RDONLY)
        _ = try Layers.apply(layer, from: blob, to: scratch.file("2"), privilege: .root)
        let expected = scratch.run("cat seen")
        #expect(OverlayTests.merged(scratch, ["2", "1"]).joined(separator: "\n") + "\n" == expected)
        let names = scratch.run("tar --use-compress-program='\(compression.rawValue)' -tf 2.blob")
        let expectedNames = [
            "a/", "a/link", "a/.wh.one", "a/two", "b/", "b/.wh..wh..opq", "b/new", ".wh.d", "fresh/",
            "fresh/x",
            "idle/",
        ]
        #expect(names.split(separator: "\n").map(String.init) == expectedNames)
    }

    @Test func changesAreShownAsDockerShowsThem() throws {
        let scratch = try Scratch()
        try Self.change(scratch)
        let changes = try Layers.changes(
            in: scratch.file("upper"), lowers: [scratch.file("0"), scratch.file("1")], privilege: .root)
        let lines = changes.map { $0.kind.rawValue + " " + String(decoding: $0.path, as: UTF8.self) }
        #expect(
            lines == [
                "C /a", "A /a/link", "D /a/one", "C /a/two", "C /b", "D /b/deep", "A /b/new", "D /d",
                "A /fresh",
                "A /fresh/x",
            ])
    }

    @Test func whatHasNoPlaceInALayerIsRefused() throws {
        let scratch = try Scratch()
        scratch.run("mkdir -p 1 2/d && touch -d @5 1/.wh.x && setfattr -n trusted.overlay.redirect -v /a 2/d")
        for (tree, reason) in [
            ("1", "entry .wh.x: its name would be a whiteout"), ("2", "entry d: overlayfs keeps"),
        ] {
            let error = #expect(throws: LayerError.self) {
                try Layers.pack(scratch.file(tree), as: .layer(.root)) { _ in }
            }
            #expect(error?.description.hasPrefix(reason) == true, "\(String(describing: error))")
        }
        scratch.run("rm -r 2")
        var bytes = 0
        try Layers.pack(scratch.file("1"), as: .tree) { bytes += $0.count }
        #expect(bytes == 512 + 1024)
    }

    @Test func namesNeedNotBeText() throws {
        let scratch = try Scratch()
        scratch.run(
            """
            mkdir in && cd in && name=$(printf 'latin\\351') && ln -s x "$name"
            mkdir "d$name" && touch "d$name/$name"
            setfattr -h -n trusted.note -v one "$name" && setfattr -n user.note -v two "d$name/$name"
            touch -d @0 .
            """)
        try Self.pack(scratch, "in", .tree, to: "1.tar")
        try scratch.apply("1.tar", to: "out")
        #expect(scratch.listing("out") == scratch.listing("in"))
        scratch.run("tar -df 1.tar -C in")
    }

    @Test func whatTheSinkThrowsComesThrough() throws {
        struct Full: Error {}
        let scratch = try Scratch()
        scratch.run("mkdir 1 && touch 1/x")
        #expect(throws: Full.self) { try Layers.pack(scratch.file("1"), as: .tree) { _ in throw Full() } }
    }

    /// Layers `0` (empty) and `1`, and what a mount's users did to them in `upper`; `seen` is what they saw.
    static func change(_ scratch: Scratch) throws {
        OverlayTests.pack(scratch, "1.tar", OverlayTests.below + ["idle/", "idle/x"])
        OverlayTests.pack(scratch, "0.tar", [])
        try scratch.apply("1.tar", to: "1")
        try scratch.apply("0.tar", to: "0")
        scratch.run(
            """
            mkdir -p disk && truncate -s 64M disk.img && mkfs.ext4 -q disk.img && unshare -m sh -ec '
                mount -o loop disk.img disk && mkdir -p disk/upper disk/work merged
                mount -t overlay overlay -o lowerdir=0:1,upperdir=disk/upper,workdir=disk/work merged
                cd merged && rm a/one d && echo more >>a/two && ln -s two a/link
                rm -r b && mkdir b && touch b/new
                mkdir fresh && echo x >fresh/x && touch idle/x.tmp && rm idle/x.tmp
                touch -r ../1/idle idle
                find . -mindepth 1 -printf "%y %P\\n" | sort >../seen
                cd .. && umount merged && cp -a disk/upper upper && umount disk'
            """)
    }
}
