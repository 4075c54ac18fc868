import Foundation
import Testing

@testable import Upkeep

@Suite struct LogTests {
    private let time = Moment(1_700_000_000_123_456_789)

    /// The records of some output, written in pieces, as lines of the log.
    private func records(
        _ pieces: [[UInt8]], _ driver: LogOptions.Driver = .jsonFile, _ stream: LogStream = .stdout
    ) -> [[UInt8]] {
        var encoder = LogEncoder(driver)
        var out: [UInt8] = []
        for piece in pieces {
            piece.withUnsafeBytes { encoder.take($0, stream, at: time, into: &out) { _ in } }
        }
        encoder.finish(at: time, into: &out)
        return out.split(separator: 10).map(Array.init)
    }

    private func texts(_ pieces: [String], _ driver: LogOptions.Driver = .jsonFile) -> [String] {
        records(pieces.map { Array($0.utf8) }, driver).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aLineIsARecordHoweverItComes() {
        let record = #"{"log":"one\n","stream":"stdout","time":"2023-11-14T22:13:20.123456789Z"}"#
        #expect(texts(["one\n"]) == [record])
        #expect(texts(["o", "", "ne", "\n"]) == [record])
        #expect(texts(["one\n", "tw"]).last?.hasPrefix(#"{"log":"tw","stream""#) == true)
        #expect(
            texts(["a\nb\n"], .k8sFile) == [
                "2023-11-14T22:13:20.123456789Z stdout F a",
                "2023-11-14T22:13:20.123456789Z stdout F b",
            ])
        #expect(texts(["a"], .k8sFile) == ["2023-11-14T22:13:20.123456789Z stdout P a"])
        #expect(texts(["a\n"], .none).isEmpty)
    }

    @Test(arguments: [16383, 16384, 16385, 40000])
    func longLinesAreParted(length: Int) {
        let line = [UInt8](repeating: 0x61, count: length) + [10]
        for driver in [LogOptions.Driver.jsonFile, .k8sFile] {
            let parts = records([line], driver).compactMap { LogRecord($0, driver)?.bytes }
            #expect(parts.flatMap { $0 } == line)
            #expect(parts.count == (length + 1 + 16383) / 16384 || parts.count == length / 16384 + 1)
            #expect(parts.dropLast().allSatisfy { $0.count == 16384 })
        }
    }

    @Test func aCharacterIsNotParted() {
        let line = Array((String(repeating: "a", count: 16383) + "é€😀\n").utf8)
        let parts = records([line]).compactMap { LogRecord($0, .jsonFile)?.bytes }
        #expect(parts.map(\.count) == [16383, 10])
        #expect(parts.flatMap { $0 } == line)
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xE0, 0x80, 0x80],
        ] as [[UInt8]])
    func whatIsNoTextBecomesMarks(bytes: [UInt8]) throws {
        let record = try #require(records([[0x61] + bytes + [0x62]]).first)
        // Foundation's reader is the oracle: it refuses what is no UTF-8.
        let json = try JSONSerialization.jsonObject(with: Data(record)) as? [String: String]
        #expect(json?["log"] == "a" + String(repeating: "\u{FFFD}", count: bytes.count) + "b")
    }

    @Test func everyCharacterComesThrough() throws {
        let text =
            (0..<0x250).compactMap { Unicode.Scalar($0) }.map(String.init).joined() + "\u{FFFF}\u{10FFFF}"
        let whole = records([Array(text.utf8)])
        let json = try whole.map { try JSONSerialization.jsonObject(with: Data($0)) as? [String: String] }
        #expect(json.compactMap { $0?["log"] }.joined() == text)
        let back = whole.compactMap { LogRecord($0, .jsonFile)?.bytes }.flatMap { $0 }
        #expect(back == Array(text.utf8))
    }

    @Test(arguments: ["", "{}", #"{"log":"a","stream":"x","time":"2023-11-14T22:13:20Z"}"#, #"{"log":"a"#])
    func otherLinesAreNoRecords(line: String) {
        #expect(LogRecord(Array(line.utf8), .jsonFile) == nil)
        #expect(LogRecord(Array(line.utf8), .k8sFile) == nil)
    }

    @Test func recordsAreChosen() {
        let record = LogRecord(stream: .stderr, time: Moment(5), bytes: [])
        var choice = LogChoice()
        #expect(choice.takes(record))
        choice.stderr = false
        #expect(!choice.takes(record))
        choice.stderr = true
        choice.since = Moment(5)
        choice.until = Moment(5)
        #expect(choice.takes(record))
        choice.since = Moment(6)
        #expect(!choice.takes(record))
        choice.since = nil
        choice.until = Moment(4)
        #expect(!choice.takes(record))
    }

    @Test(
        arguments: [0, 1, 951_782_400, 1_709_164_800, 4_102_444_799, -1, -86_401, -2_203_891_200] as [Int64])
    func momentsAreThoseOfFoundation(seconds: Int64) throws {
        let formatter = ISO8601DateFormatter()
        let wanted = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
        let moment = Moment(seconds * 1_000_000_000 + 7)
        #expect(moment.text == wanted.dropLast() + ".000000007Z")
        #expect(Moment(moment.text.utf8) == moment)
    }

    @Test func momentsAreReadWithOffsets() {
        #expect(Moment("1970-01-01T02:00:00.5+02:00".utf8) == Moment(500_000_000))
        #expect(Moment("1969-12-31T23:00:00-01:00".utf8) == Moment(0))
        for text in [
            "", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z",
            "1970-01-01T24:00:00Z", "1970-01-01T00:00:00Zx", "9999-01-01T00:00:00Z",
        ] {
            #expect(Moment(text.utf8) == nil, "\(text)")
        }
    }
}
