import Archive
import Foundation
import Kernel
import Testing

@testable import Vessel

@Suite struct TarCopyTests {
    private let stage: Stage
    private var from: String { stage.folder + "/from" }
    private var into: String { stage.folder + "/into" }

    init() throws {
        stage = try Stage()
        try Files.makeDirectories(from + "/sub")
        try Files.makeDirectory(into)
        try Files.replace(from + "/f", with: Array(repeating: 7, count: 200_000), mode: 0o640)
        try Files.replace(from + "/sub/g", with: Array("two".utf8), mode: 0o600)
        #expect(symlink("/etc/shadow", from + "/link") == 0)
        #expect(mkfifo(from + "/pipe", 0o622) == 0)
    }

    private func packed(_ path: String) throws -> [UInt8] {
        let archive = stage.folder + "/archive"
        let file = try Descriptor.open(archive, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try TarCopy().pack(Source(path, follows: false), to: file.number)
        return try Files.read(archive, limit: 1 << 24)
    }

    private func unpack(_ bytes: [UInt8], overwrites: Bool = false) throws {
        let archive = stage.folder + "/other"
        try Files.replace(archive, with: bytes)
        let file = try Descriptor.open(archive, O_RDONLY)
        var copy = TarCopy(owner: (getuid(), getgid()), overwrites: overwrites)
        try copy.unpack(from: file.number, into: Descriptor.open(into, O_RDONLY | O_DIRECTORY))
    }

    private func tree() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: into).sorted()
    }

    private func entry(_ path: String, _ kind: Entry.Kind, link: String = "", size: Int64 = 0) -> Entry {
        var entry = Entry()
        (entry.path, entry.kind, entry.link) = (Array(path.utf8), kind, Array(link.utf8))
        (entry.mode, entry.size) = (0o644, size)
        return entry
    }

    private func archive(_ entries: [Entry]) throws -> [UInt8] {
        try entries.flatMap { try TarWriter.header($0) } + TarWriter.end
    }

    @Test func whatIsPackedUnpacksTheSame() throws {
        try unpack(try packed(from))
        #expect(try tree() == ["from", "from/f", "from/link", "from/pipe", "from/sub", "from/sub/g"])
        #expect(try Files.read(into + "/from/f", limit: 1 << 20) == Array(repeating: 7, count: 200_000))
        #expect(try Files.link(into + "/from/link") == "/etc/shadow")
        for name in ["f", "sub/g", "pipe"] {
            var (was, now) = (stat(), stat())
            #expect(stat(from + "/" + name, &was) == 0 && stat(into + "/from/" + name, &now) == 0)
            #expect(was.st_mode == now.st_mode, "\(name)")
        }
        var (was, now) = (stat(), stat())
        #expect(stat(from + "/f", &was) == 0 && stat(into + "/from/f", &now) == 0)
        #expect(was.st_mtim.tv_sec == now.st_mtim.tv_sec && was.st_mtim.tv_nsec == now.st_mtim.tv_nsec)
    }

    @Test func aDotMeansWhatIsInside() throws {
        try unpack(try packed(from + "/."))
        #expect(try tree() == ["f", "link", "pipe", "sub", "sub/g"])
    }

    @Test func linksOfFilesAreMadeWithinTheDirectory() throws {
        try unpack(try archive([entry("a/f", .file), entry("b", .hardLink, link: "a/f")]))
        var (one, other) = (stat(), stat())
        #expect(stat(into + "/a/f", &one) == 0 && stat(into + "/b", &other) == 0)
        #expect(one.st_ino == other.st_ino)
    }

    @Test(arguments: ["../out", "a/../../out", "/../out"])
    func noEntryLeadsOut(path: String) throws {
        let bytes = try archive([entry(path, .file)])
        #expect(throws: VesselError.self) { try unpack(bytes) }
        let link = try archive([entry("b", .hardLink, link: path)])
        #expect(throws: VesselError.self) { try unpack(link) }
        #expect(!Files.exists(stage.folder + "/out"))
    }

    @Test func noLinkOfTheArchiveIsFollowed() throws {
        let outside = stage.folder + "/outside"
        try Files.makeDirectory(outside)
        let bytes = try archive([entry("way", .symbolicLink, link: outside), entry("way/f", .file)])
        #expect(throws: SystemError.self) { try unpack(bytes) }
        #expect(try Files.list(outside).isEmpty)
    }

    @Test func aLinkThatIsThereIsReplacedAndNotWrittenThrough() throws {
        let outside = stage.folder + "/outside"
        try Files.replace(outside, with: Array("safe".utf8))
        #expect(symlink(outside, into + "/f") == 0)
        try unpack(try archive([entry("f", .file)]))
        #expect(try Files.text(outside) == "safe")
        #expect(try Files.text(into + "/f").isEmpty)
    }

    @Test func whatIsThereGoesOnlyWhereItIsAskedFor() throws {
        try Files.makeDirectory(into + "/f")
        try Files.replace(into + "/d", with: [])
        for bytes in [try archive([entry("f", .file)]), try archive([entry("d", .directory)])] {
            #expect(throws: (any Error).self) { try unpack(bytes) }
            try unpack(bytes, overwrites: true)
        }
        #expect(!Files.isDirectory(into + "/f") && Files.isDirectory(into + "/d"))
    }

    @Test func anArchiveThatIsCutOffIsSaidToBe() throws {
        let bytes = try packed(from)
        #expect(throws: ArchiveError.self) { try unpack(Array(bytes[..<10_000])) }
    }
}
