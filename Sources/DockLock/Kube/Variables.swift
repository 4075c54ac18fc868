/// Variables of a container in their order, and `$(NAME)` in texts that can name them.
struct Variables {
    /// The longest string that execve(2) takes.
    static let bytesMax = 128 << 10
    private static let countMax = 4096

    private(set) var all: [(name: String, value: String)] = []

    /// - Throws: `KubeError` where there are too many, or the value is too long.
    mutating func set(_ name: String, _ value: String, _ place: String) throws(KubeError) {
        all.removeAll { $0.name == name }
        guard all.count < Variables.countMax else {
            throw KubeError("\(place): there are too many variables")
        }
        guard name.utf8.count + value.utf8.count + 2 <= Variables.bytesMax else {
            throw KubeError("\(place): the value of \(name) is too long for a variable")
        }
        all.append((name, value))
    }

    /// The text with what it names: `$(NAME)` of an unknown name stays, `$$` is one `$`.
    /// - Throws: `KubeError` where it becomes too long: variables that name each other can double.
    func expanded(_ text: String, _ place: String) throws(KubeError) -> String {
        let bytes = Array(text.utf8)
        var made: [UInt8] = []
        var at = 0
        while at < bytes.count {
            guard made.count <= Variables.bytesMax else {
                throw KubeError("\(place): becomes too long with what its variables hold")
            }
            guard bytes[at] == 0x24, at + 1 < bytes.count else {
                made.append(bytes[at])
                at += 1
                continue
            }
            if bytes[at + 1] == 0x24 {
                made.append(0x24)
                at += 2
            } else if bytes[at + 1] == 0x28, let end = bytes[(at + 2)...].firstIndex(of: 0x29) {
                let name = String(decoding: bytes[(at + 2)..<end], as: UTF8.self)
                if let value = all.first(where: { $0.name == name })?.value {
                    made += Array(value.utf8)
                } else {
                    made += bytes[at...end]
                }
                at = end + 1
            } else {
                made.append(0x24)
                at += 1
            }
        }
        return String(decoding: made, as: UTF8.self)
    }
}
