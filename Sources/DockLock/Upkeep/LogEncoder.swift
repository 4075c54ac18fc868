/// Which of a container's outputs; a terminal has only the first.
public enum LogStream: Int, Sendable, Equatable {
    case stdout, stderr

    var word: StaticString { self == .stdout ? "stdout" : "stderr" }
}

/// Turns a container's output into records of a log: one a line, a long line in parts.
public struct LogEncoder: Sendable {
    /// The longest record; the parts of a longer line but the last end without a newline, as docker's.
    public static let lineMax = 16384

    private let driver: LogOptions.Driver
    /// What has come of a line that has not ended, of each stream.
    private var open: [[UInt8]] = [[], []]

    public init(_ driver: LogOptions.Driver) { self.driver = driver }

    /// Takes output. Finished records are appended to `out`, and `each` is called after every one.
    public mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ stream: LogStream, at now: Moment, into out: inout [UInt8],
        each: (inout [UInt8]) -> Void
    ) {
        var at = 0
        while at < bytes.count {
            let most = min(bytes.count, at + LogEncoder.lineMax - open[stream.rawValue].count)
            var end = at
            while end < most, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            let isWhole = end < most
            if isWhole { end += 1 }
            open[stream.rawValue].append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
            at = end
            if isWhole {
                write(open[stream.rawValue][...], stream, now, &out)
                open[stream.rawValue].removeAll(keepingCapacity: true)
                each(&out)
            } else if open[stream.rawValue].count >= LogEncoder.lineMax {
                let cut = LogEncoder.cut(open[stream.rawValue])
                write(open[stream.rawValue][..<cut], stream, now, &out)
                open[stream.rawValue].removeFirst(cut)
                each(&out)
            }
        }
    }

    /// The output has ended: writes the lines that have not.
    public mutating func finish(at now: Moment, into out: inout [UInt8]) {
        for stream in [LogStream.stdout, .stderr] where !open[stream.rawValue].isEmpty {
            write(open[stream.rawValue][...], stream, now, &out)
            open[stream.rawValue] = []
        }
    }

    /// Where to part a line: not within a character.
    private static func cut(_ line: [UInt8]) -> Int {
        var at = line.count
        while at > line.count - 4, line[at - 1] & 0xC0 == 0x80 { at -= 1 }
        let first = line[at - 1]
        let wants = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        return line.count - (at - 1) < wants ? at - 1 : line.count
    }

    private func write(
        _ line: ArraySlice<UInt8>, _ stream: LogStream, _ now: Moment, _ out: inout [UInt8]
    ) {
        switch driver {
        case .jsonFile:
            out.append("{\"log\":\"")
            escape(line, &out)
            out.append("\",\"stream\":\"")
            out.append(stream.word)
            out.append("\",\"time\":\"")
            now.append(to: &out)
            out.append("\"}\n")
        case .k8sFile:
            let isWhole = line.last == UInt8(ascii: "\n")
            now.append(to: &out)
            out.append(" ")
            out.append(stream.word)
            out.append(isWhole ? " F " : " P ")
            out.append(contentsOf: line)
            if !isWhole { out.append(UInt8(ascii: "\n")) }
        case .none: break
        }
    }

    /// A JSON string's inside. What is no UTF-8 becomes U+FFFD, one for each byte.
    private func escape(_ line: ArraySlice<UInt8>, _ out: inout [UInt8]) {
        var at = line.startIndex
        while at < line.endIndex {
            let byte = line[at]
            if byte >= 0x80 {
                let length = LogEncoder.character(line[at...])
                if length == 0 {
                    out.append("\u{FFFD}")
                    at += 1
                } else {
                    out.append(contentsOf: line[at..<at + length])
                    at += length
                }
                continue
            }
            at += 1
            switch byte {
            case UInt8(ascii: "\""): out.append("\\\"")
            case UInt8(ascii: "\\"): out.append("\\\\")
            case UInt8(ascii: "\n"): out.append("\\n")
            case UInt8(ascii: "\r"): out.append("\\r")
            case UInt8(ascii: "\t"): out.append("\\t")
            case 0..<0x20, 0x7F:
                out.append("\\u00")
                out.append(UInt8(ascii: "0") + byte >> 4)
                let digit = byte & 0xF
                out.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
            default: out.append(byte)
            }
        }
    }

    /// Length of the character of several bytes that stands first; 0 where there is none (RFC 3629).
    private static func character(_ bytes: ArraySlice<UInt8>) -> Int {
        func at(_ offset: Int) -> UInt8 {
            bytes.startIndex + offset < bytes.endIndex ? bytes[bytes.startIndex + offset] : 0
        }
        func follows(_ offset: Int) -> Bool { at(offset) & 0xC0 == 0x80 }
        switch at(0) {
        case 0xC2...0xDF: return follows(1) ? 2 : 0
        case 0xE0...0xEF:
            guard follows(1), follows(2) else { return 0 }
            // Overlong forms, and the halves of UTF-16's pairs.
            if at(0) == 0xE0, at(1) < 0xA0 { return 0 }
            if at(0) == 0xED, at(1) >= 0xA0 { return 0 }
            return 3
        case 0xF0...0xF4:
            guard follows(1), follows(2), follows(3) else { return 0 }
            if at(0) == 0xF0, at(1) < 0x90 { return 0 }
            if at(0) == 0xF4, at(1) >= 0x90 { return 0 }
            return 4
        default: return 0
        }
    }
}

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
