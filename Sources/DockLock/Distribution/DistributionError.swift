/// Why what a registry said, or what is written down about registries, cannot be used.
public struct DistributionError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// What an error shows of a text that came from outside: no control characters, and not all of a long one.
func shown(_ text: some StringProtocol, limit: Int = 200) -> String {
    let start = text.unicodeScalars.prefix(limit)
    var word = ""
    for scalar in start {
        word.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? "?" : scalar)
    }
    return start.endIndex < text.unicodeScalars.endIndex ? word + "..." : word
}

/// The text without white space around it.
func trimmed(_ text: some StringProtocol) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
    let bytes = Array(text.utf8)
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
        let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
}
