import Glibc
import Kernel
import Testing

/// A folder of a test's own, gone with it.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/docklock-kernel-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { Scratch.remove(path) }

    func file(_ name: String) -> String { path + "/" + name }

    private static func remove(_ path: String) {
        for name in (try? Files.list(path)) ?? [] {
            let inner = path + "/" + name
            if unlink(inner) != 0 { remove(inner) }
        }
        rmdir(path)
    }
}
