import Distribution
import Testing

@Suite struct AnswerTests {
    @Test func challengesAreRead() {
        let one = Challenge.list(
            #"Bearer realm="https://a/token",service="reg, \"x\"",scope="repository:a:pull""#)
        #expect(one.map(\.scheme) == ["bearer"])
        #expect(one[0]["realm"] == "https://a/token" && one[0]["service"] == #"reg, "x""#)
        let two = Challenge.list("Negotiate abc==, Basic realm=\"x\" , charset=UTF-8,Bearer")
        #expect(two.map(\.scheme) == ["negotiate", "basic", "bearer"])
        #expect(two[1]["charset"] == "UTF-8" && two[0].parameters.isEmpty)
        #expect(Challenge.list("basic REALM = x")[0]["realm"] == "x")
        #expect(Challenge.list("a x=1, x=2")[0]["x"] == "1")
    }

    @Test(arguments: ["", "=", "\"", ",,,", "Bearer realm=\"open", "a b c", "x=1", "Bearer realm", "a \u{1}"])
    func brokenChallengesEndTheList(_ field: String) {
        #expect(Challenge.list(field).allSatisfy { $0.parameters.isEmpty })
    }

    @Test func tokensAreAskedFor() throws {
        let place = try Location("https://h/v2/")
        let challenge = Challenge.list(#"Bearer realm="https://auth.h/token?x=1",service="a b""#)[0]
        let scope = Scope("a/b", push: true).description
        let question = try TokenQuestion(challenge, from: place, scopes: [scope])
        #expect(
            question.get.description
                == "https://auth.h/token?x=1&service=a%20b&scope=repository%3Aa%2Fb%3Apull%2Cpush")
        #expect(question.form(identityToken: "t&t").contains("refresh_token=t%26t&"))
        let plain = Challenge.list(#"Bearer realm="http://auth.h/token""#)[0]
        #expect(throws: DistributionError.self) { try TokenQuestion(plain, from: place, scopes: []) }
        #expect(try TokenQuestion(plain, from: Location("http://h/"), scopes: []).realm.host == "auth.h")
        #expect(throws: DistributionError.self) {
            try TokenQuestion(Challenge.list("Bearer x=y")[0], from: place, scopes: [])
        }
    }

    @Test func tokensAreRead() throws {
        func read(_ text: String) throws -> TokenAnswer { try .decode(Array(text.utf8)) }
        #expect(try read(#"{"token":"a","expires_in":300}"#) == TokenAnswer(token: "a", expiresIn: 300))
        #expect(try read(#"{"access_token":"b"}"#) == TokenAnswer(token: "b", expiresIn: 60))
        #expect(try read(#"{"token":"a","expires_in":-5}"#).expiresIn == 60)
        #expect(try read(#"{"token":"a","expires_in":9999999999}"#).expiresIn == 86_400)
        for text in ["", "[]", "{}", #"{"token":""}"#, #"{"token":7}"#, #"{"token":"a\nb"}"#] {
            #expect(throws: DistributionError.self) { try read(text) }
        }
    }

    @Test func complaintsAreShown() {
        let body = #"{"errors":[{"code":"DENIED","message":"no\u0007 way"},{"code":"X"}]}"#
        #expect(
            RegistryComplaint.text(status: 403, body: Array(body.utf8))
                == "the server answers 403: no? way (DENIED); X")
        #expect(RegistryComplaint.text(status: 404, body: [1, 2]) == "the server answers 404: not found")
        #expect(RegistryComplaint.text(status: 418, body: []) == "the server answers 418")
        let many =
            #"{"errors":["# + Array(repeating: #"{"code":"A"}"#, count: 50).joined(separator: ",") + "]}"
        #expect(RegistryComplaint.list(Array(many.utf8)).count == 8)
    }

    @Test func rangesAreRead() {
        #expect(ByteRange.from(7) == "bytes=7-" && ByteRange.chunk(5, 3) == "5-7")
        let whole = ByteRange.content("bytes 5-9/10")
        #expect(whole?.start == 5 && whole?.end == 9 && whole?.size == 10)
        #expect(ByteRange.content("bytes 5-9/*").map { $0.size == nil } == true)
        for text in ["", "5-9/10", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -1-2/5", "bytes */5"]
        {
            #expect(ByteRange.content(text) == nil, "\(text)")
        }
        #expect(ByteRange.uploaded("0-9") == 10 && ByteRange.uploaded("bytes=0-9") == 10)
        #expect(ByteRange.uploaded("0-0") == 0 && ByteRange.uploaded("1-9") == nil)
        #expect(ByteRange.uploaded("0-9223372036854775807") == nil && ByteRange.uploaded("x") == nil)
    }

    @Test func tagsAreReadByPages() throws {
        #expect(try TagPage.decode(Array(#"{"name":"a","tags":["1","2"]}"#.utf8)).tags == ["1", "2"])
        #expect(try TagPage.decode(Array(#"{"tags":null}"#.utf8)).tags.isEmpty)
        #expect(throws: DistributionError.self) { try TagPage.decode([1]) }
        #expect(TagPage.next("</v2/a/tags/list?n=1&last=1>; rel=\"next\"") == "/v2/a/tags/list?n=1&last=1")
        #expect(TagPage.next("<a>; rel=prev, <b>; rel=next") == "b")
        #expect(TagPage.next("<a>; rel=prev") == nil && TagPage.next("a; rel=next") == nil)
    }

    @Test func onlyWhatMayPassIsTriedAgain() {
        #expect([408, 429, 500, 502, 503, 504].allSatisfy { Retry.isWorth(status: $0) })
        #expect(![200, 301, 400, 401, 403, 404, 416, 501].contains { Retry.isWorth(status: $0) })
        #expect(Retry.delayMillis(after: 1, asked: nil, chance: 0) == 250)
        #expect(Retry.delayMillis(after: 3, asked: nil, chance: 0.5) == 1500)
        #expect(Retry.delayMillis(after: 99, asked: nil, chance: 1) == 32_000)
        #expect(Retry.delayMillis(after: 1, asked: 7, chance: 1) == 7000)
        #expect(Retry.delayMillis(after: 1, asked: .max, chance: 1) == 60_000)
    }

    @Test func waitingTimesAreRead() {
        #expect(Retry.after(" 120 ", now: 0) == 120)
        #expect(Retry.after("99999999999999999999", now: 0) == .max)
        #expect(Retry.after("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_700) == 77)
        #expect(Retry.after("Sun, 06 Nov 1994 08:49:37 GMT", now: 999_999_999) == 0)
        #expect(Retry.after("Thu, 29 Feb 2024 00:00:00 GMT", now: 0) == 1_709_164_800)
        for text in [
            "", "-1", "1.5", "Sun, 6 Nov 1994 08:49:37 GMT", "Sunday", "Sun, 06 Foo 1994 08:49:37 GMT",
        ] {
            #expect(Retry.after(text, now: 0) == nil, "\(text)")
        }
    }
}
