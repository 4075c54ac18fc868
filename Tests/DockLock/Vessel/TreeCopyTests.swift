import Foundation
import Kernel
import Request
import Testing

@testable import Vessel

@Suite struct TreeCopyTests {
    private let stage: Stage
    private var from: String { stage.folder + "/from" }
    private var into: String { stage.folder + "/into" }

    init() throws {
        stage = try Stage()
        try Files.makeDirectories(from + "/sub")
        try Files.makeDirectory(into)
        try Files.replace(from + "/f", with: Array("one".utf8), mode: 0o644)
        try Files.replace(from + "/sub/g", with: Array("two".utf8), mode: 0o600)
        #expect(symlink("/etc/shadow", from + "/link") == 0)
        #expect(chmod(from + "/f", 0o4755) == 0)
    }

    private func copy(
        _ source: String, _ target: String, isForHost: Bool = false,
        _ adjust: (inout CopyRequest) -> Void = { _ in }
    ) throws -> [String] {
        var request = CopyRequest()
        adjust(&request)
        var copy = TreeCopy(request, uid: getuid(), gid: getgid())
        copy.isForHost = isForHost
        try copy.run(Source(source, follows: request.followsLinks), to: Target(target))
        return try FileManager.default.subpathsOfDirectory(atPath: into).sorted()
    }

    @Test func aDirectoryThatIsThereTakesTheSourceIn() throws {
        let all = ["from", "from/f", "from/link", "from/sub", "from/sub/g"]
        #expect(try copy(from, into) == all)
        #expect(try copy(from, into) == all)
        #expect(try Files.link(into + "/from/link") == "/etc/shadow")
    }

    @Test func anotherNameBecomesIt() throws {
        #expect(try copy(from, into + "/new") == ["new", "new/f", "new/link", "new/sub", "new/sub/g"])
        #expect(try copy(from + "/f", into + "/new/sub/h").contains("new/sub/h"))
    }

    @Test func aDotMeansWhatIsInside() throws {
        #expect(try copy(from + "/.", into) == ["f", "link", "sub", "sub/g"])
    }

    @Test(arguments: [(false, mode_t(0o4755)), (true, 0o755)])
    func fromAContainerNothingComesWithTheCallersRights(_ isForHost: Bool, _ mode: mode_t) throws {
        _ = try copy(from + "/f", into, isForHost: isForHost)
        var status = stat()
        #expect(stat(into + "/f", &status) == 0 && status.st_mode & 0o7777 == mode)
    }

    @Test func noLinkOfTheTargetIsFollowed() throws {
        let outside = stage.folder + "/outside"
        try Files.replace(outside, with: Array("safe".utf8))
        try Files.makeDirectory(into + "/deep")
        #expect(symlink(outside, into + "/f") == 0)
        #expect(symlink(stage.folder, into + "/sub") == 0)
        #expect(throws: VesselError.self) { try copy(from + "/.", into) }
        _ = try copy(from + "/f", into)
        #expect(try Files.text(outside) == "safe")
        #expect(try Files.text(into + "/f") == "one")
        #expect(!Files.exists(stage.folder + "/g"))
    }

    @Test func aFileAndADirectoryChangePlacesOnlyWhereAsked() throws {
        try Files.makeDirectory(into + "/f")
        #expect(throws: SystemError.self) { try copy(from + "/f", into) }
        #expect(try copy(from + "/f", into) { $0.overwrites = true } == ["f"])
        #expect(throws: (any Error).self) { try copy(from + "/none", into) }
        #expect(throws: (any Error).self) { try copy(from + "/f", into + "/none/") }
    }

    @Test func linksAreFollowedWhereAsked() throws {
        #expect(symlink("f", from + "/near") == 0)
        #expect(try copy(from + "/near", into + "/n") { $0.followsLinks = true } == ["n"])
        #expect(try Files.text(into + "/n") == "one")
    }
}
