import JSON
import Testing

@testable import YAML

@Suite struct YAMLTests {
    private func one(_ text: String) throws -> String {
        let documents = try YAML.documents(Array(text.utf8))
        try #require(documents.count == 1)
        return String(decoding: documents[0].encoded(), as: UTF8.self)
    }

    private func problem(_ text: String, _ limits: YAMLLimits = YAMLLimits()) -> String {
        do throws(YAMLError) {
            return "taken: \(try YAML.documents(Array(text.utf8), limits: limits))"
        } catch {
            return error.description
        }
    }

    @Test func scalarsMeanWhatKubernetesReads() throws {
        let values = [
            ("a", "\"a\""), ("1", "1"), ("-7", "-7"), ("0644", "420"), ("0x10", "16"), ("0o17", "15"),
            ("0b11", "3"), ("089", "89"), ("1_000", "1000"), ("1.5", "1.5"), (".5", "0.5"), ("5.", "5.0"),
            ("1e3", "1e3"), ("-1.5E-3", "-1.5e-3"), ("18446744073709551615", "18446744073709551615"),
            ("true", "true"), ("yes", "true"), ("Off", "false"), ("y", "\"y\""), ("~", "null"),
            ("null", "null"), ("\"yes\"", "\"yes\""), ("'1'", "\"1\""), ("!!str 12", "\"12\""),
            ("1.2.3", "\"1.2.3\""), ("500m", "\"500m\""), ("-", "[null]"), ("1e", "\"1e\""),
            ("0x", "\"0x\""), ("0x-1", "\"0x-1\""), ("2024-01-31", "\"2024-01-31\""), (".inf", "\".inf\""),
            ("+5", "5"), ("-0", "0"), ("--1", "\"--1\""),
        ]
        for (text, json) in values { #expect(try one(text) == json, "\(text)") }
    }

    @Test func treesAreAsWritten() throws {
        let text = """
            a: &x {b: [1, 2]}   # a comment
            c: *x
            8080: |
              two
              lines
            d: >-
              one
              line
            """
        #expect(
            try one(text) == #"{"a":{"b":[1,2]},"c":{"b":[1,2]},"8080":"two\nlines\n","d":"one line"}"#)
    }

    @Test func mergesTakeWhatIsNotThere() throws {
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}"
        #expect(try one(text).hasSuffix(#""c":{"x":9,"y":2,"z":4}}"#))
    }

    @Test func documentsAreParted() throws {
        #expect(try YAML.documents(Array("---\na: 1\n---\n---\nb: 2\n...\n".utf8)).count == 3)
        #expect(try YAML.documents([]).isEmpty)
    }

    @Test func whatIsWrongIsSaidWithItsLine() {
        #expect(problem("a: 1\nb: [1") == "line 3: did not find expected ',' or ']'")
        #expect(problem("a: 1\na: 2") == "line 2: the key \"a\" stands there twice")
        #expect(problem("a: *nothing") == "line 1: there is no anchor nothing")
        #expect(problem("? [1]\n: 2") == "line 1: a key is neither a string nor a number")
        #expect(problem("a: !!binary aGk=") == "line 1: the tag tag:yaml.org,2002:binary is not taken")
        #expect(problem("a: !!int b") == "line 1: \"b\" is not what its tag says")
        #expect(problem("a: {<<: 1}") == "line 1: << takes mappings alone")
        #expect(problem("a: \u{1}").contains("control characters"))
    }

    @Test func bombsAreRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<20 {
            text +=
                "a\(level): &a\(level) ["
                + Array(repeating: "*a\(level - 1)", count: 10)
                .joined(separator: ", ") + "]\n"
        }
        #expect(problem(text).contains("more than 200000 values"))
        let long = String(repeating: "x", count: 1 << 20)
        let many = "a: &a \(long)\nb: [" + Array(repeating: "*a", count: 30).joined(separator: ", ") + "]"
        #expect(problem(many).contains("bytes of text"))
        #expect(problem("a: &a [*a]").contains("there is no anchor"))
        #expect(problem(String(repeating: "[", count: 100)).contains("deeper than 64"))
        var limits = YAMLLimits()
        limits.documents = 2
        #expect(problem("a\n---\nb\n---\nc\n", limits).contains("more than 2 documents"))
        limits.bytes = 3
        #expect(problem("aaaa", limits).contains("longer than 3 bytes"))
    }
}
