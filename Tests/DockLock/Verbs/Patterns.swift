import Testing

@testable import Verbs

@Suite struct Patterns {
    @Test(arguments: [
        ("", "abc"), ("b", "abc"), ("^a", "abc"), ("c$", "abc"), ("^abc$", "abc"), ("^$", ""), ("a.c", "abc"),
        ("ab*c", "ac"), ("ab*c", "abbbc"), ("ab+c", "abbc"), ("ab?c", "ac"), ("a|b|c", "xxc"),
        ("(a|b)+$", "xabab"),
        ("^(ab|cd)(ef)*$", "cdefef"), ("[a-c]{3}", "xabcx"), ("^[^a-c]+$", "xyz"), ("[]x]", "]"),
        ("[^]]", "a"),
        ("[a-]", "-"), ("^[[:digit:]]{2,3}$", "123"), ("^a{2,}$", "aaaa"), ("^a{0}b$", "b"), ("a\\.b", "a.b"),
        ("x\\+", "x+"), ("^(a*)*$", "aaaa"), ("^()*a", "a"), ("(^a|b)c", "ac"), ("a**", "aa"), ("^x|", "q"),
        ("[[:upper:][:lower:]_]+", "_"), ("test-[0-9]+", "my-test-12"),
    ]) func finds(pattern: String, id: String) throws {
        #expect(try Pattern(pattern).finds(id))
    }

    @Test(arguments: [
        ("^b", "abc"), ("b$", "abc"), ("^$", "a"), ("a.c", "ac"), ("ab+c", "ac"), ("ab?c", "abbc"),
        ("^(ab|cd)$", "abcd"), ("^[^a-c]+$", "xay"), ("^[[:digit:]]{2,3}$", "1234"), ("^a{2}$", "a"),
        ("^a{2,3}$", "a"), ("a\\.b", "axb"), ("(^a|b)c", "xac"), ("[[:alpha:]]", "123"), ("^[a-]$", "b"),
    ]) func doesNotFind(pattern: String, id: String) throws {
        #expect(try !Pattern(pattern).finds(id))
    }

    @Test(arguments: [
        ("[a", "a [ without its ]"), ("(a", "a ( without its )"), ("a)", "a ) without its ("),
        ("*a", "a repetition of nothing"), ("(|+)", "a repetition of nothing"), ("a\\", "a \\ at the end"),
        ("\\w", "a \\ before a letter or a digit means nothing"), ("a{", "a { without a number"),
        ("a{1", "a { without its }"), ("a{256}", "a repetition of more than 255"),
        ("a{3,2}", "a repetition of at least 3 and at most 2"),
        ("[b-a]", "a range that ends before it begins"),
        ("[[:nope:]]", "there is no class [:nope:]"), ("[[:digit]", "a [: without its :]"),
        ("[[.a.]]", "[. and [= are not known"), ("a{255}{255}{255}", "it is too long"),
    ]) func refuses(pattern: String, problem: String) {
        #expect(throws: PatternError(problem: problem)) { try Pattern(pattern) }
    }

    @Test func parenthesesHaveADepth() throws {
        let deep = String(repeating: "(", count: 50) + "a" + String(repeating: ")", count: 50)
        #expect(try Pattern(deep).finds("a"))
        #expect(throws: PatternError.self) { try Pattern("(" + deep + ")") }
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "(", count: 100_000)) }
    }

    /// A pattern that takes a backtracking matcher longer than the age of the universe.
    @Test func noPatternIsSlow() throws {
        let pattern = try Pattern("^(a|a)*(a|a)*(a|a)*(a*)*b$")
        #expect(!pattern.finds(String(repeating: "a", count: 2_000)))
    }
}
