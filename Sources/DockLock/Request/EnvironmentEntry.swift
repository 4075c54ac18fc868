import Verbs

/// One `--env`, or one line of a file of them.
public enum EnvironmentEntry: Sendable, Equatable {
    case set(String, String)
    /// The value of who asks, if there is one; a name that ends in `*` stands for all that begin so.
    case inherit(String)

    /// The variables of a file: `NAME=VALUE` or `NAME` a line; empty lines and lines that begin with `#` are
    /// left out. Values are taken as they stand: quotes have no meaning.
    /// - Throws: `UsageError`, which names the file and the line.
    public static func read(file: String, _ bytes: [UInt8]) throws(UsageError) -> [EnvironmentEntry] {
        try lines(of: bytes, file, flag: "--env-file").map { line throws(UsageError) in
            do throws(Wrong) {
                return try environmentEntry(line.text, isOfFile: true)
            } catch {
                throw UsageError("--env-file: \(file):\(line.number): \(error.problem)")
            }
        }
    }
}

extension Setting {
    /// The labels of a file: `NAME=VALUE` a line, as for `EnvironmentEntry.read`.
    /// - Throws: `UsageError`, which names the file and the line.
    public static func read(labelFile file: String, _ bytes: [UInt8]) throws(UsageError) -> [Setting] {
        try lines(of: bytes, file, flag: "--label-file").map { line throws(UsageError) in
            do throws(Wrong) {
                return try setting(line.text)
            } catch {
                throw UsageError("--label-file: \(file):\(line.number): \(error.problem)")
            }
        }
    }
}

/// `NAME=VALUE` or `NAME`.
func environmentEntry(_ text: String, isOfFile: Bool = false) throws(Wrong) -> EnvironmentEntry {
    let (name, value) = split(text, at: equals)
    if name.isEmpty { throw Wrong("\"\(text)\" has no name") }
    if isOfFile, name.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 }) {
        throw Wrong("the name \"\(name)\" holds a space")
    }
    return value.map { .set(name, $0) } ?? .inherit(name)
}

private func lines(
    of bytes: [UInt8], _ file: String, flag: String
) throws(UsageError) -> [(number: Int, text: String)] {
    if bytes.contains(0) { throw UsageError("\(flag): \(file): holds a NUL byte") }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
    var found: [(number: Int, text: String)] = []
    let lines = content.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
        var text = line.drop { $0 == 0x20 || $0 == 0x09 }
        if text.last == 0x0D { text.removeLast() }
        guard let first = text.first, first != UInt8(ascii: "#") else { continue }
        guard let decoded = String(validating: text, as: UTF8.self) else {
            throw UsageError("\(flag): \(file):\(index + 1): is not UTF-8")
        }
        found.append((index + 1, decoded))
    }
    return found
}
