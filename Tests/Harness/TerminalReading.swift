import CHarness
import Glibc

/// Terminals that tests watch.
public enum TerminalReading {
    /// Reads a terminal until `text` came.
    public static func read(_ master: Int32, until text: String) -> String {
        var seen = ""
        var bytes = [UInt8](repeating: 0, count: 4096)
        while !seen.contains(text) {
            guard harness_readable(master, 20_000) == 1 else { return seen + "[nothing more in 20 s]" }
            let got = Glibc.read(master, &bytes, bytes.count)
            guard got > 0 else { return seen + "[read: \(String(cString: strerror(errno)))]" }
            seen += String(decoding: bytes[..<got], as: UTF8.self)
        }
        return seen
    }
}
