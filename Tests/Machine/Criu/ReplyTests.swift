import Testing

@testable import Criu

/// Bytes as criu 3.17 sends them.
@Suite struct ReplyTests {
    @Test func anAnswerToARestore() throws {
        let reply = try CriuReply(decoding: [0x08, 0x02, 0x10, 0x01, 0x22, 0x03, 0x08, 0xd2, 0x09])
        #expect(reply.kind == .restore)
        #expect(reply.success)
        #expect(reply.pid == 1234)
        #expect(reply.stage == nil)
    }

    @Test func aStage() throws {
        let bytes: [UInt8] =
            [0x08, 0x06, 0x10, 0x01, 0x2a, 0x0b, 0x0a, 0x07] + Array("network".utf8) + [0x10, 0x05]
        let reply = try CriuReply(decoding: bytes[...])
        #expect(reply.kind == .notify)
        #expect(reply.stage == "network")
        #expect(reply.pid == 5)
    }

    @Test func aFailureWithItsReason() throws {
        let bytes: [UInt8] = [0x08, 0x01, 0x10, 0x00, 0x38, 0x16, 0x4a, 0x03] + Array("no.".utf8)
        let reply = try CriuReply(decoding: bytes[...])
        #expect(reply.kind == .dump)
        #expect(!reply.success)
        #expect(reply.errno == 22)
        #expect(reply.message == "no.")
    }

    @Test func aNegativeNumberTakesTenBytes() throws {
        let bytes: [UInt8] = [0x38] + [UInt8](repeating: 0xff, count: 9) + [0x01]
        #expect(try CriuReply(decoding: bytes[...]).errno == -1)
    }

    @Test func strangersArePassedOver() throws {
        // Fields 100 (number), 101 (eight bytes), 102 (four bytes), 103 (text), then success.
        let bytes: [UInt8] =
            [0xa0, 0x06, 0x05, 0xa9, 0x06] + [UInt8](repeating: 9, count: 8) + [0xb5, 0x06, 1, 2, 3, 4]
            + [0xba, 0x06, 0x01, 0x41, 0x10, 0x01]
        let reply = try CriuReply(decoding: bytes[...])
        #expect(reply.success)
        #expect(reply.kind == nil)
    }

    @Test(
        arguments: [
            [0x08], [0x08, 0x80], [0x22, 0x05, 0x08], [0x0b], [0x0c], [0x09, 1, 2], [0x0d, 1],
            [0x22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x22, 0x01, 0x08], [0x2a, 0x01, 0x0a],
        ] as [[UInt8]])
    func whatIsNoMessageIsRefused(bytes: [UInt8]) {
        #expect(throws: CriuError.self) { try CriuReply(decoding: bytes[...]) }
    }
}
