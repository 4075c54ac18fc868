import Format
import Testing

@Suite struct UnitsTests {
    @Test(arguments: [
        (Int64(0), "0B"), (1, "1B"), (999, "999B"), (1000, "1kB"), (1234, "1.23kB"), (12_345, "12.3kB"),
        (999_999, "1e+03kB"), (1_000_000, "1MB"), (4_262_144, "4.26MB"), (72_800_000_000, "72.8GB"),
    ])
    func sizesReadAsDockerWritesThem(_ bytes: Int64, _ text: String) {
        // Go's %.3g turns 999.999 into 1e+03; a person wants a number.
        #expect(Units.size(bytes) == (text == "1e+03kB" ? "1000kB" : text))
    }

    @Test func fourDigitsWhereAsked() {
        #expect(Units.size(1_234_567, digits: 4) == "1.235MB")
        #expect(Units.size(123_456_789, digits: 4) == "123.5MB")
    }

    static let spans: [(Int64, String)] = [
        (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
        (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"), (3600, "About an hour"),
        (7200, "2 hours"), (169_200, "47 hours"), (172_800, "2 days"), (1_123_200, "13 days"),
        (1_209_600, "2 weeks"), (5_097_600, "8 weeks"), (5_184_000, "2 months"),
        (62_985_600, "24 months"), (63_072_000, "2 years"),
    ]

    @Test(arguments: spans)
    func spansReadAsDockerWritesThem(_ seconds: Int64, _ text: String) {
        #expect(Units.span(seconds) == text)
        #expect(Units.ago(1000, now: 1000 + seconds) == text + " ago")
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0), Int64(0)),
        ("2024-02-29T23:59:59.5Z", 1_709_251_199, 500_000_000),
        ("2024-03-01T01:00:00+02:30", 1_709_245_800, 0),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
        ("1969-12-31T23:59:59.000000001Z", -1, 1),
    ])
    func momentsAreReadAndWritten(_ text: String, _ seconds: Int64, _ nanoseconds: Int64) throws {
        let moment = try #require(Moment(text))
        #expect(moment == Moment(seconds: seconds, nanoseconds: nanoseconds))
        #expect(Moment(moment.description) == moment)
        if text.hasSuffix("Z") { #expect(moment.description == text) }
    }

    @Test(arguments: [
        "", "2024", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+1:00", "2024-01-01T00:00:00Z ", "2024-01-01T24:00:00Z",
    ])
    func whatIsNoMomentIsRefused(_ text: String) { #expect(Moment(text) == nil) }

    @Test func columnsAreAsWideAsDockers() {
        #expect(
            Table.text([["A", "BB", "C"], ["longer word", "x", "y"]])
                == "A             BB        C\nlonger word   x         y\n")
    }
}
