import Digest
import Glibc
import Hash
import Kernel
import Layers
import Testing

/// A folder of a test's own, gone with it; and the shell in it, for the programs that are the judges.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/docklock-layers-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { shell("cd / && rm -rf --one-file-system '\(path)'") }

    func file(_ name: String) -> String { path + "/" + name }

    /// What a shell prints that runs in the folder; the test fails where the shell does.
    @discardableResult
    func run(_ script: String, _ location: SourceLocation = #_sourceLocation) -> String {
        let (output, code) = shell("cd '\(path)' && { \(script)\n} 2>&1")
        #expect(code == 0, "\(script): \(output)", sourceLocation: location)
        return output
    }

    @discardableResult
    private func shell(_ script: String) -> (output: String, code: Int32) {
        guard let pipe = popen("set -e\n" + script, "r") else { return ("", -1) }
        var made: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count == 0 { break }
            made += buffer[..<count]
        }
        let status = pclose(pipe)
        return (String(decoding: made, as: UTF8.self), status == 0 ? 0 : 1)
    }

    /// Unpacks a file of this folder as a layer to another name in it; digests are those it has.
    @discardableResult
    func apply(
        _ blob: String, to name: String, archive: String? = nil, privilege: Privilege = .root,
        limits: LayerLimits = LayerLimits()
    ) throws -> LayerFacts {
        let bytes = try Files.read(file(blob), limit: 1 << 30)
        let diffID = try archive.map { Hash.digest(try Files.read(file($0), limit: 1 << 30)) }
        let digest = Hash.digest(bytes)
        let layer = Layer(digest: digest, size: Int64(bytes.count), diffID: diffID ?? digest)
        let descriptor = try Descriptor.open(file(blob), O_RDONLY)
        return try Layers.apply(layer, from: descriptor, to: file(name), privilege: privilege, limits: limits)
    }

    /// A tree as lines: type, mode, owner, time, size, links, name, what a link holds; attributes after them.
    func listing(_ name: String) -> String {
        run(
            """
            cd '\(name)' && find . -printf '%y %m %U:%G %T@ %s %n %P -> %l\\n' | sort -k7
            find . -type f -exec sha256sum {} + | sort -k2
            getfattr -h -R -d -m - -e hex . 2>/dev/null | sed '/^$/d'
            find . \\( -type b -o -type c \\) -exec stat -c '%n %t:%T' {} + | sort
            """)
    }
}
