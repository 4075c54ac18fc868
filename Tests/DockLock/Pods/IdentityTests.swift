import Foundation
import JSON
import Kernel
import Keys
import Pod
import Testing

@testable import Pods

/// A vPod's folder, without containers.
final class Berths {
    let folder: String
    let vpods: Vpods
    let record: PodRecord

    init() throws {
        var template = Array("/tmp/docklock-pods-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        vpods = try Vpods(data: folder + "/data", stateRoot: folder + "/run", program: "/nonexistent")
        try vpods.prepare()
        var record = PodRecord()
        record.id = String(repeating: "a", count: 64)
        record.name = "web"
        try Files.makeDirectory(vpods.folder(of: record.id))
        try vpods.makeKey(record.id)
        try vpods.save(record)
        guard symlink(record.id, vpods.names + "/web") == 0 else { throw SystemError("symlink", errno) }
        self.record = record
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func events() throws -> [JSON] {
        let text = try Files.text(vpods.folder(of: record.id) + "/events.jsonl")
        return try text.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    }
}

@Suite struct IdentityTests {
    @Test func theKeyIsRootsAlone() throws {
        let berths = try Berths()
        let path = berths.vpods.folder(of: berths.record.id) + "/key"
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600 && status.st_size == 32)
        #expect(try berths.events().map { $0["event"]?.string } == ["create"])
        #expect(try berths.events()[0]["key"]?.string == berths.vpods.publicKey(of: berths.record))
    }

    @Test func rotationsAreSignedByTheKeyBefore() throws {
        let berths = try Berths()
        var last = try berths.vpods.publicKey(of: berths.record)
        for _ in 0..<3 {
            let next = try berths.vpods.rotate("web")
            #expect(next != last)
            #expect(try berths.vpods.publicKey(of: berths.record) == next)
            let event = try #require(try berths.events().last)
            #expect(event["old"]?.string == last && event["key"]?.string == next)
            let old = try #require(PublicKey(last))
            let new = try #require(PublicKey(next))
            let signature = try #require(Hexadecimal.bytes((event["signature"]?.string ?? "")[...]))
            #expect(old.verifies(signature, of: Vpods.rotation(berths.record.id, old, new)))
            last = next
        }
        #expect(try berths.events().count == 4)
    }

    @Test func aKilledRotationIsTakenBackOrFinished() throws {
        let berths = try Berths()
        let file = berths.vpods.folder(of: berths.record.id) + "/key"
        let before = try berths.vpods.publicKey(of: berths.record)
        let next = try SigningKey.generate()
        // Killed before the log knew.
        try Files.replace(file + ".next", with: next.seed)
        #expect(try berths.vpods.publicKey(of: berths.record) == before)
        #expect(!Files.exists(file + ".next"))
        // Killed after.
        try Files.replace(file + ".next", with: next.seed)
        try berths.vpods.note(berths.record.id, "rotate", [.init("key", .string("\(next.publicKey)"))])
        #expect(try berths.vpods.publicKey(of: berths.record) == next.publicKey.description)
        #expect(try Files.read(file) == next.seed)
    }

    @Test func openSSLSaysTheSame() throws {
        let berths = try Berths()
        let old = try berths.vpods.publicKey(of: berths.record)
        _ = try berths.vpods.rotate("web")
        let event = try #require(try berths.events().last)
        let point = try #require(Hexadecimal.bytes(old.dropFirst("ed25519:".count)))
        let signature = try #require(Hexadecimal.bytes((event["signature"]?.string ?? "")[...]))
        // SubjectPublicKeyInfo of RFC 8410.
        let prefix = try #require(Hexadecimal.bytes("302a300506032b6570032100"[...]))
        let text = "docklock vpod rotate\n\(berths.record.id)\n\(old)\n\(event["key"]?.string ?? "")\n"
        try Files.replace(berths.folder + "/key.der", with: prefix + point)
        try Files.replace(berths.folder + "/text", with: Array(text.utf8))
        try Files.replace(berths.folder + "/signature", with: signature)
        let words = [
            "openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
            berths.folder + "/key.der",
            "-rawin", "-in", berths.folder + "/text", "-sigfile", berths.folder + "/signature",
        ]
        #expect(try Processes.run("/usr/bin/openssl", words, env: ["PATH=/usr/bin"], seconds: 20) == 0)
        try Files.replace(berths.folder + "/text", with: Array((text + "x").utf8))
        #expect(try Processes.run("/usr/bin/openssl", words, env: ["PATH=/usr/bin"], seconds: 20) != 0)
    }

    @Test func namesAndBeginningsOfIdsAreFound() throws {
        let berths = try Berths()
        #expect(try berths.vpods.find("web") == berths.record)
        #expect(try berths.vpods.find("aaa") == berths.record)
        for name in ["", ".", "..", "a/b", "b", "webx"] {
            #expect(throws: VpodError.absent(name)) { try berths.vpods.find(name) }
        }
    }

    @Test func whatAKilledCreationLeftIsCleared() throws {
        let berths = try Berths()
        let other = String(repeating: "b", count: 64)
        try Files.makeDirectory(berths.vpods.folder(of: other) + "")
        guard symlink(other, berths.vpods.names + "/half") == 0 else { throw SystemError("symlink", errno) }
        let lock = try berths.vpods.hold(other)
        try berths.vpods.sweep()
        #expect(Files.exists(berths.vpods.folder(of: other)))
        _ = consume lock
        try berths.vpods.sweep()
        #expect(try berths.vpods.identifiers() == [berths.record.id])
        #expect(try Files.list(berths.vpods.names) == ["web"])
    }
}
