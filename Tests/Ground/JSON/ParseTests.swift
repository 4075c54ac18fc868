import Testing

@testable import JSON

func parsed(_ text: String) throws(JSONError) -> JSON { try JSON.parse(Array(text.utf8)) }

@Suite struct ParseTests {
    @Test(arguments: [
        "null", " true ", "false", "0", "-0", "-1", "1.5", "1e5", "1E+5", "1.0e-5", "\"\"", "[]", "{}", "[ ]",
        "{ }", "[1,2,[3]]", "{\"a\":{\"b\":[{}]}}", "\n\t\r 1 \n", "\"\\u0061\"", "\"\\ud83d\\ude00\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\u{7f}\"", "\"\u{e9}\u{20ac}\u{1f600}\"", "\"\\u0000\"",
        "{\"\":0}", "123456789012345678901234567890", "1e9999", "[\"\u{ffff}\"]",
    ])
    func accepts(_ text: String) throws {
        let value = try parsed(text)
        #expect(String(decoding: value.bytes, as: UTF8.self) == text.trimmed)
    }

    @Test(arguments: [
        ("", "a value is missing: the document ends"), (" ", "a value is missing: the document ends"),
        ("nul", "a value is missing"), ("True", "a value is missing"), ("nan", "a value is missing"),
        ("Infinity", "a value is missing"), ("'a'", "a value is missing"), ("+1", "a value is missing"),
        (".5", "a value is missing"), ("/* */ 1", "a value is missing"), ("\u{feff}1", "a value is missing"),
        ("01", "a number begins with a needless zero"), ("-01", "a number begins with a needless zero"),
        ("-", "a digit is missing"), ("1.", "a digit is missing"), ("1e", "a digit is missing"),
        ("1e+", "a digit is missing"), ("1.e1", "a digit is missing"), ("-a", "a digit is missing"),
        ("1 2", "something follows the document"), ("[]]", "something follows the document"),
        ("{} //", "something follows the document"), ("0x1", "something follows the document"),
        ("[", "a value is missing: the document ends"), ("[1", "a comma or ] is missing"),
        ("[1 2]", "a comma or ] is missing"), ("[1,]", "a value is missing"), ("[,1]", "a value is missing"),
        ("[1}", "a comma or ] is missing"), ("{", "a member's name is missing"),
        ("{1:2}", "a member's name is missing"), ("{\"a\"}", "a colon is missing"),
        ("{\"a\" 1}", "a colon is missing"), ("{\"a\":}", "a value is missing"),
        ("{\"a\":1,}", "a member's name is missing"), ("{\"a\":1 \"b\":2}", "a comma or } is missing"),
        ("{\"a\":1]", "a comma or } is missing"), ("\"", "a string does not end"),
        ("\"a", "a string does not end"), ("\"\\", "an escape does not end"),
        ("\"\\x\"", "an escape is unknown"), ("\"\\u12\"", "an escape does not end"),
        ("\"\\u12g4\"", "an escape lacks hex digits"), ("\"\\ud800\"", "a surrogate stands alone"),
        ("\"\\ud800\\n\"", "a surrogate stands alone"), ("\"\\ud800\\u0041\"", "a surrogate stands alone"),
        ("\"\\udc00\"", "a surrogate stands alone"), ("\"\\ud800\\ud800\"", "a surrogate stands alone"),
        ("\"a\nb\"", "a control character stands in a string unescaped"),
        ("\"\u{0}\"", "a control character stands in a string unescaped"),
    ])
    func refuses(_ text: String, reason: String) {
        #expect { try parsed(text) } throws: { ($0 as? JSONError)?.reason == reason }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xFF], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98, 0x28],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        for tail in [[], [0x22]] as [[UInt8]] {
            #expect { try JSON.parse([0x22] + bytes + tail) } throws: {
                ($0 as? JSONError)?.reason == "a byte is not UTF-8"
            }
        }
    }

    @Test func namesThePlace() {
        #expect(throws: JSONError(line: 3, column: 8, reason: "a colon is missing")) {
            try parsed("{\n  \"a\": 1,\n  \"b\"  2\n}")
        }
        #expect("\(JSONError(line: 3, column: 8, reason: "why"))" == "line 3, column 8: why")
    }

    @Test func limitsDepth() throws {
        let deep = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try parsed(deep(128))
        #expect(throws: JSONError(line: 1, column: 129, reason: "nested deeper than 128")) {
            try parsed(deep(129))
        }
        #expect(throws: JSONError(line: 1, column: 129, reason: "nested deeper than 128")) {
            try parsed(String(repeating: "[", count: 1_000_000))
        }
        #expect(throws: JSONError(line: 1, column: 6, reason: "nested deeper than 1")) {
            try JSON.parse(Array("{\"a\":{}}".utf8), limits: .init(depth: 1))
        }
    }

    @Test func limitsSize() throws {
        _ = try JSON.parse(Array("[1,2]".utf8), limits: .init(bytes: 5))
        #expect(throws: JSONError(line: 1, column: 1, reason: "the document is larger than 4 bytes")) {
            try JSON.parse(Array("[1,2]".utf8), limits: .init(bytes: 4))
        }
    }

    @Test(arguments: [
        ("{\"a\":1,\"a\":1}", 8), ("{\"a\":1,\"\\u0061\":2}", 8), ("{\"\":1,\"b\":2,\"\":3}", 13),
        ("{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", 19), ("{\"x\":{\"y\":0},\"x\":0}", 14),
    ])
    func refusesDuplicates(_ text: String, column: Int) {
        #expect {
            try parsed(text)
        } throws: {
            guard let error = $0 as? JSONError else { return false }
            return error.column == column && error.reason.hasSuffix("is given twice")
        }
    }

    @Test func refusesDuplicatesAmongMany() throws {
        let keys = (0..<500).map { "\"key\($0)\":\($0)" }
        _ = try parsed("{\(keys.joined(separator: ","))}")
        for twin in ["key0", "key250", "\\u006bey499"] {
            #expect {
                try parsed("{\(keys.joined(separator: ",")),\"\(twin)\":0}")
            } throws: {
                ($0 as? JSONError)?.reason.hasSuffix("is given twice") == true
            }
        }
    }

    @Test func allowsANameInTwoObjects() throws {
        _ = try parsed("[{\"a\":1},{\"a\":1},{\"b\":{\"a\":1},\"a\":{\"b\":1}}]")
    }
}

extension String {
    fileprivate var trimmed: String {
        let space: Set<Character> = [" ", "\n", "\t", "\r"]
        return String(drop { space.contains($0) }.reversed().drop { space.contains($0) }.reversed())
    }

    fileprivate func drop(_ matches: (Character) -> Bool) -> Substring { self[...].drop(while: matches) }
}
