import Digest
import Distribution
import Images
import Kernel
import Manifest
import Registry
import Testing

/// Against Debian's docker-registry, with skopeo beside.
@Suite struct RegistryTests {
    @Test func whatIsPushedIsPulled() async throws {
        let scratch = try Scratch()
        try scratch.makeCertificates()
        let server = try Service.registry(scratch, tls: true, auth: true)
        let name = server.address + "/team/app:1"
        let id = try scratch.makeImage(name)
        let told = Told()
        let pushed = try await scratch.push(name, by: scratch.registries(as: user)) { told.take($0) }
        let manifest = try scratch.store.manifest(pushed.digest)
        for layer in manifest.layers { #expect(told.all.contains(.complete(layer.digest))) }
        let other = try scratch.another("other")
        let pulled = try await scratch.pull(name, into: other, by: scratch.registries(as: user))
        #expect(pulled.id == id && pulled.digest == pushed.digest && !pulled.wasCurrent)
        let image = try other.runnable(name)
        #expect(image.layers == (try scratch.store.runnable(name).layers))
        for layer in image.layers {
            let listings = try [other, scratch.store].map { store in
                try scratch.sh(
                    """
                    cd \(store.layers)/\(layer)
                    find . ! -type c -printf '%p %y %m %U %G %s %T@\\n' | sort
                    """)
            }
            #expect(listings[0] == listings[1])
        }
        #expect(try Files.list(other.data + "/ingest").isEmpty)
        // Once more: all is there already, on both sides.
        let again = try await scratch.pull(name, into: other, by: scratch.registries(as: user))
        #expect(again.wasCurrent)
        let once = Told()
        try await scratch.push(name, by: scratch.registries(as: user)) { once.take($0) }
        for layer in manifest.layers { #expect(once.all.contains(.present(layer.digest))) }
        // By digest.
        let third = try scratch.another("third")
        let exact = try await scratch.pull(
            "\(server.address)/team/app@\(pushed.digest)", into: third, by: scratch.registries(as: user))
        #expect(exact.id == id)
        #expect(try third.find("\(server.address)/team/app@\(pushed.digest)").id == id)
    }

    @Test func whatIsNotAllowedIsSaid() async throws {
        let scratch = try Scratch()
        try scratch.makeCertificates()
        let server = try Service.registry(scratch, tls: true, auth: true)
        let name = server.address + "/app:1"
        try scratch.makeImage(name)
        for wrong in [nil, Credential.password(user: "user", password: "wrong")] {
            let error = await #expect(throws: RegistryError.self) {
                try await scratch.push(name, by: scratch.registries(as: wrong))
            }
            #expect(error?.kind == .denied, "\(String(describing: error))")
        }
        let absent = await #expect(throws: RegistryError.self) {
            try await scratch.pull(name, into: scratch.store, by: scratch.registries(as: user))
        }
        #expect(absent?.kind == .absent)
        // An authority that nobody trusts, and not https at all.
        try scratch.sh("rm ca.pem")
        let untrusted = await #expect(throws: RegistryError.self) {
            try await scratch.pull(name, into: scratch.store, by: scratch.registries(as: user))
        }
        #expect(untrusted?.kind == .unreachable && untrusted?.description.contains("not trusted") == true)
        let insecure = #"{"registries":{"\#(server.address)":{"insecure":true}}}"#
        try await scratch.push(name, by: scratch.registries(as: user, settings: insecure))
    }

    @Test func skopeoAgrees() async throws {
        let scratch = try Scratch()
        try scratch.makeCertificates()
        let server = try Service.registry(scratch, tls: true, auth: true)
        let name = server.address + "/app:1"
        let id = try scratch.makeImage(name)
        let pushed = try await scratch.push(name, by: scratch.registries(as: user))
        let flags = "--creds user:pass --cert-dir authority"
        let digest = try scratch.sh("skopeo inspect \(flags) docker://\(name) | jq -r .Digest")
        #expect(digest == "\(pushed.digest)\n")
        let tls =
            "--src-creds user:pass --dest-creds user:pass --src-cert-dir authority --dest-cert-dir authority"
        try scratch.sh("skopeo copy -q \(tls) docker://\(name) docker://\(server.address)/copied:2")
        let other = try scratch.another("other")
        let pulled = try await scratch.pull(
            "\(server.address)/copied:2", into: other, by: scratch.registries(as: user))
        #expect(pulled.id == id && pulled.digest == pushed.digest)
        // As docker's schema 2, and as an index of platforms.
        try scratch.sh(
            """
            skopeo copy -q \(tls) --format v2s2 docker://\(name) docker://\(server.address)/v2s2:1
            skopeo copy -q --src-creds user:pass --src-cert-dir authority docker://\(name) oci:one:1
            digest=$(jq -r '.manifests[0].digest' one/index.json)
            size=$(jq -r '.manifests[0].size' one/index.json)
            cat >index <<END
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
            {"mediaType":"application/vnd.oci.image.manifest.v1+json","size":$size,"digest":"$digest",
            "platform":{"os":"linux","architecture":"$(uname -m | sed s/x86_64/amd64/)"}}]}
            END
            curl -sf --cacert ca.pem -u user:pass -X PUT --data-binary @index \
                -H 'Content-Type: application/vnd.oci.image.index.v1+json' \
                https://\(server.address)/v2/app/manifests/all
            """)
        let schema2 = try await scratch.pull(
            "\(server.address)/v2s2:1", into: other, by: scratch.registries(as: user))
        #expect(try other.config(schema2.id).diffIDs == scratch.store.config(id).diffIDs)
        let index = try await scratch.pull(
            "\(server.address)/app:all", into: scratch.another("third"), by: scratch.registries(as: user))
        #expect(index.id == id)
        #expect(
            "\(index.digest)" == (try scratch.sh("sha256sum index | sed 's/^/sha256:/; s/ .*//'").dropLast()))
        let registries = try scratch.registries(as: user)
        #expect(try await registries.tags(of: Reference(server.address + "/app")).sorted() == ["1", "all"])
        await registries.close()
    }

    @Test func blobsOfOtherRepositoriesAreMounted() async throws {
        let scratch = try Scratch()
        let server = try Service.registry(scratch)
        try scratch.makeImage(server.address + "/one:1")
        try await scratch.push(server.address + "/one:1")
        try scratch.store.tag(server.address + "/one:1", as: Reference(server.address + "/two:1"))
        let told = Told()
        let pushed = try await scratch.push(server.address + "/two:1") { told.take($0) }
        for layer in try scratch.store.manifest(pushed.digest).layers {
            #expect(told.all.contains(.mounted(layer.digest, from: "one")))
        }
        try await scratch.pull(server.address + "/two:1", into: scratch.another("other"))
    }

    @Test func largeBlobsGoInChunks() async throws {
        let scratch = try Scratch()
        let server = try Service.registry(scratch)
        let name = server.address + "/large:1"
        let id = try scratch.makeImage(name, layers: ["head -c 70000000 /dev/urandom >$tree/large"])
        try await scratch.push(name)
        #expect(try await scratch.pull(name, into: scratch.another("other")).id == id)
    }

    @Test func mirrorsAreAskedFirst() async throws {
        let scratch = try Scratch()
        let mirror = try Service.registry(scratch, "mirror")
        let id = try scratch.makeImage(mirror.address + "/copies/team/app:1")
        try await scratch.push(mirror.address + "/copies/team/app:1")
        // The origin does not even exist; the first mirror does neither.
        let settings = """
            {"registries":{"nowhere.invalid":{"mirrors":["127.0.0.1:1","\(mirror.address)/copies"]}}}
            """
        let told = Told()
        let other = try scratch.another("other")
        let pulled = try await scratch.pull(
            "nowhere.invalid/team/app:1", into: other, by: scratch.registries(settings: settings)
        ) { told.take($0) }
        #expect(pulled.id == id)
        #expect(try other.find("nowhere.invalid/team/app:1").id == id)
        let passed = told.all.filter { if case .passedOver = $0 { true } else { false } }
        #expect(passed.count == 1)
    }

    @Test func passwordsAreFoundInFilesAndByHelpers() async throws {
        let scratch = try Scratch()
        try scratch.makeCertificates()
        let server = try Service.registry(scratch, tls: true, auth: true)
        let name = server.address + "/app:1"
        try scratch.makeImage(name)
        let keyring = Keyring(files: [], written: scratch.folder + "/auth/auth.json")
        #expect(try keyring.store(server.address, user).hasSuffix("/auth/auth.json"))
        #expect(try scratch.sh("stat -c %a auth/auth.json") == "600\n")
        try scratch.sh(
            "skopeo inspect --authfile auth/auth.json --cert-dir authority docker://\(name) || true")
        try await scratch.push(name, by: scratch.registries(authFile: scratch.folder + "/auth/auth.json"))
        #expect(try keyring.erase(server.address) && !keyring.erase(server.address))
        await #expect(throws: RegistryError.self) {
            try await scratch.pull(
                name, into: scratch.another("a"),
                by: scratch.registries(authFile: scratch.folder + "/auth/auth.json"))
        }
        // skopeo's own login is read too.
        try scratch.sh(
            "skopeo login -u user -p pass --authfile theirs.json --cert-dir authority \(server.address)")
        try await scratch.pull(
            name, into: scratch.another("b"),
            by: scratch.registries(authFile: scratch.folder + "/theirs.json"))
    }
}

/// A pull that is killed at a system call that changes something.
@Suite struct KilledPullTests {
    private static let moments = [
        "mkdirat:when=2", "write:when=1", "pwrite64:when=9", "fchmod:when=1", "syncfs:when=1",
        "rename:when=1",
        "renameat2:when=1", "renameat2:when=3", "fsync:when=2",
    ]

    @Test func theStoreStaysWhole() async throws {
        let scratch = try Scratch()
        let server = try Service.registry(scratch)
        let name = server.address + "/app:1"
        try scratch.makeImage(name)
        try await scratch.push(name)
        let other = try scratch.another("other")
        let pull = "\(try Scratch.program()) pull -q --data-root $PWD/other \(name)"
        var killed = 0
        for moment in Self.moments {
            let parts = moment.split(separator: ":")
            let flags = "-e trace=\(parts[0]) -e inject=\(parts[0]):signal=KILL:\(parts[1])"
            let status = try scratch.sh(
                "(strace -f -o trace \(flags) \(pull)) >/dev/null 2>&1; echo $?")
            killed += status.hasSuffix("137\n") ? 1 : 0
            for image in try other.images() {
                let runnable = try other.runnable(image.id.hex)
                for layer in try other.manifest(image.manifest.digest).layers {
                    #expect(other.has(layer.digest))
                }
                #expect(runnable.layers.count == 3, "\(moment)")
            }
            #expect(try scratch.sh(pull) == name + "\n", "\(moment)")
            #expect(try other.runnable(name).layers.count == 3, "\(moment)")
            _ = try other.prune(all: true) { [] }
            #expect(try Files.list(other.data + "/ingest").isEmpty, "\(moment)")
            #expect(try Files.list(other.layers).isEmpty, "\(moment)")
            #expect(try Files.list(other.layout + "/blobs/sha256").isEmpty, "\(moment)")
        }
        #expect(killed >= Self.moments.count - 2)
    }
}
