import Digest
import Glibc
import Images
import Kernel
import Manifest
import Registry
import Testing
import Transfer

/// A store and a folder of its own below /tmp, gone with the test, and programs to run in it.
final class Scratch: Sendable {
    let folder: String
    let store: ImageStore

    init() throws {
        var template = Array("/tmp/registry.XXXXXX".utf8CString)
        let made: String? = template.withUnsafeMutableBufferPointer { buffer in
            // Sound: the buffer ends in the NUL of `utf8CString`.
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw SystemError("mkdtemp", errno) }
        folder = made
        store = ImageStore(made + "/data")
        try store.prepare()
    }

    deinit { try? Trees.remove(folder) }

    /// The repository that this was built from.
    static func top(_ file: String = #filePath) -> String {
        "/" + file.split(separator: "/").dropLast(4).joined(separator: "/")
    }

    /// A built program.
    static func program(_ name: String = "docklock-cli") throws -> String {
        let places = ["release", "debug"].map { top() + "/.build/" + $0 + "/" + name }
        return try #require(places.first { Files.exists($0) }, "\(name) is not built")
    }

    func another(_ name: String) throws -> ImageStore {
        let other = ImageStore(folder + "/" + name)
        try other.prepare()
        return other
    }

    /// Runs a script in the folder; what it prints.
    @discardableResult
    func sh(_ script: String) throws -> String {
        let output = folder + "/.output-\(UInt64.random(in: 0 ... .max))"
        let line = "cd \(folder) && { \(script)\n} >\(output) 2>&1 </dev/null"
        let status = line.withCString { system($0) }
        let text = try Files.text(output)
        guard status == 0 else { throw Failed(text: "\(script): status \(status): \(text)") }
        return text
    }

    struct Failed: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    /// Stores an image of three layers that the scripts make, each in `$tree`; its id.
    @discardableResult
    func makeImage(_ name: String, layers scripts: [String] = Scratch.layers) throws -> Digest {
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        var config = ImageConfig()
        config.created = "2024-01-02T03:04:05Z"
        config.run.cmd = ["/bin/true"]
        var layers: [ContentDescriptor] = []
        for (index, script) in scripts.enumerated() {
            try sh(
                """
                rm -rf tree && mkdir tree && tree=$PWD/tree && \(script)
                find tree -exec touch -h -d '2020-01-02 03:04:05' {} +
                tar -C tree --sort=name --numeric-owner -cf layer.tar .
                gzip -n <layer.tar >layer-\(index).tgz
                """)
            let diff = try Digest("sha256:" + sh("sha256sum layer.tar").prefix(64))
            let blob = try store.add(Files.read(folder + "/layer-\(index).tgz", limit: 1 << 30))
            config.diffIDs.append(diff)
            layers.append(.init(mediaType: MediaType.gzipLayer, digest: blob, size: try store.size(of: blob)))
        }
        return try store.add(config: config.encoded(), layers: layers, as: [Reference(name).tagged])
    }

    static let layers = [
        "mkdir $tree/bin $tree/etc && head -c 300000 /dev/urandom >$tree/bin/true && echo a >$tree/etc/a",
        "for i in $(seq 200); do echo $i >$tree/$i; done; head -c 100000 /dev/urandom >$tree/data",
        "mkdir $tree/etc && echo b >$tree/etc/a && touch $tree/.wh.7 && head -c 50000 /dev/urandom >$tree/z",
    ]

    /// Makes a folder that `hostile.py` serves, of the image of that name.
    func serve(_ name: String, in folder: String = "served") throws {
        let image = try store.find(name)
        try sh("mkdir -p \(folder)/blobs && cp data/images/blobs/sha256/* \(folder)/blobs/")
        try sh("cp data/images/blobs/sha256/\(image.manifest.digest.hex) \(folder)/manifest")
    }

    /// A certificate authority `ca.pem`, and a certificate of it for loopback, `server.pem` and `server.key`.
    func makeCertificates() throws {
        try sh(
            """
            kind="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            openssl req -x509 $kind -keyout ca.key -out ca.pem -days 2 -subj /CN=authority
            openssl req $kind -keyout server.key -out server.csr -subj /CN=localhost
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' >extensions
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                -extfile extensions -out server.pem
            """)
    }

    func requests(_ served: String = "served") throws -> [String] {
        try Files.text(folder + "/" + served + "/requests").split(separator: "\n").map { String($0) }
    }
}
