import OCI
import Testing

@testable import Cgroups

/// A device rule as a test writes it: `-a`, `+c 1:3 rwm`, `+b *:* m`.
func rule(_ text: String) -> Resources.DeviceRule {
    var rule = Resources.DeviceRule()
    let words = text.dropFirst().split(separator: " ")
    rule.allow = text.hasPrefix("+")
    rule.kind = words[0].utf8.first ?? 0
    if words.count > 1 {
        let numbers = words[1].split(separator: ":").map { Int64($0) }
        rule.major = numbers[0]
        rule.minor = numbers[1]
    }
    if words.count > 2 { rule.access = String(words[2]) }
    return rule
}

/// What a program answers to a question, by walking its instructions as the kernel would.
func run(_ program: DeviceProgram, kind: UInt32, major: UInt32, minor: UInt32, access: UInt32) throws -> Bool
{
    let context: [UInt32] = [access << 16 | kind, major, minor]
    var registers = [UInt64](repeating: 0, count: 11)
    var at = 0
    for _ in 0...program.instructions.count {
        let step = try #require(program.instructions.indices.contains(at) ? program.instructions[at] : nil)
        at += 1
        let target = Int(step.registers & 15)
        let small = UInt32(truncatingIfNeeded: registers[target])
        let value = UInt32(bitPattern: step.immediate)
        switch step.code {
        case 0x61:
            try #require(step.registers >> 4 == 1)
            registers[target] = UInt64(context[Int(step.offset) / 4])
        case 0xBC: registers[target] = UInt64(UInt32(truncatingIfNeeded: registers[Int(step.registers >> 4)]))
        case 0x54: registers[target] = UInt64(small & value)
        case 0x74: registers[target] = UInt64(small >> value)
        case 0xB7: registers[target] = UInt64(bitPattern: Int64(step.immediate))
        case 0x05: at += Int(step.offset)
        case 0x45: if registers[target] & UInt64(value) != 0 { at += Int(step.offset) }
        case 0x55: if registers[target] != UInt64(value) { at += Int(step.offset) }
        case 0x56: if small != value { at += Int(step.offset) }
        case 0x95: return registers[0] != 0
        default: Issue.record("unknown instruction \(step.code)")
        }
    }
    Issue.record("the program does not end")
    return false
}

@Suite struct DeviceTests {
    private let always = [
        "+c *:* m", "+b *:* m", "+c 1:3 rwm", "+c 1:8 rwm", "+c 1:7 rwm", "+c 5:0 rwm", "+c 1:5 rwm",
        "+c 1:9 rwm", "+c 5:1 rwm", "+c 136:* rwm", "+c 5:2 rwm",
    ]

    private func lines(_ rules: [String]) throws -> [String] {
        try DeviceRules(rules.map(rule)).legacyLines().map { ($0.allow ? "+" : "-") + $0.text }
    }

    @Test func nothingButTheUsualIsAllowed() throws {
        #expect(try lines([]) == ["-a"] + always)
        #expect(try lines(["-a"]) == ["-a"] + always)
    }

    @Test(arguments: [
        (["-a", "+c 10:200 rw"], ["-a", "+c 10:200 rw"]),
        (["+c 10:229 rwm", "-a", "+b 8:* r"], ["-a", "+b 8:* r"]),
        (["+c 10:* rwm", "-c 10:* w"], ["-a", "+c 10:* rwm", "-c 10:* w"]),
        (
            ["+c 10:1 rw", "+c 10:2 r", "-c *:* r"],
            ["-a", "+c 10:1 rw", "+c 10:2 r", "-c 10:1 r", "-c 10:2 r"]
        ),
        (["+a 7:3 r"], ["-a", "+b 7:3 r", "+c 7:3 r"]),
        (["-c 10:1 r"], ["-a"]),
    ])
    func legacyLines(rules: [String], wanted: [String]) throws {
        #expect(try lines(rules) == wanted + always)
    }

    @Test func everythingAllowedButSome() throws {
        #expect(try lines(["+a", "-b 8:0 rwm"]) == ["+a", "-b 8:0 rwm", "+b 8:0 m"])
    }

    @Test(arguments: [
        ["+c *:* rwm", "-c 1:11 w"], ["+a", "-b 8:* rwm", "+b 8:1 r"], ["+c 1:* r", "-c *:5 r"],
    ])
    func refusesPartsThatLegacyCannotExpress(rules: [String]) {
        #expect(throws: CgroupError.self) { try lines(rules) }
    }

    @Test(arguments: ["+x 1:3 r", "+c 1:3 rx", "+c -2:3 r", "+c 4294967296:3 r"])
    func refusesBadRules(text: String) {
        #expect(throws: CgroupError.self) { try DeviceRules([rule(text)]) }
    }

    /// What the rules mean, told as simply as can be: for each bit the last rule that names it decides.
    private func meaning(_ rules: DeviceRules, kind: UInt32, major: UInt32, minor: UInt32, access: UInt8)
        -> Bool
    {
        for bit: UInt8 in [1, 2, 4] where access & bit != 0 {
            let last = rules.filters.last {
                ($0.kind == 97 || $0.kind == (kind == 1 ? 98 : 99)) && $0.access & bit != 0
                    && ($0.major == nil || $0.major == major) && ($0.minor == nil || $0.minor == minor)
            }
            if last?.allow != true { return false }
        }
        return true
    }

    @Test(arguments: [
        [], ["-a"], ["+a"], ["+a", "-b 8:0 rwm"], ["-a", "+c 10:200 rw", "-c 10:200 w"],
        ["+c *:* rwm", "-c 1:11 w"], ["+c 10:1 r", "+c 10:1 w"], ["+a 7:3 r", "-b 7:* r"],
        ["+c 4294967295:0 r"], ["+b 8:* rw", "+a", "-a", "+c 7:3 m"],
    ])
    func programSaysWhatTheRulesMean(texts: [String]) throws {
        let rules = try DeviceRules(texts.map(rule))
        let program = DeviceProgram(rules)
        let numbers: [(UInt32, UInt32)] = [
            (1, 3), (1, 11), (5, 0), (7, 3), (8, 0), (8, 1), (10, 1), (10, 200), (136, 7), (4_294_967_295, 0),
        ]
        for kind: UInt32 in [1, 2] {
            for (major, minor) in numbers {
                for access: UInt8 in 1...7 {
                    let answer = try run(
                        program, kind: kind, major: major, minor: minor, access: UInt32(access))
                    let wanted = meaning(rules, kind: kind, major: major, minor: minor, access: access)
                    #expect(answer == wanted, "kind \(kind), \(major):\(minor), access \(access)")
                }
            }
        }
    }
}
