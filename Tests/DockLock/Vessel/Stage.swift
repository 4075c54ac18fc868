import Foundation
import Keeper
import Kernel
import Request
import Testing
import Upkeep

@testable import Vessel

/// A place of a test's own, with containers that were never started.
final class Stage {
    let folder: String
    let vessels: Vessels

    init() throws {
        var template = Array("/tmp/docklock-vessel-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        vessels = Vessels(Places(data: folder + "/data", stateRoot: folder + "/run"))
        try vessels.places.prepare()
        try Files.makeDirectories(folder + "/run")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A container as `create` leaves one.
    @discardableResult
    func container(
        _ name: String, id digit: Character = "a", mounts: String = "", resources: String = "{}",
        _ adjust: (inout VesselRecord) -> Void = { _ in }
    ) throws -> String {
        let id = String(repeating: digit, count: 64)
        let place = vessels.places.containers + "/" + id
        try Files.makeDirectories(place)
        var record = VesselRecord()
        record.id = id
        record.name = name
        record.created = "2024-01-31T10:30:00Z"
        record.image = "sha256:" + String(repeating: "0", count: 64)
        record.imageName = "app:1"
        adjust(&record)
        var keeping = Keeping()
        keeping.id = id
        keeping.name = name
        keeping.folder = place
        keeping.stateRoot = vessels.places.stateRoot
        keeping.socketRoot = vessels.places.socketRoot
        keeping.log.path = place + "/log"
        try Files.replace(place + "/keeping.json", with: keeping.node.encoded())
        let bundle = """
            {"process": {"args": ["/bin/app", "-x"], "cwd": "/srv", "env": ["A=b"],
              "user": {"uid": 7, "gid": 8}},
             "root": {"path": "rootfs", "readonly": true}, "mounts": [\(mounts)],
             "linux": {"resources": \(resources), "namespaces": [{"type": "network"}]}}
            """
        try Files.replace(place + "/config.json", with: Array(bundle.utf8))
        try vessels.take(name, for: id)
        try Files.replace(place + "/container.json", with: record.node.encoded())
        return id
    }

    /// What a verb about volumes tells, and its status.
    func volume(_ words: String..., confirms: Bool = true) throws -> (
        lines: [String], wrongs: [String], status: Int32
    ) {
        guard case .volume(let request) = try UserLine.parse(["volume"] + words) else {
            throw VesselError("no volume")
        }
        var lines: [String] = []
        var wrongs: [String] = []
        let status = try vessels.volume(
            request, tell: { lines += $0.split(separator: "\n").map { String($0) } },
            complain: { wrongs.append($0) }, confirm: { _ in confirms })
        return (lines, wrongs, status)
    }

    func inspect(_ words: String...) throws -> String {
        guard case .inspect(let request) = try UserLine.parse(["inspect"] + words) else {
            throw VesselError("no inspect")
        }
        return try vessels.inspect(request)
    }
}
