/// The names of containers, which become names of folders.
public enum ContainerID {
    /// Refuses what is not 1 to 1024 letters, digits and `_+.-`, and the folders `.` and `..`.
    public static func check(_ id: String) throws(SpecError) {
        guard !id.isEmpty else { throw SpecError(path: "", problem: "the container id is empty") }
        guard id.utf8.count <= 1024 else {
            throw SpecError(path: "", problem: "the container id is longer than 1024 bytes")
        }
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isPlain, id != ".", id != ".." else {
            throw SpecError(path: "", problem: "invalid container id format: \"\(id)\"")
        }
    }
}
