import Glibc
import Layers
import Testing

/// umoci's layers unpacked here, and layers made here unpacked by umoci.
@Suite struct UmociTests {
    /// Paths of the blobs of an image's layers, the base first.
    private func layers(_ scratch: Scratch) throws -> [String] {
        let paths = scratch.run(
            """
            python3 - <<'END'
            import json
            blob = lambda d: json.load(open('img/blobs/' + d.replace(':', '/')))
            index = json.load(open('img/index.json'))
            manifest = blob(index['manifests'][0]['digest'])
            for layer in manifest['layers']: print('img/blobs/' + layer['digest'].replace(':', '/'))
            END
            """)
        return paths.split(separator: "\n").map(String.init)
    }

    @Test func itsLayersAreUnpacked() throws {
        let scratch = try Scratch()
        scratch.run(
            """
            umoci init --layout img && umoci new --image img:t && umoci unpack --image img:t bundle
            (\(ApplyTests.everything)) && mv in/* bundle/rootfs
            # umoci keeps no parts of seconds.
            find bundle/rootfs -exec touch -h -d @1000000000 {} +
            umoci repack --refresh-bundle --image img:t bundle
            cd bundle/rootfs && rm -r usr/share etc/fifo && echo again >etc/fifo && ln usr/big usr/third
            rm -r empty && mkdir empty && touch empty/other
            find . -exec touch -h -d @1000000001 {} +
            cd ../.. && umoci repack --refresh-bundle --image img:t bundle
            """)
        let blobs = try layers(scratch)
        #expect(blobs.count == 2)
        for (index, blob) in blobs.enumerated() {
            scratch.run("gzip -dc \(blob) >\(index).tar")
            try scratch.apply(blob, to: "\(index)", archive: "\(index).tar")
        }
        let list = """
            find . -mindepth 1 -type d -printf '%y %m %U:%G %P\\n' -o \\
                -printf '%y %m %U:%G %T@ %s %P -> %l\\n' | sort -k4
            find . -type f -exec sha256sum {} + | sort -k2
            """
        let expected = scratch.run("cd bundle/rootfs && \(list)")
        let shown = scratch.run(
            """
            mkdir merged && export LIST="$(cat <<'END'
            \(list)
            END
            )" && unshare -m sh -ec '
                mount -t overlay overlay -o lowerdir=1:0 merged && cd merged && eval "$LIST"'
            """)
        #expect(shown == expected)
    }

    @Test func ourLayersAreUnpackedByIt() throws {
        let scratch = try Scratch()
        try PackTests.change(scratch)
        try PackTests.pack(scratch, "1", .layer(.root), to: "one.tar")
        try PackTests.pack(scratch, "upper", .layer(.root), to: "two.tar")
        scratch.run(
            """
            umoci init --layout img && umoci new --image img:t
            umoci raw add-layer --image img:t one.tar && umoci raw add-layer --image img:t two.tar
            umoci unpack --image img:t bundle
            cd bundle/rootfs && find . -mindepth 1 -printf "%y %P\\n" | sort | diff - ../../seen
            """)
    }
}
