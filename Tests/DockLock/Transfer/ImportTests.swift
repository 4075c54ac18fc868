import Digest
import Images
import Kernel
import Manifest
import Testing
import Transfer

@Suite struct ImportTests {
    @Test(arguments: ["cat", "gzip -n", "zstd -q"])
    func aTreeBecomesAnImage(_ compressor: String) throws {
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.sh("tar -C tree --xattrs --format=pax -cf - . | \(compressor) >tree.tar")
        let id = try scratch.importTree(
            "tree.tar", as: "app:1", changes: ["CMD [\"/bin/hello\"]", "ENV A=b C='d e'", "EXPOSE 80 53/udp"])
        let image = try scratch.store.runnable("app:1")
        #expect(image.image.id == id)
        #expect(image.config.run.cmd == ["/bin/hello"] && image.config.run.env == ["A=b", "C=d e"])
        #expect(image.config.run.exposedPorts == ["53/udp", "80/tcp"])
        let layer = scratch.store.layers + "/" + (try #require(image.layers.first))
        #expect(try scratch.listing(layer) == scratch.listing("tree"))
        // The same archive gives the same image.
        #expect(
            try scratch.importTree(
                "tree.tar", as: nil, changes: ["CMD [\"/bin/hello\"]", "ENV A=b C='d e'", "EXPOSE 80 53/udp"])
                == id)
        #expect(try scratch.store.images().count == 1)
    }

    @Test(arguments: [
        "head -c 700 tree.tar >bad", "echo this is no archive at all >bad",
        "gzip -c tree.tar | head -c 300 >bad",
        "(cat tree.tar; head -c 1024 /dev/urandom) >bad", "tar -Pcf bad ../../etc/hostname",
    ])
    func whatIsNoTreeLeavesNothing(_ script: String) throws {
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.sh("tar -C tree -cf tree.tar . && { \(script); }")
        let bad = try? scratch.importTree("bad", as: "bad")
        if bad == nil {
            #expect(try scratch.store.images().isEmpty)
            _ = try scratch.store.sweep { [] }
            #expect(try Files.list(scratch.store.layers).isEmpty)
            #expect(try Files.list(scratch.store.layout + "/blobs/sha256").isEmpty)
            #expect(try Files.list(scratch.store.data + "/ingest").isEmpty)
        }
        #expect(bad == nil || script.contains("urandom"))
        #expect(!Files.exists(scratch.folder + "/etc/hostname"))
    }

    @Test(arguments: [
        ("RUN true", "no instruction"), ("CMD", "lacks its arguments"), ("EXPOSE 99999", "is no port"),
        ("ENV =x", "not name=value"), ("ENV A='x", "does not end"), ("SHELL sh", "wants a JSON array"),
        ("CMD [1]", "must hold strings"), ("LABEL a", "has no value"), ("HEALTHCHECK --x", "wants NONE"),
    ])
    func badChangesSayWhy(_ change: String, _ reason: String) {
        var run = Execution()
        let error = #expect(throws: ManifestError.self) { try run.apply(change) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func changesDoWhatTheyDoInADockerfile() throws {
        var run = Execution()
        run.env = ["PATH=/bin", "A=1"]
        run.workingDir = "/a"
        for change in [
            "ENTRYPOINT echo hi", "env A=2 B=\"x y\"", "ENV OLD some words", "WORKDIR b",
            "LABEL x.y=\"1 2\" z=3",
            "VOLUME /v1 /v2", "VOLUME [\"/v 3\"]", "USER 1:2", "STOPSIGNAL SIGINT", "EXPOSE 80-90/udp",
            "HEALTHCHECK CMD true", "ONBUILD RUN x",
        ] { try run.apply(change) }
        #expect(run.entrypoint == ["/bin/sh", "-c", "echo hi"])
        #expect(run.env == ["PATH=/bin", "A=2", "B=x y", "OLD=some words"])
        #expect(run.workingDir == "/a/b" && run.user == "1:2" && run.stopSignal == "SIGINT")
        #expect(run.labels == [Pair("x.y", "1 2"), Pair("z", "3")])
        #expect(run.volumes == ["/v1", "/v2", "/v 3"] && run.exposedPorts == ["80-90/udp"])
        #expect(run.healthcheck?.test == ["CMD-SHELL", "true"] && run.onBuild == ["RUN x"])
    }
}
