import Kernel
import Request
import Testing

@testable import Vessel

@Suite struct RecordTests {
    private func record(_ arguments: [String]) throws -> VesselRecord {
        guard case .run(let request) = try UserLine.parse(["run"] + arguments) else {
            throw VesselError("no run")
        }
        var record = VesselRecord()
        record.id = String(repeating: "a1", count: 32)
        try record.takeNetworks(request)
        return record
    }

    @Test func whatIsWrittenIsRead() throws {
        var record = try record([
            "-p", "8080:80", "--network", "back:ip=10.1.2.3,alias=db", "--add-host", "there:10.0.0.9",
            "--dns",
            "10.0.0.53", "--label", "a=b", "busybox",
        ])
        record.name = "box"
        record.created = "2024-01-31T10:30:00Z"
        record.image = "sha256:" + String(repeating: "0", count: 64)
        record.layers = ["0123456789abcdef01234567"]
        record.command = ["sh", "-c", "echo \"quoted\""]
        record.ownVolumes = ["v"]
        let again = try VesselRecord(decoding: record.node.encoded())
        #expect(again == record)
        #expect(again.networks.first?.aliases == ["db"])
        #expect(again.labels.first?.value == "b")
    }

    @Test(arguments: [
        ("8080:80", "8080:80/tcp"), ("127.0.0.1:8080:80/udp", "127.0.0.1:8080:80/udp"), ("80", "80/tcp"),
        ("127.0.0.1::80", "127.0.0.1::80/tcp"), ("[::1]:53:53/udp", "[::1]:53:53/udp"),
    ])
    func publicationsAreUnderstoodByTheNetwork(_ asked: String, _ told: String) throws {
        let record = try record(["-p", asked, "busybox"])
        #expect(record.ports == [told])
        #expect(try record.wanted().ports.count == 1)
    }

    @Test(arguments: [["--network", "none"], ["--network", "host"], ["--network", "container:x"]])
    func portsNeedANetwork(_ flags: [String]) throws {
        #expect(throws: (any Error).self) { try record(flags + ["-p", "80:80", "busybox"]) }
        #expect(try record(flags + ["busybox"]).networks.isEmpty)
    }

    @Test(arguments: ["", "{}", "[]", #"{"version":2}"#, #"{"version":1,"id":7}"#])
    func whatIsNoneIsRefused(_ text: String) {
        #expect(throws: (any Error).self) { try VesselRecord(decoding: Array(text.utf8)) }
    }
}

@Suite struct NamingTests {
    private func places() throws -> (Vessels, String) {
        let folder = "/tmp/docklock-vessel-" + (try Vessels.freshID().prefix(16))
        try Files.makeDirectories(folder)
        let vessels = Vessels(Places(data: folder, stateRoot: folder + "/run"))
        try vessels.places.prepare()
        return (vessels, folder)
    }

    @Test func aNameIsTakenOnce() throws {
        let (vessels, folder) = try places()
        defer { _ = try? Processes.run("/bin/rm", ["rm", "-rf", folder], env: []) }
        let id = try Vessels.freshID()
        let owner = vessels.places.containers + "/" + id
        try Files.makeDirectory(owner)
        let making = try Vessels.hold(owner)
        try vessels.take("web", for: id)
        #expect(throws: VesselError.self) { try vessels.take("web", for: try Vessels.freshID()) }
        _ = consume making
        try Files.replace(owner + "/container.json", with: Array("{}".utf8))
        #expect(throws: VesselError.self) { try vessels.take("web", for: try Vessels.freshID()) }
        // One whose container has gone, since its removal was killed, is free.
        try Files.remove(owner + "/container.json")
        try Files.removeDirectory(owner)
        try vessels.take("web", for: try Vessels.freshID())
    }

    @Test func whatAKilledMakingLeftIsCleared() throws {
        let (vessels, folder) = try places()
        defer { _ = try? Processes.run("/bin/rm", ["rm", "-rf", folder], env: []) }
        let id = try Vessels.freshID()
        let left = vessels.places.containers + "/" + id
        try Files.makeDirectories(left + "/upper")
        try vessels.take("web", for: id)
        try vessels.take("web", for: try Vessels.freshID())
        #expect(!Files.exists(left))
    }

    @Test func namesMadeUpDiffer() throws {
        let (vessels, folder) = try places()
        defer { _ = try? Processes.run("/bin/rm", ["rm", "-rf", folder], env: []) }
        var seen: Set<String> = []
        for _ in 0..<200 { #expect(seen.insert(try vessels.takeAny(for: try Vessels.freshID())).inserted) }
    }

    @Test func idsAreOfChance() throws {
        let ids = Set(try (0..<64).map { _ in try Vessels.freshID() })
        #expect(ids.count == 64)
        #expect(ids.allSatisfy { $0.utf8.count == 64 && $0.utf8.allSatisfy { Vessels.isHex($0) } })
    }
}
