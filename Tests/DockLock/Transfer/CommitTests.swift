import Digest
import Images
import Kernel
import Layers
import Manifest
import Testing
import Transfer

@Suite struct CommitTests {
    static let id = String(repeating: "ab", count: 32)

    /// A container of `app:1` with changes in its upper directory, as overlayfs leaves them.
    private func make() throws -> (scratch: Scratch, container: StoredContainer) {
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.sh("tar -C tree --xattrs --format=pax -cf tree.tar .")
        let image = try scratch.importTree("tree.tar", as: "app:1", changes: ["CMD [\"x\"]"])
        let layers = try scratch.store.runnable("app:1").layers
        let path = scratch.store.containers + "/" + Self.id
        try Files.makeDirectories(path + "/upper")
        try Files.makeDirectories(path + "/work")
        let quoted = layers.map { "\"\($0)\"" }.joined(separator: ",")
        let record = "{\"image\":\"\(image)\",\"layers\":[\(quoted)]}"
        try Files.replace(path + "/container.json", with: Array(record.utf8))
        try Files.makeDirectories(scratch.store.data + "/names")
        try scratch.sh("ln -s ../containers/\(Self.id) data/names/web")
        let lower = layers.map { scratch.store.layers + "/" + $0 }.joined(separator: ":")
        try scratch.sh(
            """
            mkdir m && unshare -m sh -ec '
            mount -t overlay overlay -o lowerdir=\(lower),upperdir=\(path)/upper,workdir=\(path)/work m
            cd m && echo new >bin/new && rm bin/link && echo more >>etc/conf
            rm -r var/deep && mkdir var/deep && touch var/deep/fresh
            cd .. && find m -printf "%p %y %m %U %G %l\\n" | sort >merged'
            """)
        return (scratch, try scratch.store.container("web"))
    }

    @Test func aContainerIsFoundByNameAndId() throws {
        let (scratch, container) = try make()
        #expect(container.id == Self.id)
        for name in [Self.id, "ab", String(Self.id.prefix(12))] {
            #expect(try scratch.store.container(name).path == container.path)
        }
        for name in ["no", "", "..", "a/b", "cd"] {
            let error = #expect(throws: ImageError.self) { try scratch.store.container(name) }
            #expect(error?.kind == .absent)
        }
        #expect(try scratch.store.containerUses() == [container.use])
        #expect(throws: ImageError.self) {
            try scratch.store.remove("app:1") { try scratch.store.containerUses() }
        }
    }

    @Test func changesAreShownAsDockerShowsThem() throws {
        let (scratch, container) = try make()
        let changes = try scratch.store.changes(of: container).map {
            $0.kind.rawValue + " " + String(decoding: $0.path, as: UTF8.self)
        }
        #expect(
            changes == [
                "C /bin", "D /bin/link", "A /bin/new", "C /etc", "C /etc/conf", "C /var", "C /var/deep",
                "D /var/deep/er", "A /var/deep/fresh",
            ])
    }

    @Test func aCommitIsTheImageWithTheChangesOnTop() throws {
        let (scratch, container) = try make()
        var options = CommitOptions(created: "2024-05-06T07:08:09Z")
        options.reference = try Reference("web:new")
        options.changes = ["ENV A=b"]
        options.message = "changed"
        let id = try scratch.store.commit(container, options)
        let image = try scratch.store.runnable("web:new")
        #expect(image.image.id == id && image.layers.count == 2 && image.config.run.env == ["A=b"])
        #expect(image.config.run.cmd == ["x"] && image.config.history.last?.comment == "changed")
        #expect(Array(image.layers.dropFirst()) == container.use.layers)
        let lower = image.layers.map { scratch.store.layers + "/" + $0 }.joined(separator: ":")
        try scratch.sh(
            """
            unshare -m sh -ec 'mount -t overlay overlay -o lowerdir=\(lower) m
            find m -printf "%p %y %m %U %G %l\\n" | sort >committed' && diff merged committed
            """)
        #expect(try scratch.store.commit(container, options) == id)
    }

    @Test func anExportIsTheWholeTree() throws {
        let (scratch, _) = try make()
        // The mount is made in a namespace that the process keeps, so a program of its own does it.
        let program = try Scratch.program()
        try scratch.sh(
            """
            \(program) --data-root data export web >web.tar
            mkdir x && tar -C x -xpf web.tar
            find x -printf "%p %y %m %U %G %l\\n" | sed 's,^x,m,' | sort >exported
            grep -v "^m d" merged >one && grep -v "^m d" exported >two && diff one two
            """)
        #expect(try !scratch.sh("cat /proc/mounts").contains(scratch.folder))
    }
}
