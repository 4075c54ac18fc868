/// A filter rewritten over ranges of call numbers.
///
/// libseccomp tests every call of a profile by its number; but most neighbours are judged alike, and the
/// kernel's work on installing a filter grows with its length: an engine's default profile takes half
/// the instructions of libseccomp's tree this way, and half the time.
///
/// The rewriting knows nothing of profiles. Between two constants that the program compares the number
/// with, all numbers take the same path; so one run for each tells what the path ends in, an answer or
/// the tests of arguments, which are copied as they are.
struct Ranges {
    /// Where a path ends that depends on the architecture and the number alone.
    private enum End: Equatable {
        case answer(UInt32)
        /// The rest begins at this instruction, a load of something else.
        case rest(Int)
    }

    /// What the accumulator holds.
    private enum Held { case nothing, architecture, number }

    private let program: [Instruction]
    /// The architectures compared with, in the order met.
    private var architectures: [UInt32] = []
    /// The first numbers of the ranges, rising from 0.
    private var starts: [UInt32] = [0]

    /// The program over ranges; nil where it does what this rewriting does not follow, which
    /// libseccomp's do not.
    static func rewrite(_ program: [Instruction]) -> [Instruction]? {
        guard var ranges = Ranges(program), ranges.explore() else { return nil }
        return ranges.written()
    }

    private init?(_ program: [Instruction]) {
        guard !program.isEmpty else { return nil }
        self.program = program
    }

    /// Walks every path over architecture and number, and gathers what they are compared with.
    private mutating func explore() -> Bool {
        var seen = Set<Int>()
        var open: [(at: Int, held: Held)] = [(0, .nothing)]
        while let (at, held) = open.popLast() {
            guard at < program.count else { return false }
            guard seen.insert(at * 3 + (held == .nothing ? 0 : held == .number ? 1 : 2)).inserted else {
                continue
            }
            let instruction = program[at]
            switch instruction.code {
            case Instruction.answer: continue
            case Instruction.jump: open.append((at + 1 + Int(instruction.constant), held))
            case Instruction.load where instruction.constant == Instruction.numberOffset:
                open.append((at + 1, .number))
            case Instruction.load where instruction.constant == Instruction.architectureOffset:
                open.append((at + 1, .architecture))
            case Instruction.load: continue
            default:
                guard note(instruction, held) else { return false }
                open.append((at + 1 + Int(instruction.whenFalse), held))
                open.append((at + 1 + Int(instruction.whenTrue), held))
            }
        }
        starts = Array(Set(starts)).sorted()
        return true
    }

    /// Notes what a comparison splits; false for anything but those of a number, and of an
    /// architecture for equality.
    private mutating func note(_ instruction: Instruction, _ held: Held) -> Bool {
        let constant = instruction.constant
        switch (held, instruction.code) {
        case (.architecture, Instruction.jumpEqual):
            if !architectures.contains(constant) { architectures.append(constant) }
        case (.number, Instruction.jumpEqual):
            starts.append(constant)
            if constant < .max { starts.append(constant + 1) }
        case (.number, Instruction.jumpGreater): if constant < .max { starts.append(constant + 1) }
        case (.number, Instruction.jumpGreaterOrEqual): starts.append(constant)
        default: return false
        }
        return true
    }

    /// Where the program ends for an architecture (nil for one that it does not know) and a number.
    private func end(_ architecture: UInt32?, _ number: UInt32) -> End {
        var at = 0
        var held = Held.nothing
        while true {
            let instruction = program[at]
            switch instruction.code {
            case Instruction.answer: return .answer(instruction.constant)
            case Instruction.jump: at += Int(instruction.constant)
            case Instruction.load where instruction.constant == Instruction.numberOffset: held = .number
            case Instruction.load where instruction.constant == Instruction.architectureOffset:
                held = .architecture
            case Instruction.load: return .rest(at)
            default:
                let holds =
                    switch instruction.code {
                    case Instruction.jumpGreater: number > instruction.constant
                    case Instruction.jumpGreaterOrEqual: number >= instruction.constant
                    default: (held == .number ? number : architecture) == instruction.constant
                    }
                at += Int(holds ? instruction.whenTrue : instruction.whenFalse)
            }
            at += 1
        }
    }

    private func written() -> [Instruction] {
        var result = [Instruction(Instruction.load, Instruction.architectureOffset)]
        for architecture in architectures {
            let block = block(architecture)
            result += Ranges.branch(Instruction.jumpEqual, architecture, whenTrue: block, otherwise: [])
        }
        return result + block(nil)
    }

    /// What is left when the architecture is known.
    private func block(_ architecture: UInt32?) -> [Instruction] {
        var ranges: [(start: UInt32, end: End)] = []
        for start in starts {
            let end = end(architecture, start)
            if ranges.last?.end != end { ranges.append((start, end)) }
        }
        let tree = tree(ranges[...])
        if ranges.count == 1 { return tree }
        return [Instruction(Instruction.load, Instruction.numberOffset)] + tree
    }

    /// A balanced search for the number's range.
    private func tree(_ ranges: ArraySlice<(start: UInt32, end: End)>) -> [Instruction] {
        if ranges.count == 1 {
            switch ranges[ranges.startIndex].end {
            case .answer(let value): return [Instruction(Instruction.answer, value)]
            case .rest(let start): return rest(start)
            }
        }
        let middle = ranges.startIndex + ranges.count / 2
        return Ranges.branch(
            Instruction.jumpGreaterOrEqual, ranges[middle].start, whenTrue: tree(ranges[middle...]),
            otherwise: tree(ranges[..<middle]))
    }

    /// A comparison and its two ways, each of which ends in answers, or falls out at the end where
    /// `otherwise` is empty. A comparison jumps over 255 instructions at most, a jump over any number.
    private static func branch(
        _ code: UInt16, _ constant: UInt32, whenTrue: [Instruction], otherwise: [Instruction]
    ) -> [Instruction] {
        if otherwise.isEmpty {
            if let skipped = UInt8(exactly: whenTrue.count) {
                return [Instruction(code, 0, skipped, constant)] + whenTrue
            }
            return [Instruction(code, 1, 0, constant), Instruction(Instruction.jump, UInt32(whenTrue.count))]
                + whenTrue
        }
        if let skipped = UInt8(exactly: otherwise.count) {
            return [Instruction(code, skipped, 0, constant)] + otherwise + whenTrue
        }
        return [Instruction(code, 0, 1, constant), Instruction(Instruction.jump, UInt32(otherwise.count))]
            + otherwise + whenTrue
    }

    /// A copy of what can be reached from an instruction. Jumps go forwards only, so that the copies stand in
    /// the same order, nearer to each other.
    private func rest(_ start: Int) -> [Instruction] {
        var reached: [Int] = []
        var targets: Set<Int> = [start]
        for at in start..<program.count where targets.contains(at) {
            reached.append(at)
            let instruction = program[at]
            if instruction.code == Instruction.answer { continue }
            if instruction.code == Instruction.jump {
                targets.insert(at + 1 + Int(instruction.constant))
            } else if instruction.isComparison {
                targets.insert(at + 1 + Int(instruction.whenTrue))
                targets.insert(at + 1 + Int(instruction.whenFalse))
            } else {
                targets.insert(at + 1)
            }
        }
        return reached.enumerated().map { place, at in
            /// How many of the reached stand between this and the one `skipped` further on.
            func between(_ skipped: Int) -> Int {
                var count = 0
                while reached[place + 1 + count] < at + 1 + skipped { count += 1 }
                return count
            }
            var instruction = program[at]
            if instruction.code == Instruction.jump {
                instruction.constant = UInt32(between(Int(instruction.constant)))
            } else if instruction.isComparison {
                instruction.whenTrue = UInt8(between(Int(instruction.whenTrue)))
                instruction.whenFalse = UInt8(between(Int(instruction.whenFalse)))
            }
            return instruction
        }
    }
}
