/// Turns the text of a pattern into steps. Recursion is one level a parenthesis, 50 at most.
struct PatternCompiler {
    private let text: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func compile() throws(PatternError) -> [Pattern.Step] {
        let steps = try alternatives()
        if at < text.count { throw PatternError(problem: "a ) without its (") }
        return steps + [.found]
    }

    private var next: UInt8? { at < text.count ? text[at] : nil }

    private func refuse(_ problem: String) -> PatternError { PatternError(problem: problem) }

    /// Steps are relative to their own beginning, so that they can be copied and joined.
    private mutating func alternatives() throws(PatternError) -> [Pattern.Step] {
        var steps = try sequence()
        while next == UInt8(ascii: "|") {
            at += 1
            let other = try sequence()
            let left = steps
            steps = [.split(1, left.count + 2)] + moved(left, by: 1)
            steps.append(.jump(left.count + 2 + other.count))
            steps += moved(other, by: left.count + 2)
            try refuseLong(steps)
        }
        return steps
    }

    private mutating func sequence() throws(PatternError) -> [Pattern.Step] {
        var steps: [Pattern.Step] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            var part = try atom()
            while let again = next, let repeated = try repetition(of: part, again) { part = repeated }
            steps += moved(part, by: steps.count)
            try refuseLong(steps)
        }
        return steps
    }

    private mutating func atom() throws(PatternError) -> [Pattern.Step] {
        let byte = text[at]
        at += 1
        switch byte {
        case UInt8(ascii: "("):
            depth += 1
            if depth > 50 { throw refuse("more than 50 parentheses within each other") }
            let inner = try alternatives()
            guard next == UInt8(ascii: ")") else { throw refuse("a ( without its )") }
            at += 1
            depth -= 1
            return inner
        case UInt8(ascii: "["): return [.byte(try brackets())]
        case UInt8(ascii: "."):
            var any = ByteSet()
            any.invert()
            return [.byte(any)]
        case UInt8(ascii: "^"): return [.start]
        case UInt8(ascii: "$"): return [.end]
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw refuse("a repetition of nothing")
        case UInt8(ascii: "\\"):
            guard let escaped = next else { throw refuse("a \\ at the end") }
            if isAlphanumeric(escaped) { throw refuse("a \\ before a letter or a digit means nothing") }
            at += 1
            return [.byte(only(escaped))]
        default: return [.byte(only(byte))]
        }
    }

    private func only(_ byte: UInt8) -> ByteSet {
        var set = ByteSet()
        set.insert(byte)
        return set
    }

    /// The part with what `*`, `+`, `?` or `{…}` make of it; nil where none of them follows.
    private mutating func repetition(
        of part: [Pattern.Step], _ byte: UInt8
    ) throws(PatternError) -> [Pattern.Step]? {
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            at += 1
            let fewest = byte == UInt8(ascii: "+") ? 1 : 0
            return try repeated(part, fewest, byte == UInt8(ascii: "?") ? 1 : nil)
        case UInt8(ascii: "{"):
            at += 1
            let (fewest, most) = try bounds()
            return try repeated(part, fewest, most)
        default: return nil
        }
    }

    /// `part`, `fewest` to `most` times; without end where `most` is nil.
    private func repeated(
        _ part: [Pattern.Step], _ fewest: Int, _ most: Int?
    ) throws(PatternError) -> [Pattern.Step] {
        var steps: [Pattern.Step] = []
        for _ in 0..<fewest {
            steps += moved(part, by: steps.count)
            try refuseLong(steps)
        }
        guard let most else {
            let loop = steps.count
            steps.append(.split(loop + 1, loop + part.count + 2))
            steps += moved(part, by: loop + 1)
            steps.append(.jump(loop))
            return steps
        }
        let end = steps.count + (most - fewest) * (part.count + 1)
        for _ in fewest..<most {
            steps.append(.split(steps.count + 1, end))
            steps += moved(part, by: steps.count)
            try refuseLong(steps)
        }
        return steps
    }

    /// The two numbers of `{m}`, `{m,}` or `{m,n}`, after the brace; at most 255, as in POSIX.
    private mutating func bounds() throws(PatternError) -> (Int, Int?) {
        guard let fewest = try count() else { throw refuse("a { without a number") }
        var most: Int? = fewest
        if next == UInt8(ascii: ",") {
            at += 1
            most = try count()
        }
        guard next == UInt8(ascii: "}") else { throw refuse("a { without its }") }
        at += 1
        if let most, most < fewest { throw refuse("a repetition of at least \(fewest) and at most \(most)") }
        return (fewest, most)
    }

    private mutating func count() throws(PatternError) -> Int? {
        var value: Int?
        while let byte = next, byte >= 48, byte <= 57 {
            at += 1
            let sum = (value ?? 0) * 10 + Int(byte - 48)
            if sum > 255 { throw refuse("a repetition of more than 255") }
            value = sum
        }
        return value
    }

    /// A set, after its opening bracket.
    private mutating func brackets() throws(PatternError) -> ByteSet {
        var set = ByteSet()
        let isInverted = next == UInt8(ascii: "^")
        if isInverted { at += 1 }
        var isFirst = true
        while let byte = next, byte != UInt8(ascii: "]") || isFirst {
            isFirst = false
            at += 1
            if byte == UInt8(ascii: "["), next == UInt8(ascii: ":") {
                try insertClass(into: &set)
                continue
            }
            if byte == UInt8(ascii: "["), next == UInt8(ascii: ".") || next == UInt8(ascii: "=") {
                throw refuse("[. and [= are not known")
            }
            var last = byte
            if next == UInt8(ascii: "-"), at + 1 < text.count, text[at + 1] != UInt8(ascii: "]") {
                last = text[at + 1]
                at += 2
            }
            if last < byte { throw refuse("a range that ends before it begins") }
            for member in byte...last { set.insert(member) }
        }
        guard next != nil else { throw refuse("a [ without its ]") }
        at += 1
        if isInverted { set.invert() }
        return set
    }

    /// `:name:]`, after its bracket.
    private mutating func insertClass(into set: inout ByteSet) throws(PatternError) {
        let rest = text[(at + 1)...]
        let name = rest.prefix { $0 != UInt8(ascii: ":") }
        at += 1 + name.count
        guard text[at...].starts(with: ":]".utf8) else { throw refuse("a [: without its :]") }
        at += 2
        let word = String(decoding: name, as: UTF8.self)
        for byte in UInt8(0)...127 where try isMember(byte, word) { set.insert(byte) }
    }

    private func isMember(_ byte: UInt8, _ word: String) throws(PatternError) -> Bool {
        let isDigit = byte >= 48 && byte <= 57
        let isUpper = byte >= 65 && byte <= 90
        let isLower = byte >= 97 && byte <= 122
        switch word {
        case "alnum": return isDigit || isUpper || isLower
        case "alpha": return isUpper || isLower
        case "digit": return isDigit
        case "lower": return isLower
        case "upper": return isUpper
        case "xdigit": return isDigit || (byte | 32) >= 97 && (byte | 32) <= 102
        case "punct": return byte > 32 && byte < 127 && !isDigit && !isUpper && !isLower
        default: throw refuse("there is no class [:\(word):]")
        }
    }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= 48 && byte <= 57 || (byte | 32) >= 97 && (byte | 32) <= 122
    }

    private func moved(_ steps: [Pattern.Step], by offset: Int) -> [Pattern.Step] {
        steps.map { step in
            switch step {
            case .split(let left, let right): .split(left + offset, right + offset)
            case .jump(let target): .jump(target + offset)
            default: step
            }
        }
    }

    private func refuseLong(_ steps: [Pattern.Step]) throws(PatternError) {
        if steps.count > 10_000 { throw refuse("it is too long") }
    }
}
