import Glibc

extension Host {
    /// Every variable of this process's environment, in its order.
    public static var variables: [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var at: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        // Sound: environ is an array of C strings that ends with NULL, and this program has one thread.
        while let entry = at?.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                found.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
            }
            at = at?.advanced(by: 1)
        }
        return found
    }
}
