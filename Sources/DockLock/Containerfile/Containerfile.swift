/// A Containerfile, also called Dockerfile, as values (Docker's Dockerfile reference). Variables in it are
/// not expanded yet: they depend on what the base images say.
public struct Containerfile: Sendable, Equatable {
    public static let limitBytes = 1 << 20
    public static let limitInstructions = 10_000

    /// One image that is made on the way, or the last.
    public struct Stage: Sendable, Equatable {
        public var line: Int
        /// The `FROM` as it was written, in one line.
        public var text: String
        /// An image, an earlier stage, or `scratch`; with variables.
        public var base: String
        public var platform: String?
        /// In small letters.
        public var name: String?
        public var instructions: [Instruction] = []
    }

    /// What takes a character's meaning away.
    public var escape: Character
    /// Each `ARG` before the first `FROM`, and its line.
    public var globals: [(line: Int, Assignment)]
    /// At least one.
    public var stages: [Stage] = []

    public static func == (one: Containerfile, other: Containerfile) -> Bool {
        one.escape == other.escape && one.stages == other.stages
            && one.globals.elementsEqual(other.globals, by: { $0.0 == $1.0 && $0.1 == $1.1 })
    }

    /// Reads a file. Refused are, naming the line and the instruction: what is not known, and what is known
    /// but not carried out here.
    public static func parse(_ bytes: [UInt8]) throws(ContainerfileError) -> Containerfile {
        guard bytes.count <= limitBytes else {
            throw ContainerfileError(line: 0, "the file has more than \(limitBytes) bytes")
        }
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        guard let text = String(validating: bytes.dropFirst(isMarked ? 3 : 0), as: UTF8.self) else {
            throw ContainerfileError(line: 0, "the file is not UTF-8")
        }
        guard !text.utf8.contains(0) else { throw ContainerfileError(line: 0, "the file holds a NUL") }
        var reader = try LineReader(text)
        var file = Containerfile(escape: reader.escape, globals: [])
        var count = 0
        while let line = try reader.next() {
            count += 1
            guard count <= limitInstructions else {
                throw ContainerfileError(line: line.number, "more than \(limitInstructions) instructions")
            }
            try file.take(InstructionReader(line, escape: reader.escape))
        }
        guard !file.stages.isEmpty else { throw ContainerfileError(line: 0, "there is no FROM in the file") }
        return file
    }

    private mutating func take(_ reader: InstructionReader) throws(ContainerfileError) {
        if reader.name == "FROM" {
            var stage = try reader.stage()
            if let name = stage.name, stages.contains(where: { $0.name == name }) {
                throw reader.refuse("there is a stage \(name) already")
            }
            stage.line = reader.line.number
            stages.append(stage)
            return
        }
        let instruction = try reader.instruction()
        guard stages.isEmpty else {
            stages[stages.count - 1].instructions.append(instruction)
            return
        }
        guard case .arg(let assignments) = instruction.body else {
            throw reader.refuse("only ARG may stand before the first FROM")
        }
        globals += assignments.map { (line: instruction.line, $0) }
    }

    /// The number of a stage by its name or number, of those before `limit`; nil where there is none.
    public func stage(_ name: String, before limit: Int) -> Int? {
        let small = name.lowercased()
        if let found = stages[..<limit].firstIndex(where: { $0.name == small }) { return found }
        guard let number = Int(name), number >= 0, number < limit, String(number) == name else { return nil }
        return number
    }
}
