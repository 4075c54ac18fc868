import Digest
import Glibc
import Images
import Kernel
import Manifest
import Testing
import Transfer

/// A store and a folder of its own below /tmp, gone with the test, and programs to run in it.
final class Scratch {
    let folder: String
    let store: ImageStore

    init() throws {
        var template = Array("/tmp/transfer.XXXXXX".utf8CString)
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

    /// A built program.
    static func program(_ name: String = "docklock-cli", _ file: String = #filePath) throws -> String {
        let top = "/" + file.split(separator: "/").dropLast(4).joined(separator: "/")
        let places = ["release", "debug"].map { top + "/.build/" + $0 + "/" + name }
        return try #require(places.first { Files.exists($0) }, "\(name) is not built")
    }

    /// A second, empty store.
    func another(_ name: String) throws -> ImageStore {
        let other = ImageStore(folder + "/" + name)
        try other.prepare()
        return other
    }

    /// Runs a script in the folder; what it prints.
    @discardableResult
    func sh(_ script: String) throws -> String {
        let output = folder + "/.output"
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

    /// A small tree with what trees have: modes, owners, links, a fifo, a device, attributes, times.
    func makeTree(_ name: String = "tree") throws {
        try sh(
            """
            mkdir -p \(name)/bin \(name)/etc/empty \(name)/var/deep/er && cd \(name)
            echo hello >bin/hello && chmod 4755 bin/hello && ln bin/hello bin/again && ln -s hello bin/link
            echo name=\(name) >etc/conf && chown 12:34 etc/conf && chmod 600 etc/conf
            mkfifo var/fifo && mknod var/null c 1 3 && chmod 1777 var/deep
            setfattr -n user.note -v kept etc/conf 2>/dev/null || true
            truncate -s 1M var/sparse && echo tail >>var/sparse
            find . -exec touch -h -d '2020-01-02 03:04:05.678' {} +
            """)
    }

    /// A listing of a tree that two trees have in common only if they are the same.
    func listing(_ path: String) throws -> String {
        let names = try sh("cd \(path) && find . -printf '%p %y %m %U %G %n %l %T@\\n' | sort")
        return names + (try sh("cd \(path) && find . -type f -exec sha256sum {} + | sort"))
    }

    func importTree(
        _ tar: String, as name: String?, changes: [String] = [], into store: ImageStore? = nil
    ) throws -> Digest {
        var options = ImportOptions(created: "2024-01-02T03:04:05Z", source: tar)
        options.changes = changes
        options.reference = try name.map { try Reference($0).tagged }
        let file = try Descriptor.open(folder + "/" + tar, O_RDONLY)
        return try (store ?? self.store).importTree(from: file.number, options)
    }
}
