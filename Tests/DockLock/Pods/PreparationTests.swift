import Foundation
import Kernel
import Pod
import Testing

@testable import Pods

/// What a vPod has on the host while it runs.
@Suite struct PreparationTests {
    private func mounts(below folder: String) throws -> Int {
        try Files.text("/proc/self/mountinfo").split(separator: "\n").count { $0.contains(" \(folder)/") }
    }

    private func record(_ berths: Berths) throws -> PodRecord {
        var record = berths.record
        record.envelope = "/docklock-pods-test-\(getpid())/\(record.id.prefix(8))"
        record.sharedMemory = berths.vpods.place(of: record.id) + "/shm"
        return record
    }

    @Test func itIsMadeOnceAndTakenBack() throws {
        let berths = try Berths()
        var record = try record(berths)
        record.request.resources.memory = 64 << 20
        record.volumes = [PodVolume(name: "fast", kind: .memory, size: 1 << 20, group: 7)]
        let cgroup = try berths.vpods.envelope(record)
        for _ in 0..<2 {
            try berths.vpods.prepare(record)
            #expect(try mounts(below: berths.folder) == 2 && cgroup.exists)
        }
        var status = stat()
        #expect(stat(record.sharedMemory, &status) == 0 && status.st_mode & 0o7777 == 0o1777)
        let fast = berths.vpods.directory(of: record.volumes[0], record.id)
        #expect(stat(fast, &status) == 0 && status.st_mode & 0o7777 == 0o2777 && status.st_gid == 7)
        for _ in 0..<2 {
            try berths.vpods.clear(record)
            #expect(try mounts(below: berths.folder) == 0 && !cgroup.exists)
            #expect(!Files.exists(berths.vpods.place(of: record.id)))
        }
        let parent = String(record.envelope.dropLast(9))
        for tree in try Files.list("/sys/fs/cgroup") { rmdir("/sys/fs/cgroup/" + tree + parent) }
        rmdir("/sys/fs/cgroup" + parent)
    }

    @Test func partsOfVolumesAreBoundWhereTheyLie() throws {
        let berths = try Berths()
        let root = berths.folder + "/volume"
        let place = berths.folder + "/place"
        for folder in [root, place] { try Files.makeDirectory(folder) }
        try Files.replace(root + "/file", with: Array("x".utf8))
        let parts = ["a/b", "file", "a"].enumerated().map {
            PodPart(root: root, path: $0.element, name: "\($0.offset)")
        }
        defer { for part in parts { umount2(place + "/" + part.name, 2) } }
        for part in parts { try berths.vpods.bind(part, to: place + "/" + part.name) }
        try Files.replace(root + "/a/b/inner", with: [])
        #expect(try Files.list(place + "/0") == ["inner"] && Files.text(place + "/1") == "x")
        #expect(try Files.list(place + "/2") == ["b"])
    }

    @Test func linksOnTheWayAreNotFollowed() throws {
        let berths = try Berths()
        let root = berths.folder + "/volume"
        try Files.makeDirectories(root + "/deep")
        symlink("/etc", root + "/out")
        symlink("/etc/passwd", root + "/deep/file")
        symlink("deep", root + "/in")
        for path in ["out", "out/ssl", "deep/file", "in", "in/x", "../x", "deep/../../x", "deep/file/x"] {
            let part = PodPart(root: root, path: path, name: "0")
            #expect(throws: (any Error).self, "\(path)") {
                try berths.vpods.bind(part, to: berths.folder + "/target")
            }
            #expect(!Files.exists(berths.folder + "/target"), "\(path)")
        }
        #expect(try mounts(below: berths.folder) == 0)
    }
}
