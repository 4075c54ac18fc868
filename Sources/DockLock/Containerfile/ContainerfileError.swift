/// Why a Containerfile is refused: the line, counted from 1 (0 where it is the whole of the file), the
/// instruction in it (empty where there is none), and what is wrong.
public struct ContainerfileError: Error, Equatable, CustomStringConvertible {
    public var line: Int
    public var instruction: String
    public var problem: String

    public init(line: Int, instruction: String = "", _ problem: String) {
        self.line = line
        self.instruction = instruction
        self.problem = problem
    }

    public var description: String {
        (line > 0 ? "line \(line): " : "") + (instruction.isEmpty ? "" : instruction + ": ") + problem
    }

    /// What a message shows of a word of the file: no control characters, and not all of a long one.
    static func shown(_ text: some StringProtocol) -> String {
        let clean = text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
        var word = String.UnicodeScalarView()
        word.append(contentsOf: clean)
        return String(word) + (text.unicodeScalars.count > 80 ? "..." : "")
    }
}
