/// A pattern of paths: `*`, `?` and `[a-z]` within a name, and `**` over any number of folders where the
/// pattern is one of a list of what is left out (Docker's Dockerfile reference: "COPY", ".dockerignore
/// file"; Go's path/filepath.Match). Matching takes time in the product of both lengths, whatever they say.
public struct Pattern: Sendable, Equatable {
    private enum Token: Sendable, Equatable {
        case literal(Unicode.Scalar)
        /// `?`
        case any
        /// `*`
        case star
        /// `**` at an end.
        case everything
        /// `**/`: nothing, or any path that ends with a slash. The second token is what its inside is at.
        case folders
        case inFolders
        case oneOf([ClosedRange<UInt32>], isNegated: Bool)
    }

    private var tokens: [Token] = []
    /// Whether anything in it is no plain letter.
    public private(set) var isWild = false

    /// Reads a pattern; nil where a `[` is not closed, or a range goes backwards.
    /// - Parameter isDeep: whether `**` means any number of folders.
    public init?(_ text: String, isDeep: Bool) {
        let scalars = Array(text.unicodeScalars)
        var at = 0
        while at < scalars.count {
            let scalar = scalars[at]
            at += 1
            switch scalar {
            case "*":
                isWild = true
                guard isDeep, at < scalars.count, scalars[at] == "*" else {
                    tokens.append(.star)
                    continue
                }
                while at < scalars.count, scalars[at] == "*" { at += 1 }
                if at < scalars.count, scalars[at] == "/" {
                    at += 1
                    tokens += [.folders, .inFolders]
                } else {
                    tokens.append(.everything)
                }
            case "?":
                isWild = true
                tokens.append(.any)
            case "[":
                isWild = true
                guard let set = Self.readSet(scalars, &at) else { return nil }
                tokens.append(set)
            case "\\" where at < scalars.count:
                tokens.append(.literal(scalars[at]))
                at += 1
            case "\\": return nil
            default: tokens.append(.literal(scalar))
            }
        }
    }

    private static func readSet(_ scalars: [Unicode.Scalar], _ at: inout Int) -> Token? {
        var ranges: [ClosedRange<UInt32>] = []
        let isNegated = at < scalars.count && scalars[at] == "^"
        if isNegated { at += 1 }
        func one() -> UInt32? {
            guard at < scalars.count else { return nil }
            if scalars[at] == "\\" {
                at += 1
                guard at < scalars.count else { return nil }
            } else if scalars[at] == "]" || scalars[at] == "-" {
                return nil
            }
            defer { at += 1 }
            return scalars[at].value
        }
        while at < scalars.count, scalars[at] != "]" || ranges.isEmpty {
            guard let low = one() else { return nil }
            var high = low
            if at < scalars.count, scalars[at] == "-" {
                at += 1
                guard let end = one() else { return nil }
                high = end
            }
            guard low <= high else { return nil }
            ranges.append(low...high)
        }
        guard at < scalars.count else { return nil }
        at += 1
        return .oneOf(ranges, isNegated: isNegated)
    }

    /// Whether the whole of a path is what the pattern says.
    public func matches(_ path: some StringProtocol) -> Bool {
        // The places in the pattern that the path read so far may have led to.
        var places = [Bool](repeating: false, count: tokens.count + 1)
        places[0] = true
        advanceFreely(&places)
        for scalar in path.unicodeScalars {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for place in tokens.indices where places[place] {
                switch tokens[place] {
                case .literal(let wanted): if wanted == scalar { next[place + 1] = true }
                case .any: if scalar != "/" { next[place + 1] = true }
                case .star: if scalar != "/" { next[place] = true }
                case .everything: next[place] = true
                case .folders: break
                case .inFolders:
                    next[place] = true
                    if scalar == "/" { next[place + 1] = true }
                case .oneOf(let ranges, let isNegated):
                    let isIn = ranges.contains { $0.contains(scalar.value) }
                    if isIn != isNegated, scalar != "/" { next[place + 1] = true }
                }
            }
            advanceFreely(&next)
            places = next
        }
        return places[tokens.count]
    }

    /// Goes on where a token may stand for nothing.
    private func advanceFreely(_ places: inout [Bool]) {
        for place in tokens.indices where places[place] {
            switch tokens[place] {
            case .star, .everything: places[place + 1] = true
            case .folders:
                places[place + 1] = true
                places[place + 2] = true
            default: break
            }
        }
    }
}
