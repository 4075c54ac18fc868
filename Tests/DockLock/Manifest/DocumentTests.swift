import Digest
import JSON
import Manifest
import Testing

@Suite struct DocumentTests {
    static let one = "sha256:" + String(repeating: "11", count: 32)
    static let two = "sha256:" + String(repeating: "22", count: 32)

    static let manifest = """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\(one)","size":7},\
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"\(two)","size":9,\
        "annotations":{"b":"2","a":"1"}}],"annotations":{"k":"v"}}
        """

    static let config = """
        {"created":"2024-01-02T03:04:05Z","author":"me","architecture":"amd64","os":"linux",\
        "config":{"User":"7:8","ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Entrypoint":["/e"],"Cmd":[],\
        "Healthcheck":{"Test":["CMD","x"],"Interval":5000000000,"Retries":3},"Volumes":{"/v":{}},\
        "WorkingDir":"/w","Labels":{"l":"m"},"StopSignal":"SIGINT","Shell":["/bin/sh"]},\
        "rootfs":{"type":"layers","diff_ids":["\(one)","\(two)"]},\
        "history":[{"created":"2024-01-02T03:04:05Z","created_by":"ADD"},\
        {"created_by":"ENV","empty_layer":true},{"comment":"c"}]}
        """

    @Test func documentsComeBackAsTheyWere() throws {
        let manifest = try ImageManifest.decode(Array(Self.manifest.utf8))
        #expect(manifest.layers[0].annotations["a"] == "1")
        #expect(String(decoding: manifest.encoded(), as: UTF8.self) == Self.manifest)
        let config = try ImageConfig.decode(Array(Self.config.utf8))
        #expect(config.run.cmd == [] && config.run.entrypoint == ["/e"])
        #expect(config.run.healthcheck?.intervalNanos == 5_000_000_000)
        #expect(config.layerSteps.map { $0?.createdBy } == ["ADD", ""])
        #expect(String(decoding: config.encoded(), as: UTF8.self) == Self.config)
    }

    @Test func anIndexChoosesByPlatform() throws {
        func entry(_ digit: Int, _ platform: String) -> String {
            let digest = "sha256:" + String(repeating: "\(digit)", count: 64)
            return """
                {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\(digest)",\
                "size":1\(platform.isEmpty ? "" : ",\"platform\":{\(platform)}")}
                """
        }
        func index(_ entries: [String]) throws -> ImageIndex {
            let text = "{\"schemaVersion\":2,\"manifests\":[\(entries.joined(separator: ","))]}"
            return try ImageIndex.decode(Array(text.utf8))
        }
        let arm = entry(1, #""architecture":"arm","os":"linux","variant":"v7""#)
        let v3 = entry(2, #""architecture":"amd64","os":"linux","variant":"v3""#)
        let amd = entry(3, #""architecture":"amd64","os":"linux""#)
        let bare = entry(4, "")
        func chosen(_ entries: [String], _ platform: Platform = .host) throws -> Character? {
            try index(entries).choose(platform).digest.hex.first
        }
        #expect(try chosen([arm, v3, amd]) == "3")
        #expect(try chosen([arm, v3]) == "2")
        #expect(try chosen([arm, bare]) == "4")
        #expect(try chosen([bare, amd]) == "3")
        #expect(try chosen([arm, amd], Platform("linux/arm/v7")) == "1")
        let error = #expect(throws: ManifestError.self) { try index([arm]).choose(.host) }
        #expect(error?.description == "no image for linux/amd64, only for linux/arm/v7")
        #expect(try Platform("aarch64").description == "linux/arm64")
        #expect(throws: ManifestError.self) { try Platform("linux//x") }
    }

    @Test(arguments: [
        ("[]", "must be an object"),
        ("{", "line 1, column 2: a member's name is missing"),
        ("{}", "schemaVersion: is missing"),
        (#"{"schemaVersion":1}"#, "schemaVersion: must be 2; 1 is not read here"),
        (#"{"schemaVersion":2}"#, "config: is missing"),
        (#"{"schemaVersion":2,"manifests":[]}"#, "manifests: must not stand in a manifest"),
        (#"{"schemaVersion":2,"mediaType":"x"}"#, "mediaType: \"x\" is no image manifest"),
        (#"{"schemaVersion":2,"config":{"size":1}}"#, "config.digest: is missing"),
        (manifest.replacing("\"size\":9", with: "\"size\":-9"), "layers[0].size: must not be negative"),
        (manifest.replacing("\"size\":9", with: "\"size\":1e9"), "layers[0].size: must be an integer"),
        (
            manifest.replacing("layer.v1.tar+gzip", with: "layer.v1.zip"),
            "layers[0].mediaType: \"application/vnd.oci.image.layer.v1.zip\" is no layer that is read here"
        ),
        (
            manifest.replacing("image.config.v1+json", with: "chart"),
            "config.mediaType: \"application/vnd.oci.chart\" is not an image's"
        ),
        (manifest.replacing("\"b\":\"2\"", with: "\"b\":2"), "layers[0].annotations.b: must be a string"),
    ])
    func badManifestsNameTheMember(_ text: String, _ reason: String) {
        let error = #expect(throws: ManifestError.self) { try ImageManifest.decode(Array(text.utf8)) }
        #expect(error?.description == reason)
    }

    @Test(arguments: [
        (#"{"architecture":"amd64"}"#, "rootfs: is missing"),
        (#"{"rootfs":{"type":"tar"}}"#, "rootfs.type: must be \"layers\""),
        (#"{"rootfs":{"diff_ids":["x"]}}"#, "rootfs.diff_ids[0]: "),
        (#"{"rootfs":{},"config":{"Env":[1]}}"#, "config.Env[0]: must be a string"),
        (#"{"rootfs":{},"config":{"Env":["a\u0000"]}}"#, "config.Env[0]: must not hold a NUL character"),
        (#"{"rootfs":{},"history":[{"empty_layer":1}]}"#, "history[0].empty_layer: must be true or false"),
    ])
    func badConfigurationsNameTheMember(_ text: String, _ reason: String) {
        let error = #expect(throws: ManifestError.self) { try ImageConfig.decode(Array(text.utf8)) }
        #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
    }

    @Test func moreLayersThanTheKernelStacksAreRefused() {
        let layer = #"{"mediaType":"\#(MediaType.layer)","digest":"\#(Self.one)","size":1}"#
        let layers = Array(repeating: layer, count: ImageManifest.limitLayers + 1).joined(separator: ",")
        let text = Self.manifest.replacing(/"layers":\[.*\]/, with: "\"layers\":[\(layers)]")
        let error = #expect(throws: ManifestError.self) { try ImageManifest.decode(Array(text.utf8)) }
        #expect(error?.description == "layers: has more than 500 elements")
    }

    @Test func indexesThatAreManifestsTooAreRefused() {
        let text = #"{"schemaVersion":2,"manifests":[],"layers":[]}"#
        let error = #expect(throws: ManifestError.self) { try ImageIndex.decode(Array(text.utf8)) }
        #expect(error?.description == "layers: must not stand in an index")
    }

    @Test func chainsAreNamedFromTheBottom() throws {
        let diffs = [try Digest(Self.one), try Digest(Self.two), try Digest(Self.one)]
        var hashed: [String] = []
        let chain = ChainID.all(of: diffs) { bytes in
            hashed.append(String(decoding: bytes, as: UTF8.self))
            return diffs[1]
        }
        #expect(chain == [diffs[0], diffs[1], diffs[1]])
        #expect(hashed == [Self.one + " " + Self.two, Self.two + " " + Self.one])
    }

    @Test func archivesOfDockerAreReadAndWritten() throws {
        let text = #"[{"Config":"c.json","RepoTags":null,"Layers":["a/layer.tar","b/layer.tar"]}]"#
        let images = try DockerArchive.decode(Array(text.utf8))
        #expect(images == [.init(config: "c.json", repoTags: [], layers: ["a/layer.tar", "b/layer.tar"])])
        #expect(String(decoding: DockerArchive.encode(images), as: UTF8.self) == text)
        for bad in [#"[{"Config":"/c"}]"#, #"[{"Config":"c","Layers":["a/../b"]}]"#, "{}", "[1]"] {
            #expect(throws: ManifestError.self) { try DockerArchive.decode(Array(bad.utf8)) }
        }
        let tops = try ["alpine:1", "alpine:2", "x.io/y:z"].map { (reference: try Reference($0), top: "ab") }
        #expect(
            String(decoding: DockerArchive.repositories(tops), as: UTF8.self)
                == #"{"alpine":{"1":"ab","2":"ab"},"x.io/y":{"z":"ab"}}"#)
    }
}
