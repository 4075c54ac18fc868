import CTree
import Foundation
import Kernel
import Testing

@testable import Vessel

/// Layers as they are unpacked: whiteouts are devices, which only root can make.
@Suite(.enabled(if: getuid() == 0)) struct CopyUpTests {
    private let stage: Stage
    private var top: String { stage.folder + "/top" }
    private var bottom: String { stage.folder + "/bottom" }
    private var target: String { stage.folder + "/target" }

    init() throws {
        stage = try Stage()
        try Files.makeDirectory(stage.folder + "/target")
    }

    private func write(_ path: String, _ text: String = "x") throws {
        let folder = path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        try Files.makeDirectories(folder)
        try Files.replace(path, with: Array(text.utf8), mode: 0o640)
    }

    private func copy(_ path: String) throws -> [String] {
        for layer in [top, bottom] { try Files.makeDirectories(layer) }
        try CopyUp(layers: [top, bottom]).copy(path, into: target)
        return try FileManager.default.subpathsOfDirectory(atPath: target).sorted()
    }

    @Test func layersAreOneTree() throws {
        try write(bottom + "/srv/both", "old")
        try write(bottom + "/srv/sub/low")
        try write(bottom + "/srv/gone")
        try write(top + "/srv/both", "new")
        try write(top + "/srv/sub/high")
        #expect(mknod(top + "/srv/gone", S_IFCHR, 0) == 0)
        #expect(symlink("/etc/passwd", top + "/srv/link") == 0)
        #expect(chown(top + "/srv", 5, 6) == 0 && chmod(top + "/srv", 0o1750) == 0)
        #expect(try copy("/srv") == ["both", "link", "sub", "sub/high", "sub/low"])
        #expect(try Files.text(target + "/both") == "new")
        #expect(try Files.link(target + "/link") == "/etc/passwd")
        var status = stat()
        #expect(stat(target, &status) == 0)
        #expect(status.st_uid == 5 && status.st_gid == 6 && status.st_mode & 0o7777 == 0o1750)
        #expect(stat(target + "/both", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o640)
    }

    @Test func anOpaqueDirectoryHidesWhatIsBelow() throws {
        try write(bottom + "/srv/sub/low")
        try write(top + "/srv/sub/high")
        #expect(setxattr(top + "/srv/sub", "trusted.overlay.opaque", "y", 1, 0) == 0)
        #expect(try copy("/srv") == ["sub", "sub/high"])
        #expect(getxattr(target + "/sub", "trusted.overlay.opaque", nil, 0) < 0)
    }

    @Test(arguments: ["/srv/sub", "/none", "/srv/file", "/srv/../srv", "/link"])
    func whereTheImageHasNothing(_ path: String) throws {
        try write(bottom + "/srv/sub/low")
        try write(bottom + "/srv/file")
        try write(top + "/srv/other")
        #expect(symlink("srv", bottom + "/link") == 0)
        #expect(mknod(top + "/srv/sub", S_IFCHR, 0) == 0)
        #expect(try copy(path) == [])
    }
}
