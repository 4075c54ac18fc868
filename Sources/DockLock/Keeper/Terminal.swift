import CKernel
import Glibc

/// The caller's terminal while it is a container's: raw, and given back as it was.
final class Terminal {
    private let number: Int32
    private var saved: termios?

    /// Makes a descriptor raw, if it is a terminal.
    init(_ number: Int32) {
        self.number = number
        var mode = termios()
        guard tcgetattr(number, &mode) == 0 else { return }
        saved = mode
        cfmakeraw(&mode)
        tcsetattr(number, TCSANOW, &mode)
    }

    func restore() {
        if var saved { tcsetattr(number, TCSANOW, &saved) }
        saved = nil
    }

    deinit { restore() }

    /// Rows and columns of the first of these descriptors that is a terminal; nil where none is.
    static func size(_ numbers: [Int32]) -> (rows: UInt16, columns: UInt16)? {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        for number in numbers where dl_window_get(number, &rows, &columns) == 0 && rows > 0 {
            return (rows, columns)
        }
        return nil
    }
}

extension Attaching {
    /// The size of the caller's terminal, for `Keeping.rows` and `Keeping.columns`; nil where it has none.
    public var size: (rows: UInt16, columns: UInt16)? { Terminal.size([input, output]) }
}
