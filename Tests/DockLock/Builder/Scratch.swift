import Glibc
import Images
import Kernel
import Testing

/// A context, a store and a folder for both below /tmp, gone with the test, and the built programs.
final class Scratch {
    let folder: String
    let store: ImageStore

    init() throws {
        var template = Array("/tmp/builder.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", errno) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = ImageStore(folder + "/data")
        try sh("mkdir context && chmod 755 .")
    }

    deinit { try? Trees.remove(folder) }

    /// The built program, with `docklock` beside it.
    static func program(_ file: String = #filePath) throws -> String {
        let top = "/" + file.split(separator: "/").dropLast(4).joined(separator: "/")
        let places = ["release", "debug"].map { top + "/.build/" + $0 }
        let place = places.first { Files.exists($0 + "/docklock-cli") && Files.exists($0 + "/docklock") }
        return try #require(place, "docklock and docklock-cli are not built") + "/docklock-cli"
    }

    /// Runs a script in the folder; what it prints. `cli` in it is the program with its store.
    @discardableResult
    func sh(_ script: String) throws -> String {
        let output = folder + "/.output"
        let program = try Scratch.program()
        let text = """
            cli() { \(program) --data-root \(folder)/data "$@"; }
            build() { cli build --root \(folder)/s --network none "$@"; }
            cd \(folder) && { \(script)
            }
            """
        try Files.replace(folder + "/.script", with: Array(text.utf8))
        let status = "bash \(folder)/.script >\(output) 2>&1 </dev/null".withCString { system($0) }
        let said = try Files.text(output)
        guard status == 0 else { throw Failed(text: "\(script): status \(status): \(said)") }
        return said
    }

    struct Failed: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    func write(_ name: String, _ text: String) throws {
        try Files.replace(folder + "/" + name, with: Array(text.utf8), mode: 0o644)
    }

    /// A context with busybox in it, and these lines behind the first four of its Containerfile.
    func prepare(_ lines: String) throws {
        try sh("cp /bin/busybox context/busybox")
        try write(
            "context/Containerfile",
            """
            FROM scratch
            COPY busybox /bin/busybox
            RUN ["/bin/busybox", "--install", "-s", "/bin"]
            \(lines)

            """)
    }

    /// What the image's tree holds below a path: names, kinds, modes, owners, links and contents.
    func listing(_ image: String, _ path: String = "") throws -> String {
        try sh(
            """
            rm -rf layout tree && cli save --format oci-dir -o layout \(image)
            umoci unpack --image layout:docker.io/library/\(image):latest tree >/dev/null 2>&1
            cd tree/rootfs/\(path) && find . -mindepth 1 -printf '%P %y %m %U:%G %l\\n' | sort
            find . -type f -links +1 -printf '%P has %n names\\n' | sort
            find . -type f -size +0 -exec sha256sum {} + | sort -k 2
            """)
    }
}
