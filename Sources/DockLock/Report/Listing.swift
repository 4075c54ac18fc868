import JSON

/// What `list` prints of some containers, in the order given.
public enum Listing {
    /// A table with runc's columns.
    public static func table(_ states: [ContainerState]) -> [UInt8] {
        var rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
        for state in states {
            rows.append([
                state.id, String(state.pid), state.status.rawValue, state.bundle, state.created, state.owner,
            ])
        }
        var widths = [Int](repeating: 12, count: 6)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.unicodeScalars.count + 3)
            }
        }
        var bytes: [UInt8] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                append(cell, to: &bytes)
                guard column < 5 else { continue }
                let gap = widths[column] - cell.unicodeScalars.count
                bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: gap))
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// An array of states in one line.
    public static func json(_ states: [ContainerState]) -> [UInt8] {
        JSONNode.array(states.map { $0.node }).encoded() + [UInt8(ascii: "\n")]
    }

    /// The ids, one a line.
    public static func ids(_ states: [ContainerState]) -> [UInt8] {
        var bytes: [UInt8] = []
        for state in states {
            bytes.append(contentsOf: state.id.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// A cell's text without the control characters that a bundle's name may hold: a table goes to
    /// terminals, and a row is one line.
    private static func append(_ cell: String, to bytes: inout [UInt8]) {
        for byte in cell.utf8 {
            bytes.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: "?") : byte)
        }
    }
}
