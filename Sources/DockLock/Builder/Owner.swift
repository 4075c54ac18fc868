import Kernel

/// Whose a file is to be.
struct Owner: Equatable {
    var uid: UInt32 = 0
    var gid: UInt32 = 0

    init() {}

    /// `user[:group]` of `--chown`: names are those of the root's /etc/passwd and /etc/group. A number alone
    /// is the group's too, a name's group is its own (Docker's Dockerfile reference: "COPY --chown").
    init(_ text: String, in root: Root) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts.contains("") else {
            throw BuildError("--chown=\(text): expected user or user:group")
        }
        let user = String(parts[0])
        if let number = UInt32(user), number < .max {
            (uid, gid) = (number, number)
        } else {
            guard let fields = try Self.record(user, "/etc/passwd", root), fields.count > 3,
                let uid = UInt32(fields[2]), let gid = UInt32(fields[3])
            else { throw BuildError("--chown=\(text): the image's /etc/passwd has no user \"\(user)\"") }
            (self.uid, self.gid) = (uid, gid)
        }
        guard parts.count == 2 else { return }
        let group = String(parts[1])
        if let number = UInt32(group), number < .max {
            gid = number
            return
        }
        guard let fields = try Self.record(group, "/etc/group", root), fields.count > 2,
            let gid = UInt32(fields[2])
        else { throw BuildError("--chown=\(text): the image's /etc/group has no group \"\(group)\"") }
        self.gid = gid
    }

    /// The fields of a name's line.
    private static func record(_ name: String, _ path: String, _ root: Root) throws -> [String]? {
        let bytes = try root.read(path, limit: 1 << 20) ?? []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.first?.elementsEqual(name.utf8) == true else { continue }
            return fields.map { String(decoding: $0, as: UTF8.self) }
        }
        return nil
    }
}
