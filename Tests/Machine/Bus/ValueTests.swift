import Testing

@testable import Bus

/// Bytes from hexadecimal digits, blanks between them.
func hex(_ text: String) -> [UInt8] {
    text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { UInt8($0, radix: 16) }
}

@Suite struct ValueTests {
    static let table: [(BusValue, String)] = [
        (.byte(7), "07"),
        (.boolean(true), "01 00 00 00"),
        (.int16(-2), "fe ff"),
        (.uint16(513), "01 02"),
        (.int32(-2), "fe ff ff ff"),
        (.uint32(67_305_985), "01 02 03 04"),
        (.int64(-1), "ff ff ff ff ff ff ff ff"),
        (.uint64(1), "01 00 00 00 00 00 00 00"),
        (.double(1), "00 00 00 00 00 00 f0 3f"),
        (.string("ab"), "02 00 00 00 61 62 00"),
        (.path("/"), "01 00 00 00 2f 00"),
        (.signature("a{sv}"), "05 61 7b 73 76 7d 00"),
        (.descriptor(3), "03 00 00 00"),
        (.array(of: "u", [.uint32(1), .uint32(2)]), "08 00 00 00 01 00 00 00 02 00 00 00"),
        (.array(of: "t", []), "00 00 00 00 00 00 00 00"),
        (.array(of: "t", [.uint64(5)]), "08 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00"),
        (.structure([.byte(1), .uint32(2)]), "01 00 00 00 02 00 00 00"),
        (.variant(.boolean(false)), "01 62 00 00 00 00 00 00"),
        (
            .array(of: "{sv}", [.entry(.string("a"), .variant(.byte(9)))]),
            "0a 00 00 00 00 00 00 00 01 00 00 00 61 00 01 79 00 09"
        ),
        (.bytes([1, 2]), "02 00 00 00 01 02"),
        (.strings(["x"]), "06 00 00 00 01 00 00 00 78 00"),
    ]

    @Test(arguments: table)
    func isWrittenAsTheSpecificationSays(value: BusValue, text: String) {
        var writer = BusWriter()
        writer.write(value)
        #expect(writer.bytes == hex(text))
    }

    @Test(arguments: table)
    func isReadAsItWasWritten(value: BusValue, text: String) throws {
        var reader = BusReader(hex(text), isBigEndian: false)
        #expect(try reader.values(value.signature) == [value])
    }

    @Test func readsBigEndian() throws {
        var reader = BusReader(hex("00 00 00 02 61 62 00 00 01 02 03 04"), isBigEndian: true)
        #expect(try reader.values("su") == [.string("ab"), .uint32(0x0102_0304)])
    }

    @Test(arguments: [
        ("u", "01 00 00"), ("s", "02 00 00 00 61 62"), ("s", "02 00 00 00 61 62 63"),
        ("s", "ff ff ff ff 61 00"),
        ("s", "02 00 00 00 61 00 00"), ("s", "01 00 00 00 ff 00"), ("b", "02 00 00 00"), ("y", "01 02"),
        ("yu", "01 01 00 00 02 00 00 00"), ("au", "05 00 00 00 01 00 00 00 02 00 00 00"),
        ("au", "f0 ff ff ff 01 00 00 00"), ("at", "08 00 00 00 00 00 00 00 05"), ("v", "00 00"),
        ("v", "02 79 79 00 01 01"),
        ("v", "01 7a 00 00"), ("g", "ff 61"), ("", "00"), ("()", ""), ("a", "00 00 00 00"), ("(y", "01"),
        ("{yy}", "01 01"),
        ("a{vy}", "00 00 00 00"), ("a{yyy}", "00 00 00 00"), ("z", "00"), (")", "00"),
    ])
    func refusesBrokenBytes(signature: String, text: String) {
        #expect(throws: BusError.self) {
            var reader = BusReader(hex(text), isBigEndian: false)
            _ = try reader.values(signature)
        }
    }

    @Test func refusesEndlessNesting() {
        let variants =
            [UInt8](repeating: 0, count: 0) + Array(repeating: [1, 0x76, 0], count: 200).flatMap { $0 }
        #expect(throws: BusError.self) {
            var reader = BusReader(variants, isBigEndian: false)
            _ = try reader.values("v")
        }
        #expect(throws: BusError.self) {
            var reader = BusReader([0, 0, 0, 0], isBigEndian: false)
            _ = try reader.values(String(repeating: "a", count: 200) + "y")
        }
    }
}

@Suite struct MessageTests {
    private let call = BusMessage.call(
        "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
        "StopUnit",
        [.string("a.scope"), .string("replace")])

    @Test func isReadAsItWasWritten() throws {
        var message = call
        message.serial = 9
        #expect(try BusMessage(message.encoded) == message)
        #expect(try BusMessage.size(prefix: Array(message.encoded[..<16])) == message.encoded.count)
        var answer = BusMessage(kind: .error)
        answer.replyTo = 9
        answer.errorName = "a.b"
        answer.sender = ":1.1"
        #expect(try BusMessage(answer.encoded) == answer)
    }

    @Test func readsAHelloOfAnotherProgram() throws {
        // What dbus-send wrote for the same call.
        let bytes = hex(
            """
            6c 01 00 01 00 00 00 00 01 00 00 00 6e 00 00 00
            01 01 6f 00 15 00 00 00 2f 6f 72 67 2f 66 72 65 65 64 65 73 6b 74 6f 70 2f 44 42 75 73 00 00 00
            06 01 73 00 14 00 00 00 6f 72 67 2e 66 72 65 65 64 65 73 6b 74 6f 70 2e 44 42 75 73 00 00 00 00
            02 01 73 00 14 00 00 00 6f 72 67 2e 66 72 65 65 64 65 73 6b 74 6f 70 2e 44 42 75 73 00 00 00 00
            03 01 73 00 05 00 00 00 48 65 6c 6c 6f 00 00 00
            """)
        let message = try BusMessage(bytes)
        #expect(message.member == "Hello")
        #expect(message.destination == "org.freedesktop.DBus")
        #expect(message.path == "/org/freedesktop/DBus")
        #expect(message.body.isEmpty)
    }

    @Test func everyCutAndEveryChangedByteIsSurvived() {
        let bytes = call.encoded
        for count in 0..<bytes.count {
            #expect(throws: BusError.self) { try BusMessage(Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var changed = bytes
                changed[index] = value
                _ = try? BusMessage(changed)
            }
        }
    }

    @Test(arguments: [
        "6c 01 00 01 ff ff ff ff 01 00 00 00 00 00 00 00", "6c 01 00 02 00 00 00 00 01 00 00 00 00 00 00 00",
        "78 01 00 01 00 00 00 00 01 00 00 00 00 00 00 00", "6c 09 00 01 00 00 00 00 01 00 00 00 00 00 00 00",
        "6c 01 00 01 00 00 00 00 01 00 00 00 07 00 00 00 01 01 75 00 00 00 00 00",
    ])
    func refusesBrokenHeaders(text: String) {
        #expect(throws: BusError.self) { try BusMessage(hex(text)) }
    }
}
