import Glibc
import Testing

@testable import Kernel

@Suite struct PacketsTests {
    @Test func packetsKeepTheirBorders() throws {
        let (one, other) = try Sockets.pair()
        defer { close(one) }
        for packet in [[UInt8(1), 2], [3]] { #expect(try Sockets.sendPacket(one, packet)) }
        #expect(try Sockets.receivePacket(other, size: 10) == [1, 2])
        #expect(try Sockets.receivePacket(other, size: 10) == [3])
        close(other)
        #expect(try Sockets.receivePacket(one, size: 10) == [])
        #expect(throws: SystemError.self) { try Sockets.sendPacket(one, [1]) }
    }

    @Test func aServerKnowsWhoCallsAndNeverWaits() throws {
        let scratch = try Scratch()
        let listener = try Sockets.serve(scratch.path, name: "door")
        let nobody = Sockets.accept(listener)
        #expect(nobody == nil)
        var status = stat()
        #expect(stat(scratch.path + "/door", &status) == 0 && status.st_mode & 0o777 == 0o600)
        let client = try Sockets.connectPackets(scratch.path + "/door")
        let accepted = Sockets.accept(listener)
        let (number, uid) = try #require(accepted)
        defer { close(number) }
        #expect(uid == geteuid())
        #expect(try Sockets.receivePacket(number, size: 10) == nil)
        var sent = 0
        while try Sockets.sendPacket(number, [UInt8](repeating: 1, count: 4096)) { sent += 1 }
        #expect(sent > 0)
        #expect(try Sockets.receivePacket(client.number, size: 4096)?.count == 4096)
    }

    @Test func aProgramStartsInASessionOfItsOwn() throws {
        let (ours, its) = try Sockets.pair()
        defer { close(ours) }
        let script =
            "read -r pid name state parent group session rest </proc/self/stat; "
            + "echo $pid $session $WORD $(readlink /proc/self/fd/0) >&3"
        let pid = try Processes.start(
            "/bin/sh", ["sh", "-c", script], env: ["WORD=word", "PATH=/bin:/usr/bin"], descriptors: [its])
        close(its)
        #expect(try Processes.collect(pid) == 0)
        let said = String(decoding: try #require(try Sockets.receivePacket(ours, size: 100)), as: UTF8.self)
        #expect(said == "\(pid) \(pid) word /dev/null\n")
        #expect(throws: SystemError.self) {
            _ = try Processes.start("/nothing", ["nothing"], env: [], descriptors: [])
        }
    }
}
