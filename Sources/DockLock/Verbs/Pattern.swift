/// Why a pattern is refused.
public struct PatternError: Error, Equatable {
    public var problem: String
}

/// An extended regular expression of POSIX, for the ids of `--regex`. It is looked for anywhere in the
/// id, as regexec(3) does, byte by byte. Time is the pattern's length times the id's, whatever the
/// pattern: all places of it are walked at once, none is tried twice.
public struct Pattern: Sendable {
    enum Step: Sendable, Equatable {
        /// One byte of a set of 256.
        case byte(ByteSet)
        case start
        case end
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case found
    }

    let steps: [Step]

    /// - Throws: `PatternError` for what is not a pattern, or would take more than 10,000 steps.
    public init(_ text: String) throws(PatternError) {
        var compiler = PatternCompiler(Array(text.utf8))
        steps = try compiler.compile()
    }

    /// Whether the pattern is found in the id.
    public func finds(_ id: String) -> Bool {
        let bytes = Array(id.utf8)
        var current = Places(steps.count)
        var next = Places(steps.count)
        for at in 0...bytes.count {
            // A match may begin anywhere.
            if reach(0, at, bytes.count, &current) { return true }
            if at == bytes.count { break }
            next.clear()
            for place in current.list {
                guard case .byte(let set) = steps[place], set.contains(bytes[at]) else { continue }
                if reach(place + 1, at + 1, bytes.count, &next) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Adds a place and all that follow from it without a byte; true where the pattern ends.
    private func reach(_ first: Int, _ at: Int, _ count: Int, _ places: inout Places) -> Bool {
        var waiting = [first]
        while let place = waiting.popLast() {
            guard places.add(place) else { continue }
            switch steps[place] {
            case .byte: continue
            case .start: if at == 0 { waiting.append(place + 1) }
            case .end: if at == count { waiting.append(place + 1) }
            case .split(let left, let right):
                waiting.append(right)
                waiting.append(left)
            case .jump(let target): waiting.append(target)
            case .found: return true
            }
        }
        return false
    }

    /// A set of places, in the order of their coming.
    private struct Places {
        var list: [Int] = []
        private var isIn: [Bool]

        init(_ count: Int) { isIn = Array(repeating: false, count: count) }

        mutating func add(_ place: Int) -> Bool {
            if isIn[place] { return false }
            isIn[place] = true
            list.append(place)
            return true
        }

        mutating func clear() {
            for place in list { isIn[place] = false }
            list.removeAll(keepingCapacity: true)
        }
    }
}

/// A set of bytes.
struct ByteSet: Sendable, Equatable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    mutating func invert() {
        words = (~words.0, ~words.1, ~words.2, ~words.3)
    }
}
