/// What of a context is left out: the lines of a .containerignore or .dockerignore file.
public struct IgnoreList: Sendable {
    public static let limitBytes = 1 << 20

    private struct Line {
        var pattern: Pattern
        /// Whether it brings back what lines before it left out.
        var isException: Bool
    }

    private var lines: [Line] = []
    /// Whether a line brings something back: then what is left out must be walked through too.
    public private(set) var hasExceptions = false

    /// Nothing is left out.
    public init() {}

    /// Reads the file. A pattern that is none is refused, with its line.
    public init(_ text: String) throws(ContainerfileError) {
        let all = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in all.enumerated() {
            if line.first == "#" { continue }
            var word = trimmed(line)
            if index == 0, word.unicodeScalars.first == "\u{FEFF}" { word.unicodeScalars.removeFirst() }
            let isException = word.first == "!"
            if isException { word = trimmed(word.dropFirst()) }
            if word.isEmpty { continue }
            let clean = Self.clean(word)
            // The root stays whatever is said of it.
            if clean.isEmpty { continue }
            guard let pattern = Pattern(clean, isDeep: true) else {
                throw ContainerfileError(
                    line: index + 1, "\"\(ContainerfileError.shown(word))\" is no pattern of paths")
            }
            lines.append(Line(pattern: pattern, isException: isException))
            hasExceptions = hasExceptions || isException
        }
    }

    /// The path without slashes around it, and with `.` and `..` resolved as far as they can be.
    private static func clean(_ path: String) -> String {
        var steps: [Substring] = []
        for step in path.split(separator: "/") where step != "." {
            if step == ".." { _ = steps.popLast() } else { steps.append(step) }
        }
        return steps.joined(separator: "/")
    }

    /// Whether a path, relative to the context's root, is left out. The last line that says something of it,
    /// or of a folder that it lies in, counts.
    public func leavesOut(_ path: String) -> Bool {
        if lines.isEmpty { return false }
        var prefixes: [Substring] = []
        for at in path.utf8.indices where path.utf8[at] == UInt8(ascii: "/") { prefixes.append(path[..<at]) }
        prefixes.append(path[...])
        var isOut = false
        for line in lines where isOut == line.isException {
            if prefixes.contains(where: { line.pattern.matches($0) }) { isOut = !line.isException }
        }
        return isOut
    }
}
