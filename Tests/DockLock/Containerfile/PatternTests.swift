import Containerfile
import Testing

/// Patterns of paths, as Go's filepath.Match and docker's list of what is left out have them.
@Suite struct PatternTests {
    @Test(arguments: [
        ("abc", "abc", true), ("*", "abc", true), ("*c", "abc", true), ("a*", "ab/c", false),
        ("a*/b", "abc/b", true), ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("ab[c]", "abc", true), ("ab[b-d]", "abc", true), ("ab[e-g]", "abc", false), ("ab[^c]", "abc", false),
        ("ab[^e-g]", "abc", true), ("a\\*b", "a*b", true), ("a\\*b", "ab", false), ("a?b", "a☺b", true),
        ("a[^a]b", "a☺b", true), ("a???b", "a☺b", false), ("[a-ζ]*", "α", true), ("*[a-ζ]", "A", false),
        ("a?b", "a/b", false), ("a*b", "a/b", false), ("[\\]a]", "]", true), ("[\\-x]", "x", true),
        ("*x", "xxx", true),
    ])
    func namesMatch(_ pattern: String, _ path: String, _ isMatch: Bool) throws {
        #expect(try #require(Pattern(pattern, isDeep: false)).matches(path) == isMatch)
    }

    @Test(arguments: ["[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "a\\", "[b-a]"])
    func whatIsNoPatternIsNone(_ text: String) {
        #expect(Pattern(text, isDeep: false) == nil)
    }

    @Test(arguments: [
        ("**", "a/b", true), ("**/", "a", false), ("**/a", "a", true), ("**/a", "x/y/a", true),
        ("**/a", "xa", false), ("a/**", "a/b/c", true), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "a/xb", false), ("dir/**/**", "dir/f", true), ("**/*.md", "a/b.md", true),
        ("a**", "ab/c", true),
    ])
    func foldersMatch(_ pattern: String, _ path: String, _ isMatch: Bool) throws {
        #expect(try #require(Pattern(pattern, isDeep: true)).matches(path) == isMatch)
    }

    @Test func aLongPatternTakesNoLongTime() throws {
        let pattern = try #require(Pattern(String(repeating: "*a", count: 300), isDeep: false))
        #expect(!pattern.matches(String(repeating: "a", count: 2000) + "b"))
    }

    @Test(arguments: [
        ("a", true), ("a/b", true), ("ab", false), ("x/keep", false), ("x/keep/y", false), ("x/z", true),
        ("deep/er/t.log", true), ("deep/er/t.txt", false), ("last", false), ("root", true), ("c/d", true),
    ])
    func theLastLineCounts(_ path: String, _ isOut: Bool) throws {
        let list = try IgnoreList(
            """
            # comment
            a
              x/*
            !x/keep
            **/*.log
            last
            !last
            /root/
            ./b/../c
            """)
        #expect(list.leavesOut(path) == isOut)
        #expect(list.hasExceptions)
    }

    @Test func aListSaysWhichLineIsNone() {
        #expect {
            try IgnoreList("a\n[\n")
        } throws: { error in
            "\(error)" == "line 2: \"[\" is no pattern of paths"
        }
    }
}
