/// The names that containers can have.
public enum ContainerID {
    /// Longest name, in bytes: states are directories of that name.
    public static let longest = 255

    /// What is wrong with an id, nil where nothing is. An id is of ASCII letters, digits, `_`, `+`, `-`,
    /// `,` and `.`, as in runc, and can be the name of a directory.
    public static func problem(_ id: String) -> String? {
        if id.isEmpty { return "the container id is empty" }
        if id.utf8.count > longest { return "the container id is longer than \(longest) bytes" }
        if id == "." || id == ".." { return "\"\(id)\" is not a container id" }
        for byte in id.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"),
                UInt8(ascii: "+")...UInt8(ascii: "."):
                continue
            default:
                return
                    "the container id \"\(id)\" has a character that is not a letter, a digit or one of _+-,."
            }
        }
        return nil
    }
}
