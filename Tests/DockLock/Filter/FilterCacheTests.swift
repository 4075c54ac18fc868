import Glibc
import Kernel
import OCI
import Testing

@testable import Filter

/// A directory of the test's own, gone with it.
private final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/docklock-filter-XXXXXX\0".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = try #require(made)
    }

    deinit {
        for name in (try? Files.list(path)) ?? [] {
            for entry in (try? Files.list(path + "/" + name)) ?? [] {
                unlink(path + "/" + name + "/" + entry)
            }
            if rmdir(path + "/" + name) != 0 { unlink(path + "/" + name) }
        }
        rmdir(path)
    }
}

@Suite("What was compiled before")
struct FilterCacheTests {
    private let profile = Array("no JSON: a hit must not read it".utf8)
    /// A program that no compilation makes: where it comes back, it comes from the cache.
    private let marker = CompiledFilter(
        program: [6, 0, 0, 0, 0, 0, 0xff, 0x7f, 6, 0, 0, 0, 1, 2, 3, 4], flags: 2, notifies: true)

    private func find(_ directory: String, _ profile: [UInt8]) throws -> CompiledFilter? {
        guard let cache = FilterCache(directory) else { return nil }
        return cache.find(profile)
    }

    private func opens(_ directory: String) -> Bool {
        if FilterCache(directory) == nil { return false }
        return true
    }

    private func store(_ directory: String) throws -> String {
        guard let cache = FilterCache(directory) else { throw SystemError("open", EPERM, directory) }
        cache.store(marker, for: profile)
        return directory + "/" + FilterCache.name(profile)
    }

    @Test("a profile seen before is not even parsed")
    func hit() throws {
        let scratch = try Scratch()
        _ = try store(scratch.path + "/filters")
        let source = SeccompSource(bytes: profile)
        #expect(try Filter.compile(source, cache: scratch.path + "/filters", warn: { _ in }) == marker)
        #expect(throws: (any Error).self) { try Filter.compile(source, cache: nil, warn: { _ in }) }
    }

    @Test("a profile is compiled once, and said to be so by its file")
    func compiledOnce() throws {
        let scratch = try Scratch()
        var source = SeccompSource(
            bytes: Array(
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "flags": [],
                 "syscalls": [{"names": ["read", "frobnicate"], "action": "SCMP_ACT_ALLOW"},
                              {"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
                """.utf8))
        source.listenerPath = "/run/agent"
        var words: [String] = []
        let filters = try (0..<3).map { _ in
            try Filter.compile(source, cache: scratch.path + "/filters", warn: { words.append($0) })
        }
        #expect(words.count == 1)
        #expect(filters[0].notifies && filters[0].flags == 0)
        #expect(filters[1] == filters[0] && filters[2] == filters[0])
        #expect(try Files.list(scratch.path + "/filters") == [FilterCache.name(source.bytes)])
        let machine = try Machine(filters[2].program)
        #expect(machine.run(Call(0)) == Answer.allow && machine.run(Call(1)) == Answer.enosys)
    }

    @Test("another profile is a miss, also under the same name")
    func miss() throws {
        let scratch = try Scratch()
        let path = try store(scratch.path + "/filters")
        var other = profile
        other[0] ^= 1
        #expect(try find(scratch.path + "/filters", other) == nil)
        rename(path, scratch.path + "/filters/" + FilterCache.name(other))
        #expect(try find(scratch.path + "/filters", other) == nil)
        #expect(try find(scratch.path + "/filters", profile) == nil)
    }

    @Test("what is kept is private, whole, and the only file")
    func modes() throws {
        let scratch = try Scratch()
        let path = try store(scratch.path + "/filters")
        var status = stat()
        #expect(lstat(scratch.path + "/filters", &status) == 0 && status.st_mode == S_IFDIR | 0o700)
        #expect(lstat(path, &status) == 0 && status.st_mode == S_IFREG | 0o600)
        #expect(try Files.list(scratch.path + "/filters").count == 1)
    }

    @Test("a file with any byte changed is a miss, and so is any other length")
    func garbled() {
        let whole = FilterCache.file(marker, profile: profile)
        #expect(FilterCache.read(whole, profile: profile) == marker)
        for index in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[index] ^= 1 << bit
                #expect(FilterCache.read(bytes, profile: profile) == nil, "byte \(index), bit \(bit)")
            }
        }
        for length in whole.indices {
            #expect(FilterCache.read(Array(whole[..<length]), profile: profile) == nil, "\(length) bytes")
        }
        for more in 1...16 {
            #expect(FilterCache.read(whole + [UInt8](repeating: 6, count: more), profile: profile) == nil)
        }
        #expect(FilterCache.read([], profile: profile) == nil)
        #expect(FilterCache.read([], profile: []) == nil)
    }

    @Test("a garbled file is replaced by the next compilation")
    func replaced() throws {
        let scratch = try Scratch()
        let path = try store(scratch.path + "/filters")
        #expect(truncate(path, 60) == 0)
        #expect(try find(scratch.path + "/filters", profile) == nil)
        _ = try store(scratch.path + "/filters")
        #expect(try find(scratch.path + "/filters", profile) == marker)
    }

    @Test("a file or a directory that others may touch is not trusted", .enabled(if: geteuid() == 0))
    func ownership() throws {
        let scratch = try Scratch()
        let folder = scratch.path + "/filters"
        let path = try store(folder)
        for (target, mode) in [(path, mode_t(0o600)), (folder, 0o700)] {
            for bits in [mode_t(0o040), 0o004, 0o020, 0o002, 0o001] {
                #expect(chmod(target, mode | bits) == 0)
                #expect(try find(folder, profile) == nil)
            }
            #expect(chmod(target, mode) == 0)
            #expect(try find(folder, profile) == marker)
            #expect(chown(target, 1000, 0) == 0)
            #expect(try find(folder, profile) == nil)
            #expect(chown(target, 0, 0) == 0)
            #expect(try find(folder, profile) == marker)
        }
    }

    @Test("symbolic links are not followed, and nothing but a plain file is read")
    func links() throws {
        let scratch = try Scratch()
        let folder = scratch.path + "/filters"
        let path = try store(folder)
        #expect(symlink(folder, scratch.path + "/link") == 0)
        #expect(try find(scratch.path + "/link", profile) == nil)
        #expect(rename(path, scratch.path + "/file") == 0)
        #expect(symlink(scratch.path + "/file", path) == 0)
        #expect(try find(folder, profile) == nil)
        #expect(unlink(path) == 0 && mkfifo(path, 0o600) == 0)
        #expect(try find(folder, profile) == nil)
    }

    @Test("a directory that cannot be made or written is no failure")
    func unwritable() throws {
        let scratch = try Scratch()
        #expect(!opens(scratch.path + "/missing/filters"))
        let file = scratch.path + "/file"
        #expect(mknod(file, S_IFREG | 0o600, 0) == 0)
        #expect(!opens(file))
        #expect(opens(scratch.path))
    }

    @Test("the directory stays bounded; the oldest goes first")
    func bounded() throws {
        let scratch = try Scratch()
        let folder = scratch.path + "/filters"
        let path = try store(folder)
        var past = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, &past, 0) == 0)
        guard let cache = FilterCache(folder) else { throw SystemError("open", EPERM, folder) }
        for index in 0..<FilterCache.entriesMax + 3 {
            cache.store(marker, for: Array("profile \(index)".utf8))
        }
        #expect(try Files.list(folder).count == FilterCache.entriesMax)
        #expect(try find(folder, profile) == nil)
        let last = cache.find(Array("profile \(FilterCache.entriesMax + 2)".utf8))
        #expect(last == marker)
    }
}
