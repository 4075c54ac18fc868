import Verbs

/// A user of the container's: ids and home, found in the text of its passwd(5) and group(5).
public struct Account: Sendable, Equatable {
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    /// Supplementary groups, ascending.
    public var groups: [UInt32] = []
    public var home = "/"

    /// `USER[:GROUP]`, each a name or a number; empty is root. A number that the files do not know stands for
    /// itself, with group 0 and the home `/`; a name that they do not know is an error. A group that is
    /// named leaves out those that the user belongs to. The own group is one of the others, too, so that no
    /// program sheds what a file denies to it.
    static func find(
        _ text: String, groups extra: [String], passwd: [UInt8], group: [UInt8]
    ) throws(Wrong) -> Account {
        let (user, named) = split(text, at: colon)
        var account = Account()
        var name: String?
        let wanted = user.isEmpty ? "0" : user
        let entries = records(passwd, fields: 6)
        let number = UInt32(wanted)
        let entry =
            entries.first { $0[0] == wanted } ?? entries.first { number != nil && UInt32($0[2]) == number }
        if let entry, let uid = UInt32(entry[2]), let gid = UInt32(entry[3]) {
            account.uid = uid
            account.gid = gid
            account.home = entry[5].isEmpty ? "/" : entry[5]
            name = entry[0]
        } else if let number, number < .max {
            account.uid = number
        } else {
            throw Wrong("the image's /etc/passwd has no user \"\(wanted)\"")
        }
        let lines = records(group, fields: 3)
        if let named {
            account.gid = try groupID(named, lines)
        } else if let name {
            account.groups = lines.compactMap { line in
                guard line.count > 3, parts(line[3], at: comma).contains(name) else { return nil }
                return UInt32(line[2])
            }
        }
        account.groups += try extra.map { word throws(Wrong) in try groupID(word, lines) }
        if !text.isEmpty { account.groups.append(account.gid) }
        account.groups = Set(account.groups).sorted()
        return account
    }

    /// The same for `exec --user`, with the files of a running container.
    /// - Throws: `UsageError` where the files do not know a name.
    public static func named(_ text: String, passwd: [UInt8], group: [UInt8]) throws(UsageError) -> Account {
        do throws(Wrong) {
            return try find(text, groups: [], passwd: passwd, group: group)
        } catch {
            throw UsageError("--user: \(error.problem)", verb: "exec")
        }
    }

    private static func groupID(_ text: String, _ lines: [[String]]) throws(Wrong) -> UInt32 {
        if let line = lines.first(where: { $0[0] == text }), let gid = UInt32(line[2]) { return gid }
        guard let gid = UInt32(text), gid < .max else {
            throw Wrong("the image's /etc/group has no group \"\(text)\"")
        }
        return gid
    }

    /// The lines of a file, taken apart at colons, that have at least so many fields.
    private static func records(_ bytes: [UInt8], fields: Int) -> [[String]] {
        bytes.split(separator: 0x0A).compactMap { line in
            guard line.first != UInt8(ascii: "#"), !line.contains(0) else { return nil }
            let words = line.split(separator: colon, omittingEmptySubsequences: false)
            return words.count >= fields ? words.map { String(decoding: $0, as: UTF8.self) } : nil
        }
    }
}
