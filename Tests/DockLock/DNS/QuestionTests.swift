import Testing

@testable import DNS

/// A query as a client sends it, RFC 1035, 4.1.
func query(
    _ name: String, type: UInt16 = 1, id: UInt16 = 0x1234, class kind: UInt16 = 1, size: UInt16? = nil
) -> [UInt8] {
    var bytes = Wire.bytes(id) + [1, 0, 0, 1, 0, 0, 0, 0, 0, size == nil ? 0 : 1]
    bytes += name.isEmpty ? [0] : Wire.labels(name) ?? []
    bytes += Wire.bytes(type) + Wire.bytes(kind)
    if let size { bytes += [0, 0, 41] + Wire.bytes(size) + [0, 0, 0, 0, 0, 0] }
    return bytes
}

@Suite("Questions and answers of DNS")
struct QuestionTests {
    @Test func question() throws {
        let question = try #require(Question(query("Web.Example", type: 28, size: 1400)))
        #expect(question.name == "web.example")
        #expect(question.kind == .ipv6)
        #expect(question.id == 0x1234 && question.wantsRecursion && question.sizeTaken == 1400)
        #expect(try #require(Question(query(""))).name == "")
        #expect(try #require(Question(query("x", type: 15))).kind == nil)
    }

    @Test func refused() {
        let good = query("web")
        #expect(Question([]) == nil)
        for count in 0..<good.count { #expect(Question(Array(good[..<count])) == nil, "\(count) bytes") }
        var bytes = good
        bytes[2] = 0x81
        #expect(Question(bytes) == nil, "an answer")
        bytes = good
        bytes[5] = 2
        #expect(Question(bytes) == nil, "two questions")
        bytes = good
        bytes[12] = 0xc0
        #expect(Question(bytes) == nil, "compression")
        bytes = good
        bytes[13] = 0x20
        #expect(Question(bytes) == nil, "a blank")
        #expect(Question(query("web", class: 3)) == nil, "class CH")
        let long = (0..<5).map { _ in String(repeating: "a", count: 60) }.joined(separator: ".")
        var tooLong = query("web")
        tooLong.replaceSubrange(
            12..<17, with: long.split(separator: ".").flatMap { [60] + Array($0.utf8) } + [0])
        #expect(Question(tooLong) == nil, "more than 253 characters")
    }

    @Test func reversed() throws {
        func address(_ name: String) throws -> [UInt8]? {
            try #require(Question(query(name, type: 12))).reversed
        }
        #expect(try address("2.0.88.10.in-addr.arpa") == [10, 88, 0, 2])
        #expect(try address("2.0.88.in-addr.arpa") == nil)
        #expect(try address("256.0.88.10.in-addr.arpa") == nil)
        #expect(try address("+2.0.88.10.in-addr.arpa") == nil)
        let digits = "2" + String(repeating: ".0", count: 29) + ".d.f"
        #expect(try address(digits + ".ip6.arpa") == [0xfd] + [UInt8](repeating: 0, count: 14) + [2])
        #expect(try address("1.2.ip6.arpa") == nil)
    }

    @Test func zone() throws {
        var zone = Zone()
        let four: [UInt8] = [10, 88, 0, 2]
        let six: [UInt8] = [0xfd] + [UInt8](repeating: 0, count: 14) + [2]
        zone.add(names: ["Web", "www"], addresses: [four, six])
        zone.add(names: ["www"], addresses: [[10, 88, 0, 3]])
        func ask(_ name: String, _ type: UInt16 = 1) throws -> Answer? {
            zone.answer(to: try #require(Question(query(name, type: type)))) { $0.starts(with: [10, 88]) }
        }
        #expect(try ask("web") == .addresses([four, six]))
        #expect(try ask("WWW") == .addresses([four, six, [10, 88, 0, 3]]))
        #expect(try ask("other") == nil)
        #expect(try ask("2.0.88.10.in-addr.arpa", 12) == .names(["web"]))
        #expect(try ask("9.0.88.10.in-addr.arpa", 12) == .unknown)
        #expect(try ask("9.9.9.9.in-addr.arpa", 12) == nil)
    }

    @Test("an answer byte for byte")
    func message() throws {
        let question = try #require(Question(query("web")))
        let answer = Answer.addresses([[10, 88, 0, 2], [UInt8](repeating: 1, count: 16)])
        #expect(
            answer.message(to: question) == [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3]
                + Array("web".utf8) + [0, 0, 1, 0, 1]
                + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 88, 0, 2])
        #expect(Answer.unknown.message(to: question)[3] == 0x83)
        #expect(Answer.failure.message(to: question)[3] == 0x82)
        let mail = try #require(Question(query("web", type: 15)))
        #expect(answer.message(to: mail)[6...7].elementsEqual([0, 0]), "the name is there, the type is not")
        #expect(question.isAnswered(by: answer.message(to: question)))
        #expect(!question.isAnswered(by: answer.message(to: mail)))
        #expect(!question.isAnswered(by: query("web")))
    }

    @Test("what doesn't fit is cut and says so")
    func cut() throws {
        let many = Answer.addresses((0..<100).map { [10, 88, 1, UInt8($0)] })
        let plain = many.message(to: try #require(Question(query("web"))))
        #expect(plain.count <= 512 && plain[2] & 2 != 0)
        let extended = many.message(to: try #require(Question(query("web", size: 4096))))
        #expect(extended.count <= 1232 && extended.count > 512 && extended[2] & 2 != 0)
        #expect(extended.suffix(11).elementsEqual([0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]))
        let whole = many.message(to: try #require(Question(query("web"))), limit: 65535)
        #expect(whole[2] & 2 == 0 && whole.count == 12 + 9 + 1600)
    }
}
