import Glibc
import Kernel
import Testing

@Suite struct TreesTests {
    @Test func deepTreesAreRemoved() throws {
        var template = Array("/tmp/docklock-tree-XXXXXX".utf8CString)
        let path = String(cString: try #require(mkdtemp(&template)))
        var at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<1000 {
            mkdirat(at, "deep", 0o700)
            let next = openat(at, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(openat(next, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
            symlinkat("/", next, "link")
            close(at)
            at = next
        }
        close(at)
        try Trees.remove(path)
        #expect(!Files.exists(path))
        try Trees.remove(path)
    }
}
