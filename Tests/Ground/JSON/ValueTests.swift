import Testing

@testable import JSON

@Suite struct ValueTests {
    @Test(
        arguments: [
            ("0", 0, 0), ("-0", 0, nil), ("42", 42, 42), ("-7", -7, nil),
            ("9223372036854775807", Int64.max, 9_223_372_036_854_775_807),
            ("9223372036854775808", nil, 9_223_372_036_854_775_808), ("-9223372036854775808", Int64.min, nil),
            ("-9223372036854775809", nil, nil), ("18446744073709551615", nil, UInt64.max),
            ("18446744073709551616", nil, nil), ("1.0", nil, nil), ("1e3", nil, nil), ("\"1\"", nil, nil),
            ("99999999999999999999999999999999", nil, nil), ("true", nil, nil),
        ] as [(String, Int64?, UInt64?)])
    func integers(_ text: String, int: Int64?, uint: UInt64?) throws {
        let value = try parsed(text)
        #expect(value.int == int)
        #expect(value.uint == uint)
    }

    @Test func doubles() throws {
        #expect(try parsed("1.5e3").double == 1500)
        #expect(try parsed("-2").double == -2)
        #expect(try parsed("1e999").double == .infinity)
        #expect(try parsed("\"2\"").double == nil)
    }

    @Test(arguments: [
        ("\"\"", ""), ("\"plain\"", "plain"), ("\"\\u0041\\n\\/\"", "A\n/"),
        ("\"\\ud83d\\ude00!\"", "\u{1f600}!"), ("\"\\u00e9\\u20ac\"", "\u{e9}\u{20ac}"),
        ("\"\\\"\\\\\\b\\f\\r\\t\"", "\"\\\u{8}\u{c}\r\t"), ("\"\u{20ac}\\u0000\"", "\u{20ac}\0"),
    ])
    func strings(_ text: String, expected: String) throws {
        let value = try parsed(text)
        #expect(value.string == expected)
        #expect(value.hasNUL == expected.utf8.contains(0))
        #expect(value.bytes == Array(text.utf8))
    }

    @Test func members() throws {
        let value = try parsed("{\"a\": [1, [2, 3], {}], \"\\u0062\": {\"c\": null}, \"long name\": true}")
        #expect(value["a"]?.elements.map(\.kind) == [.number, .array, .object])
        #expect(value["b"]?["c"]?.isNull == true)
        #expect(value["c"] == nil)
        #expect(value[key: "long name"]?.bool == true)
        #expect(value[key: "b"]?.kind == .object)
        #expect(value["long"] == nil)
        #expect(value.members.map(\.key.string) == ["a", "b", "long name"])
        #expect(value.members.map(\.value.kind) == [.array, .object, .bool])
        #expect(value.members.map { $0.key.equals("b") } == [false, true, false])
        #expect(value["a"]?.bytes == Array("[1, [2, 3], {}]".utf8))
    }

    @Test func otherKindsHaveNoParts() throws {
        let value = try parsed("[\"a\", 1]")
        #expect(value["a"] == nil)
        #expect(value[key: "a"] == nil)
        #expect(Array(value.members).isEmpty)
        #expect(Array(try parsed("{\"a\":1}").elements).isEmpty)
        #expect(value.string == nil)
        #expect(value.bool == nil)
        #expect(!value.equals("a"))
        #expect(try parsed("false").bool == false)
    }
}

@Suite struct EncodeTests {
    private func text(_ node: JSONNode, pretty: Bool = false) -> String {
        String(decoding: node.encoded(pretty: pretty), as: UTF8.self)
    }

    @Test func encodesCompactly() {
        let node: JSONNode = [
            "a": .int(-1), "b": .array([.uint(.max), .null, .bool(true), .bool(false)]), "c": [:],
            "d": .strings(["x", "y"]), "e": .raw(Array("1.50".utf8)), "f": .array([]),
        ]
        #expect(
            text(node) == """
                {"a":-1,"b":[18446744073709551615,null,true,false],"c":{},"d":["x","y"],"e":1.50,"f":[]}
                """)
    }

    @Test func encodesPrettily() {
        let node: JSONNode = ["a": .array([.int(1), .int(2)]), "b": ["c": .string("d")], "e": .array([])]
        #expect(
            text(node, pretty: true) == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {
                    "c": "d"
                  },
                  "e": []
                }
                """)
    }

    @Test func escapes() {
        #expect(
            text(.string("\"\\/<\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{7f}\u{20ac}\u{1f600}"))
                == "\"\\\"\\\\/<\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\u{20ac}\u{1f600}\"")
    }

    @Test func readsWhatItWrites() throws {
        var text = "\u{20ac}\u{1f600}\""
        for code in 0..<128 as Range<UInt8> { text.unicodeScalars.append(Unicode.Scalar(code)) }
        let node: JSONNode = [
            "text": .string(text), text: .array([.int(.min), .uint(.max), .null, .bool(false)]),
            "o": ["p": .raw(Array("1e-3".utf8))],
        ]
        for pretty in [false, true] {
            #expect(JSONNode(try JSON.parse(node.encoded(pretty: pretty))) == node)
        }
    }
}
