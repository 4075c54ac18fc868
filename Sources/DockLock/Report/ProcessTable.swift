import JSON

/// What `ps` prints of a container's processes.
public enum ProcessTable {
    /// Why the output of ps(1) cannot be filtered.
    public struct Unreadable: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The header of ps(1)'s output and those of its lines whose PID column names one of `pids`.
    ///
    /// - Throws: Unreadable where there is no such column or it holds no number.
    public static func table(_ output: [UInt8], pids: [Int32]) throws(Unreadable) -> [UInt8] {
        let lines = output.split(separator: UInt8(ascii: "\n"))
        guard let header = lines.first,
            let column = fields(header).firstIndex(where: { $0.elementsEqual("PID".utf8) })
        else { throw Unreadable(description: "ps printed no PID column: its arguments must leave it") }
        var result = Array(header) + [UInt8(ascii: "\n")]
        for line in lines.dropFirst() {
            let fields = fields(line)
            guard column < fields.count else { continue }
            let text = String(decoding: fields[column], as: UTF8.self)
            guard let pid = Int32(text) else {
                throw Unreadable(description: "ps printed \"\(text)\" in its PID column")
            }
            if pids.contains(pid) { result += line + [UInt8(ascii: "\n")] }
        }
        return result
    }

    /// The ids as a JSON array in one line.
    public static func json(_ pids: [Int32]) -> [UInt8] {
        JSONNode.array(pids.map { .int(Int64($0)) }).encoded() + [UInt8(ascii: "\n")]
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}
