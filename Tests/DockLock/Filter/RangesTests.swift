import Testing

@testable import Filter

@Suite("A program over ranges")
struct RangesTests {
    private let number = Instruction(Instruction.load, Instruction.numberOffset)
    private let architecture = Instruction(Instruction.load, Instruction.architectureOffset)
    private let argument = Instruction(Instruction.load, 16)

    private func answer(_ value: UInt32) -> Instruction { Instruction(Instruction.answer, value) }

    /// Both programs, judging the same calls.
    private func expectAlike(_ program: [Instruction], _ calls: [Call]) throws {
        let rewritten = try #require(Ranges.rewrite(program))
        let before = try Machine(Instruction.encode(program))
        let after = try Machine(Instruction.encode(rewritten))
        for call in calls {
            #expect(before.run(call) != nil)
            #expect(before.run(call) == after.run(call), "\(call)")
        }
    }

    @Test("neighbours with one answer become one range")
    func merged() throws {
        var program = [number]
        for call in UInt32(0)..<100 {
            program += [Instruction(Instruction.jumpEqual, 0, 1, call), answer(call < 60 ? 1 : 2)]
        }
        program.append(answer(3))
        let rewritten = try #require(Ranges.rewrite(program))
        // Two loads, two comparisons, three answers.
        #expect(rewritten.count == 7)
        try expectAlike(program, (0..<120).map { Call($0) } + [Call(.max)])
    }

    @Test("long ways are jumped over")
    func long() throws {
        var program = [architecture, Instruction(Instruction.jumpEqual, 1, 0, Call.i386)]
        program += [Instruction(Instruction.jump, 1), answer(9), number]
        for call in UInt32(0)..<900 {
            program += [Instruction(Instruction.jumpEqual, 0, 1, call * 3), answer(call % 7)]
        }
        program.append(answer(8))
        var calls: [Call] = [Call(5, Call.i386), Call(.max), Call(.max, Call.aarch64)]
        for call in UInt32(0)..<2710 { calls.append(Call(call)) }
        try expectAlike(program, calls)
    }

    @Test("tests of arguments are copied, with what they skip, and a number read again is read again")
    func rest() throws {
        let program = [
            number,
            Instruction(Instruction.jumpGreaterOrEqual, 0, 1, 10),
            Instruction(Instruction.jumpGreater, 0, 1, 20),
            answer(1),
            argument,
            Instruction(Instruction.jumpEqual, 2, 0, 7),
            Instruction(0x54, 0xf0),
            Instruction(0x45, 1, 0, 0x30),
            Instruction(Instruction.jump, 1),
            answer(2),
            number,
            Instruction(Instruction.jumpEqual, 0, 1, 15),
            answer(3),
            answer(4),
        ]
        var calls: [Call] = []
        for call in UInt32(0)..<30 {
            for value in [UInt64(0), 7, 8, 0x10, 0x20, 0x37, .max] {
                calls.append(Call(call, Call.x86_64, [value]))
            }
        }
        try expectAlike(program, calls)
    }

    @Test("the highest number has its range")
    func highest() throws {
        for code in [Instruction.jumpEqual, Instruction.jumpGreater, Instruction.jumpGreaterOrEqual] {
            for constant in [UInt32(0), 1, .max - 1, .max] {
                let program = [number, Instruction(code, 0, 1, constant), answer(1), answer(2)]
                try expectAlike(program, [0, 1, 2, .max - 2, .max - 1, .max].map { Call($0) })
            }
        }
    }

    @Test("what it does not follow, it leaves alone")
    func left() {
        let bits: UInt16 = 0x45
        #expect(Ranges.rewrite([]) == nil)
        #expect(Ranges.rewrite([number]) == nil)
        #expect(Ranges.rewrite([number, Instruction(bits, 0, 1, 1), answer(1), answer(2)]) == nil)
        #expect(Ranges.rewrite([number, Instruction(0x54, 1), answer(1)]) == nil)
        #expect(
            Ranges.rewrite([
                architecture, Instruction(Instruction.jumpGreater, 0, 1, 1), answer(1), answer(2),
            ])
                == nil)
        #expect(Ranges.rewrite([Instruction(Instruction.jumpEqual, 0, 0, 1), answer(1)]) == nil)
        #expect(Ranges.rewrite([number, Instruction(Instruction.jump, 5), answer(1)]) == nil)
    }
}
