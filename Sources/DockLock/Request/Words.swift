import OCI
import Verbs

// Small pieces of values that several flags share.

/// The text before and after the first `separator`; nil for `after` where there is none.
func split(_ text: String, at separator: UInt8) -> (before: String, after: String?) {
    let bytes = text.utf8
    guard let index = bytes.firstIndex(of: separator) else { return (text, nil) }
    return (String(text[..<index]), String(text[bytes.index(after: index)...]))
}

/// The parts between separators, empty ones kept.
func parts(_ text: String, at separator: UInt8) -> [String] {
    text.utf8.split(separator: separator, omittingEmptySubsequences: false).map { String(Substring($0)) }
}

let colon = UInt8(ascii: ":")
let comma = UInt8(ascii: ",")
let equals = UInt8(ascii: "=")
let slash = UInt8(ascii: "/")

/// A whole number of the flag's range.
func number<Number: FixedWidthInteger>(_ text: String, _ range: ClosedRange<Number>) throws(Wrong) -> Number {
    guard text.utf8.first != UInt8(ascii: "+"), let value = Number(text), range.contains(value) else {
        throw Wrong("\"\(text)\" is not a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
}

/// A size in bytes, at least zero.
func size(_ text: String) throws(Wrong) -> Int64 {
    guard let size = Quantity.size(text), size >= 0 else {
        throw Wrong("\"\(text)\" is not a size, such as 512k, 64m or 1.5g")
    }
    return size
}

/// A size in bytes, or -1 for no limit.
func sizeOrNone(_ text: String) throws(Wrong) -> Int64 {
    guard let size = Quantity.size(text) else {
        throw Wrong("\"\(text)\" is neither a size, such as 64m or 1.5g, nor -1")
    }
    return size
}

/// A duration in nanoseconds.
func duration(_ text: String) throws(Wrong) -> Int64 {
    if text == "0" { return 0 }
    guard let duration = Quantity.duration(text) else {
        throw Wrong("\"\(text)\" is not a duration, such as 10s or 1m30s")
    }
    return duration
}

func signal(_ text: String) throws(Wrong) -> Int32 {
    guard let signal = Signals.number(text), signal > 0 else { throw Wrong("there is no signal \"\(text)\"") }
    return signal
}

/// `NAME=VALUE`; without `=` the value is empty.
func setting(_ text: String) throws(Wrong) -> Setting {
    let (name, value) = split(text, at: equals)
    if name.isEmpty { throw Wrong("\"\(text)\" has no name") }
    return Setting(name, value ?? "")
}

/// `NAME=VALUE`, both there.
func fullSetting(_ text: String) throws(Wrong) -> Setting {
    let (name, value) = split(text, at: equals)
    guard let value, !name.isEmpty else { throw Wrong("\"\(text)\" is not of the form NAME=VALUE") }
    return Setting(name, value)
}

func nonEmpty(_ text: String) throws(Wrong) -> String {
    if text.isEmpty { throw Wrong("the value is empty") }
    return text
}

/// The values of a flag that takes several at once, parted by commas.
func listed(_ text: String) -> [String] {
    parts(text, at: comma).filter { !$0.isEmpty }
}

/// A path of the container's: absolute, cleaned of `.`, `..` and doubled slashes, and not its root.
func containerPath(_ text: String) throws(Wrong) -> String {
    guard text.utf8.first == slash else {
        throw Wrong("\"\(text)\" is not an absolute path in the container")
    }
    let path = cleaned(text)
    if path == "/" { throw Wrong("\"\(text)\" is the container's root, which has its own mount") }
    return path
}

/// A path without `.`, doubled slashes and, as far as they can be followed by the text alone, `..`.
public func cleaned(_ path: String) -> String {
    var kept: [String] = []
    let isAbsolute = path.utf8.first == slash
    for part in parts(path, at: slash) where !part.isEmpty && part != "." {
        if part == "..", let last = kept.last, last != ".." {
            kept.removeLast()
        } else if part != ".." || !isAbsolute {
            kept.append(part)
        }
    }
    let joined = kept.joined(separator: "/")
    return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
}

/// Whether a name can be that of a container, volume or network: docker's `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
public func isName(_ text: String) -> Bool {
    guard text.utf8.count <= 255, let first = text.utf8.first, isAlphanumeric(first) else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: false
    }
}

func name(_ text: String) throws(Wrong) -> String {
    guard isName(text) else {
        throw Wrong("\"\(text)\" is not a name: letters, digits, then also _.- and at most 255 of them")
    }
    return text
}
