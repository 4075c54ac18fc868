import Testing

@testable import Netlink

/// Bytes written as in a dump; blanks and line ends mean nothing.
private func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { $0.isHexDigit }.map { UInt8($0.hexDigitValue ?? 0) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

@Suite("Messages of rtnetlink")
struct MessageTests {
    /// What the kernel answered for 10.99.0.1/24, given by an administrator, on device 6.
    private let inet = hex(
        """
        48000000 1400 0200 01000000 00000000 02 18 80 00 06000000
        0800 0100 0a630001 0800 0200 0a630001 0800 0400 0a6300ff
        0800 0800 80000000 0600 0300 76300000 08000900 00000000
        """)
    private let done = hex("14000000 0300 0200 01000000 00000000 00000000")

    private func parse(_ bytes: [UInt8], sequence: UInt32 = 1) -> [Message]? {
        Message.parse(bytes[...], sequences: sequence...sequence)
    }

    @Test("a device is moved and named in one message")
    func move() {
        #expect(
            Message.move(6, to: 9, name: "eth0").encoded(sequence: 1)
                == hex(
                    """
                    34000000 1000 0500 01000000 00000000 00 00 0000 06000000 00000000 00000000
                    0900 0300 65746830 00000000 0800 1c00 09000000
                    """))
    }

    @Test("up and down change one flag")
    func upAndDown() {
        let up = hex("20000000 1000 0500 07000000 00000000 00000000 06000000 01000000 01000000")
        #expect(Message.link(6, up: true).encoded(sequence: 7) == up)
        let down = hex("20000000 1000 0500 07000000 00000000 00000000 06000000 00000000 01000000")
        #expect(Message.link(6, up: false).encoded(sequence: 7) == down)
    }

    @Test("an address is read and said again for another device")
    func address() throws {
        let messages = try #require(parse(inet + done))
        #expect(messages.map { $0.type } == [Message.newAddress, Message.done])
        let address = try #require(Address(messages[0]))
        #expect(address.index == 6 && address.prefix == 24 && address.family == 2)
        #expect(address.localBytes == [10, 99, 0, 1] && address.broadcastBytes == [10, 99, 0, 255])
        #expect(address.isKept)
        #expect(
            Message.add(address, to: 3).encoded(sequence: 1)
                == hex(
                    """
                    30000000 1400 0506 01000000 00000000 02 18 00 00 03000000
                    0800 0200 0a630001 0800 0100 0a630001 0800 0400 0a6300ff
                    """))
    }

    @Test("an address of the link's scope, or for a time, stays")
    func kept() throws {
        var message = try #require(parse(inet)?.first)
        message.body[3] = 253
        #expect(try #require(Address(message)).isKept == false)
        message.body[3] = 0
        message.body[8 + 28] = 0
        #expect(try #require(Address(message)).isKept == false)
    }

    @Test("answers to another question are passed over")
    func sequence() {
        #expect(parse(inet + done, sequence: 2) == [])
    }

    @Test("an acknowledgement tells an errno")
    func acknowledgement() throws {
        let refused = hex(
            "24000000 0200 0000 01000000 00000000 efffffff 20000000 1000 0500 01000000 00000000")
        #expect(try #require(parse(refused)?.first).error == 17)
        #expect(try #require(parse(done)?.first).error == 0)
        let short = hex("12000000 0200 0000 01000000 00000000 efff")
        #expect(try #require(parse(short)?.first).error == nil)
        let least = hex("14000000 0200 0000 01000000 00000000 00000080")
        #expect(try #require(parse(least)?.first).error == nil)
    }

    @Test("a datagram cut anywhere, or with a wrong length, is refused")
    func cut() throws {
        for length in 1..<inet.count { #expect(parse(Array(inet[..<length])) == nil, "\(length) bytes") }
        for wrong in [UInt8(0), 1, 15, 0x51, 0xff] {
            var bytes = inet
            bytes[0] = wrong
            #expect(parse(bytes) == nil)
        }
        #expect(parse([]) == [])
    }

    @Test("an attribute with a wrong length makes no address")
    func attributes() throws {
        let message = try #require(parse(inet)?.first)
        for wrong in [UInt8(0), 3, 0x7f] {
            var bad = message
            bad.body[8] = wrong
            #expect(Address(bad) == nil)
        }
        for length in 0..<8 {
            var bad = message
            bad.body.removeLast(bad.body.count - length)
            #expect(Address(bad) == nil && bad.attributes(after: 8) == nil)
        }
        var family = message
        family.body[0] = 17
        #expect(Address(family) == nil)
        family.body[0] = 10
        #expect(Address(family) == nil)
        family.body[0] = 2
        family.body[1] = 33
        #expect(Address(family) == nil)
    }
}
