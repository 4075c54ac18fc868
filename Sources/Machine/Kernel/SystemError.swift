import Glibc

/// A system call that failed: its name, its errno, and what it was done to.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    public var call: String
    public var code: Int32
    public var object: String

    public init(_ call: String, _ code: Int32, _ object: String = "") {
        self.call = call
        self.code = code
        self.object = object
    }

    /// For example `open /run/x: permission denied`.
    public var description: String {
        (object.isEmpty ? call : call + " " + object) + ": " + SystemError.text(code)
    }

    /// The C library's words for an errno, its first letter lowered as in the middle of a sentence.
    public static func text(_ code: Int32) -> String {
        guard let words = strerror(code) else { return "error" }
        var text = String(cString: words)
        if let first = text.first, text.dropFirst().first?.isLowercase == true {
            text = first.lowercased() + text.dropFirst()
        }
        return text
    }

    /// `result` where it is not negative; the current errno thrown where it is.
    @discardableResult
    public static func check<T: SignedInteger>(
        _ result: T, _ call: String, _ object: @autoclosure () -> String = ""
    ) throws(SystemError) -> T {
        if result >= 0 { return result }
        throw SystemError(call, errno, object())
    }

    /// For calls of CKernel, which return `-errno`.
    @discardableResult
    public static func checkReturned<T: SignedInteger>(
        _ result: T, _ call: String, _ object: @autoclosure () -> String = ""
    ) throws(SystemError) -> T {
        if result >= 0 { return result }
        throw SystemError(call, Int32(-result), object())
    }
}
