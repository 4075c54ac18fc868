import Glibc
import Kernel

/// The control files of one directory of a cgroup tree.
struct ControlFiles: Sendable {
    let directory: String

    /// Writes a value; the error names the file, the value and the kernel's reason.
    func put(_ file: String, _ value: String) throws {
        do {
            try write(file, value)
        } catch {
            throw CgroupError(
                "cannot write " + value + " to " + path(file) + ": " + SystemError.text(error.code))
        }
    }

    /// As `put`, with the bare errno, for callers that answer to some of them.
    func write(_ file: String, _ value: String) throws(SystemError) {
        guard !file.utf8.contains(0x2F) else { throw SystemError("open", EINVAL, path(file)) }
        try Files.put(value, to: path(file))
    }

    func has(_ file: String) -> Bool { Files.exists(path(file)) }

    func text(_ file: String) throws(SystemError) -> String { try Files.text(path(file)) }

    /// The number that a file begins with; nil where there is no such file or it says `max`.
    func number(_ file: String) -> UInt64? {
        guard let bytes = try? Files.read(path(file)) else { return nil }
        return ControlFiles.number(bytes[...])
    }

    /// Decimal digits up to the first other byte; nil where there are none or too many.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var digits = 0
        for byte in bytes {
            guard 0x30...0x39 ~= byte else { break }
            let (scaled, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = scaled.addingReportingOverflow(UInt64(byte - 0x30))
            if over || more { return nil }
            value = sum
            digits += 1
        }
        return digits == 0 ? nil : value
    }

    private func path(_ file: String) -> String { directory + "/" + file }
}
