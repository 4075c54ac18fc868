import Digest
import Hash
import Images
import Kernel
import Manifest
import Testing
import Transfer

@Suite struct LoadSaveTests {
    /// A store with `app:1`, of one layer.
    private func make() throws -> (scratch: Scratch, id: Digest) {
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.sh("tar -C tree --xattrs --format=pax -cf - . | gzip -n >tree.tgz")
        let id = try scratch.importTree("tree.tgz", as: "app:1", changes: ["CMD [\"x\"]", "LABEL a=b"])
        return (scratch, id)
    }

    private func save(
        _ store: ImageStore, _ names: [String], _ format: SaveFormat, to path: String
    ) throws {
        let file = try Descriptor.open(path, 0o1101, mode: 0o644)
        try store.save(names, format) { try Stream.write($0, to: file.number, path) }
    }

    private func load(_ store: ImageStore, _ path: String) throws -> [Loaded] {
        let file = try Descriptor.open(path, 0)
        return try store.load(from: file.number, name: path)
    }

    @Test(arguments: [SaveFormat.dockerArchive, .ociArchive])
    func whatIsSavedIsLoaded(_ format: SaveFormat) throws {
        let (scratch, id) = try make()
        let store = scratch.store
        try store.tag("app:1", as: Reference("x.io/app:2"))
        let path = scratch.folder + "/saved.tar"
        try save(store, ["app:1", "x.io/app:2"], format, to: path)
        let first = try Files.read(path)
        try save(store, ["app:1", "x.io/app:2"], format, to: path)
        #expect(try Files.read(path) == first)
        for script in ["cp saved.tar in", "gzip <saved.tar >in", "zstd -q <saved.tar >in"] {
            try scratch.sh(script)
            let other = try scratch.another("other-" + script.prefix(2))
            let references = [try Reference("app:1"), try Reference("x.io/app:2")]
            #expect(try load(other, scratch.folder + "/in") == [Loaded(id: id, references: references)])
            let layer = other.layers + "/" + (try #require(other.runnable("x.io/app:2").layers.first))
            #expect(try scratch.listing(layer) == scratch.listing("tree"))
        }
    }

    @Test func byIdNoNameIsSaved() throws {
        let (scratch, id) = try make()
        let path = scratch.folder + "/saved.tar"
        try save(scratch.store, [id.hex], .dockerArchive, to: path)
        let other = try scratch.another("other")
        #expect(try load(other, path) == [Loaded(id: id, references: [])])
        #expect(try other.find(String(id.hex.prefix(12))).references.isEmpty)
    }

    @Test func aLayoutIsADirectory() throws {
        let (scratch, id) = try make()
        try scratch.store.save(["app:1"], folder: scratch.folder + "/layout")
        #expect(throws: ImageError.self) {
            try scratch.store.save(["app:1"], folder: scratch.folder + "/layout")
        }
        let other = try scratch.another("other")
        #expect(try other.load(folder: scratch.folder + "/layout").map(\.id) == [id])
        // The store is a layout itself.
        let third = try scratch.another("third")
        #expect(try third.load(folder: scratch.store.layout).first?.references == [Reference("app:1")])
    }

    @Test func skopeoReadsWhatIsSaved() throws {
        let (scratch, id) = try make()
        try save(scratch.store, ["app:1"], .dockerArchive, to: scratch.folder + "/docker.tar")
        try save(scratch.store, ["app:1"], .ociArchive, to: scratch.folder + "/oci.tar")
        try scratch.store.save(["app:1"], folder: scratch.folder + "/layout")
        for source in [
            "docker-archive:docker.tar", "docker-archive:docker.tar:docker.io/library/app:1",
            "oci-archive:oci.tar", "oci:layout", "oci:data/images:docker.io/library/app:1",
        ] {
            let labels = try scratch.sh("skopeo inspect --config \(source) | jq -c .config.Labels")
            #expect(labels == "{\"a\":\"b\"}\n", "\(source)")
        }
        #expect(try scratch.sh("skopeo inspect --raw oci:layout").contains(id.description))
    }

    @Test(arguments: ["docker-archive:in:docker.io/library/app:9", "oci-archive:in:docker.io/library/app:9"])
    func whatSkopeoWritesIsLoaded(_ target: String) throws {
        let (scratch, _) = try make()
        try scratch.sh("skopeo copy -q oci:data/images:docker.io/library/app:1 \(target)")
        let other = try scratch.another("other")
        #expect(try load(other, scratch.folder + "/in").map(\.references) == [[Reference("app:9")]])
        let image = try other.runnable("app:9")
        #expect(image.config.run.cmd == ["x"] && image.config.run.labels["a"] == "b")
        let layer = other.layers + "/" + (try #require(image.layers.first))
        #expect(try scratch.listing(layer) == scratch.listing("tree"))
    }

    @Test func podmanLoadsAndSavesTheSameImage() throws {
        let (scratch, id) = try make()
        try save(scratch.store, ["app:1"], .dockerArchive, to: scratch.folder + "/saved.tar")
        try scratch.sh(
            """
            podman() { command podman --root $PWD/r --runroot $PWD/rr --storage-driver vfs "$@"; }
            podman load -q -i saved.tar
            podman image inspect -f '{{.Id}}' app:1 | grep -x \(id.hex)
            podman save -q -o docker.tar app:1
            podman save -q --format oci-archive -o oci.tar app:1
            podman rmi -af
            """)
        for archive in ["docker.tar", "oci.tar"] {
            let other = try scratch.another("from-" + archive)
            #expect(
                try load(other, scratch.folder + "/" + archive)
                    == [Loaded(id: id, references: [Reference("app:1")])])
            let layer = other.layers + "/" + (try #require(other.runnable("app:1").layers.first))
            #expect(try scratch.listing(layer) == scratch.listing("tree"))
        }
    }

    @Test func treesAreThoseOfUmoci() throws {
        let (scratch, _) = try make()
        // A second layer by umoci itself: a change, a removal, an opaque directory, a new link.
        try scratch.sh(
            """
            skopeo copy -q oci:data/images:docker.io/library/app:1 oci:layout:one
            umoci unpack --image layout:one bundle
            cd bundle/rootfs && echo more >>etc/conf && rm bin/again && ln -s / new
            rm -r var/deep && mkdir var/deep
            cd ../.. && umoci repack --image layout:two bundle && umoci rm --image layout:one
            rm -r bundle && umoci unpack --image layout:two bundle
            """)
        let other = try scratch.another("other")
        #expect(try other.load(folder: scratch.folder + "/layout").count == 1)
        let image = try other.runnable("two")
        #expect(image.layers.count == 2)
        let lower = image.layers.map { other.layers + "/" + $0 }.joined(separator: ":")
        let merged = try scratch.sh(
            """
            mkdir m && unshare -m sh -c 'mount -t overlay overlay -o lowerdir=\(lower) m && cd m &&
            find . -printf "%p %y %m %U %G %l\\n" | sort && find . -type f -exec sha256sum {} + | sort'
            """)
        let unpacked = try scratch.sh(
            """
            cd bundle/rootfs && find . -printf "%p %y %m %U %G %l\\n" | sort &&
            find . -type f -exec sha256sum {} + | sort
            """)
        #expect(merged == unpacked)
    }

    @Test func onePlatformOfSeveralIsLoaded() throws {
        let (scratch, id) = try make()
        try scratch.store.save(["app:1"], folder: scratch.folder + "/layout")
        try scratch.sh(
            """
            cd layout && size=$(stat -c %s index.json)
            m=$(jq -c '.manifests[0] | del(.annotations)' index.json)
            jq -c -n --argjson m "$m" '{schemaVersion:2, manifests:[
              ($m + {digest:("sha256:" + ("0"*64)), platform:{os:"linux",architecture:"arm64"}}),
              ($m + {platform:{os:"linux",architecture:"amd64"}})]}' >inner
            h=$(sha256sum <inner | cut -d' ' -f1) && size=$(stat -c %s inner) && mv inner blobs/sha256/$h
            jq -c -n --arg h sha256:$h --argjson size $size '{schemaVersion:2, manifests:[{digest:$h,
              mediaType:"application/vnd.oci.image.index.v1+json", size:$size,
              annotations:{"org.opencontainers.image.ref.name":"many:1"}}]}' >index.json
            """)
        let other = try scratch.another("other")
        #expect(
            try other.load(folder: scratch.folder + "/layout")
                == [Loaded(id: id, references: [Reference("many:1")])])
        let error = #expect(throws: ImageError.self) {
            try other.load(folder: scratch.folder + "/layout", platform: Platform("linux/arm64"))
        }
        #expect(error?.description.contains("the archive lacks blobs/sha256/0000") == true)
    }

    @Test(arguments: [
        ("echo '{}' >index.json", "schemaVersion: is missing"),
        ("rm index.json", "neither index.json nor manifest.json"),
        ("for f in blobs/sha256/*; do echo >>$f; done", "is not what its name says"),
        ("for f in $(ls -S blobs/sha256 | head -1); do echo >>blobs/sha256/$f; done", "has the digest"),
        ("rm blobs/sha256/$(ls -S blobs/sha256 | head -1)", "the archive lacks blobs/sha256/"),
        ("echo '{\"schemaVersion\":2,\"manifests\":[]}' >index.json", "names no image"),
    ])
    func whatLiesIsRefusedAndLeavesNothing(_ script: String, _ reason: String) throws {
        let (scratch, _) = try make()
        try scratch.store.save(["app:1"], folder: scratch.folder + "/layout")
        try scratch.sh("cd layout && \(script) && tar -cf ../bad.tar .")
        for source in ["archive", "folder"] {
            let other = try scratch.another(source)
            let error = #expect(throws: ImageError.self) {
                if source == "archive" {
                    _ = try load(other, scratch.folder + "/bad.tar")
                } else {
                    _ = try other.load(folder: scratch.folder + "/layout")
                }
            }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
            #expect(try other.images().isEmpty)
            _ = try other.sweep { [] }
            #expect(try Files.list(other.layers).isEmpty)
            #expect(try Files.list(other.layout + "/blobs/sha256").isEmpty)
        }
    }
}
