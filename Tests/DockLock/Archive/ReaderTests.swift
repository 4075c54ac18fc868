import Archive
import Testing

@Suite struct ReaderTests {
    @Test func plainEntryIsRead() throws {
        let archive =
            Blocks.header("etc/motd", size: Blocks.octal(5)) + Blocks.data(bytes("hello")) + Blocks.end
        var entry = Entry()
        entry.path = bytes("etc/motd")
        entry.mode = 0o644
        entry.uid = 10
        entry.gid = 28
        entry.size = 5
        entry.seconds = 100
        #expect(try read(archive) == [Member(entry: entry, bytes: bytes("hello"))])
    }

    /// However the bytes are cut, the entries are the same.
    @Test(arguments: [1, 2, 511, 512, 513, 1000, 4096])
    func piecesMakeNoDifference(piece: Int) throws {
        let map = "2\n1024\n3\n4000\n4\n"
        let archive =
            Blocks.extended([("path", "long/\(String(repeating: "n", count: 600))"), ("uid", "70000")])
            + Blocks.header("x", size: Blocks.octal(700))
            + Blocks.data([UInt8](repeating: 7, count: 700))
            + Blocks.long("link/\(String(repeating: "l", count: 600))", type: "K")
            + Blocks.header("y", type: "2")
            + Blocks.extended([
                ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "5000"),
            ])
            + Blocks.header("z", size: Blocks.octal(519)) + Blocks.data(bytes(map))
            + Blocks.data(bytes("abcdefg"))
            + Blocks.end + Blocks.end
        let whole = try read(archive)
        #expect(whole.count == 3)
        #expect(whole[0].entry.uid == 70000)
        #expect(whole[1].entry.link.count == 605)
        #expect(whole[2].bytes.count == 5000)
        #expect(whole[2].bytes[1024..<1027].elementsEqual(bytes("abc")))
        #expect(whole[2].bytes[4000..<4004].elementsEqual(bytes("defg")))
        #expect(try read(archive, piece: piece) == whole)
    }

    @Test func extendedHeadersOverrule() throws {
        let archive =
            Blocks.extended([("mtime", "5"), ("gid", "7"), ("comment", "all")], type: "g")
            + Blocks.extended([
                ("path", "über"), ("linkpath", "to"), ("uid", "4294967294"), ("mtime", "-1.25"),
                ("SCHILY.xattr.user.a", "one=\u{0}\n"), ("LIBARCHIVE.xattr.user.%62", "dHdv"),
                ("SCHILY.xattr.user.a", "two"), ("SCHILY.xattr.user.empty", ""),
            ])
            + Blocks.header("short", type: "2", link: "ignored") + Blocks.header("second")
            + Blocks.extended([("gid", "")]) + Blocks.header("third") + Blocks.end
        let members = try read(archive).map(\.entry)
        #expect(members.map { String(decoding: $0.path, as: UTF8.self) } == ["über", "second", "third"])
        #expect(members[0].link == bytes("to"))
        #expect(members[0].uid == 4_294_967_294)
        #expect(members[0].seconds == -2)
        #expect(members[0].nanoseconds == 750_000_000)
        #expect(
            members[0].attributes == [
                Entry.Attribute(name: bytes("user.a"), value: bytes("two")),
                Entry.Attribute(name: bytes("user.b"), value: bytes("two")),
                Entry.Attribute(name: bytes("user.empty"), value: []),
            ])
        #expect(members.map(\.gid) == [7, 7, 28])
        #expect(members[1].seconds == 5)
        #expect(members[1].attributes.isEmpty)
    }

    /// The size that counts is PAX's: the header's would make a smuggled entry of the data.
    @Test func theSizeOfTheExtendedHeaderCounts() throws {
        let hidden = Blocks.header("smuggled", size: Blocks.octal(0))
        let archive =
            Blocks.extended([("size", "512")]) + Blocks.header("outer", size: Blocks.octal(0)) + hidden
            + Blocks.end
        let members = try read(archive)
        #expect(members.map { String(decoding: $0.entry.path, as: UTF8.self) } == ["outer"])
        #expect(members[0].bytes == hidden)
    }

    @Test func binaryNumbersAreRead() throws {
        var size = [UInt8](repeating: 0, count: 12)
        size.replaceSubrange(8..<12, with: [0, 0, 2, 1])
        size[0] = 0x80
        let negative = [UInt8](repeating: 0xff, count: 12)
        let id: [UInt8] = [0x80, 0, 0, 0, 0, 1, 0, 0]
        let archive =
            Blocks.header("x", magic: "ustar  \u{0}", patches: [(124, size), (136, negative), (108, id)])
            + Blocks.data([UInt8](repeating: 1, count: 513)) + Blocks.end
        let entry = try read(archive)[0].entry
        #expect(entry.size == 513)
        #expect(entry.seconds == -1)
        #expect(entry.uid == 65536)
    }

    @Test func oldHeadersAreRead() throws {
        let old = Blocks.header("dir/", type: "\u{0}", magic: "")
        let gnu =
            Blocks.long(String(repeating: "n", count: 300), type: "L")
            + Blocks.header("cut", magic: "ustar  \u{0}")
        let prefix = Blocks.header("name", patches: [(345, bytes("some/folder"))])
        let members = try read(old + gnu + prefix).map(\.entry)
        #expect(members[0].kind == .directory)
        #expect(members[0].path == bytes("dir"))
        #expect(members[1].path.count == 300)
        #expect(members[2].path == bytes("some/folder/name"))
    }

    /// GNU's old sparse files: four pieces in the header, 21 in each block after it.
    @Test func oldSparseFilesAreRead() throws {
        func pair(_ offset: Int, _ count: Int) -> [UInt8] {
            bytes(Blocks.octal(offset) + "\u{0}" + Blocks.octal(count) + "\u{0}")
        }
        let first = (0..<4).flatMap { pair($0 * 100, 1) }
        let header = Blocks.header(
            "holes", type: "S", size: Blocks.octal(6), magic: "ustar  \u{0}",
            patches: [(386, first), (482, [1]), (483, bytes(Blocks.octal(2000)))])
        let more = pair(400, 2) + pair(2000, 0)
        let archive = header + Blocks.data(more) + Blocks.data(bytes("abcdef")) + Blocks.end
        let member = try read(archive)[0]
        #expect(member.bytes.count == 2000)
        #expect(member.bytes.filter { $0 != 0 } == bytes("abcdef"))
        #expect(member.bytes[401] == UInt8(ascii: "f"))
        #expect(member.entry.segments?.count == 6)
    }

    @Test func theEndMayBeMissing() throws {
        let entry = Blocks.header("x")
        #expect(try read([]).isEmpty)
        #expect(try read(entry).count == 1)
        #expect(try read(entry + Blocks.end.prefix(512)).count == 1)
        #expect(try read(entry + Blocks.end + bytes("whatever follows")).count == 1)
    }

    /// Archives that are refused, with words of the reason.
    static let refused: [([UInt8], String)] = [
        (Blocks.header("x", sum: "000001\u{0} "), "entry x: the checksum"),
        (Blocks.header("x", size: "0000000009x"), "entry x: its size is no number"),
        (Blocks.header("x", size: "-0000000001"), "its size is no number"),
        (Blocks.header("x", patches: [(124, [UInt8](repeating: 0xff, count: 12))]), "its size is negative"),
        (
            Blocks.header("x", patches: [(124, [0x80, 1] + [UInt8](repeating: 0, count: 10))]),
            "size is no number"
        ),
        (
            Blocks.header("x", patches: [(108, [UInt8](repeating: 0xff, count: 8))]),
            "its uid -1 is out of range"
        ),
        (Blocks.header("x", type: "Z"), "entry x: its type 'Z' is not known"),
        (Blocks.header("x", type: "\u{7}"), "its type number 7 is not known"),
        (Blocks.header(""), "an entry without a name"),
        (Blocks.header("x", type: "2"), "a link that leads nowhere"),
        (
            Blocks.header("x", type: "3", patches: [(329, bytes("7777777\u{0}"))]),
            "its devmajor 2097151 is out of"
        ),
        (Blocks.header("x", type: "4", magic: ""), "a device without a number"),
        (Blocks.header("x", size: Blocks.octal(5)) + bytes("hello"), "entry x: the archive is cut off"),
        (Array(Blocks.header("x").dropLast()), "the archive is cut off"),
        (Blocks.extended([("path", "p")]), "the archive is cut off"),
        (Blocks.extended([("path", "p")]) + Blocks.end, "entry p: its header is missing"),
        (Blocks.extended([("path", "p")]) + Blocks.extended([("path", "q")]), "two extended headers"),
        (Blocks.long("p", type: "L") + Blocks.long("q", type: "L"), "two extended headers"),
        (Blocks.long("", type: "L"), "a long name that is empty"),
        (Blocks.end.prefix(512) + Blocks.header("x"), "a lone block of zeros"),
        (Blocks.extended(raw: "11 path=x\n"), "a record of wrong length"),
        (Blocks.extended(raw: "99 path=x\n"), "a record of wrong length"),
        (Blocks.extended(raw: "path=x\n"), "a record of wrong length"),
        (Blocks.extended(raw: "99999999999999999999999 path=x\n"), "a record of wrong length"),
        (Blocks.extended(raw: "9 path=xx"), "a record of wrong length"),
        (Blocks.extended(raw: "7 path\n"), "a record without a key"),
        (Blocks.extended(raw: "5 =x\n"), "without a key"),
        (Blocks.extended([("path", "a\u{0}b")]), "the record path=a?b of its extended header"),
        (Blocks.extended([("path", "p"), ("uid", "-1")]), "entry p: the record uid=-1"),
        (Blocks.extended([("uid", "4294967295")]), "the record uid=4294967295"),
        (Blocks.extended([("size", "9223372036854775808")]), "the record size="),
        (Blocks.extended([("mtime", "1.2.3")]), "the record mtime=1.2.3"),
        (Blocks.extended([("LIBARCHIVE.xattr.a%2", "")]), "the record LIBARCHIVE.xattr.a%2="),
        (Blocks.extended([("LIBARCHIVE.xattr.a", "?")]), "the record LIBARCHIVE.xattr.a=?"),
        (Blocks.extended([("SCHILY.xattr.", "x")]), "an attribute without a name"),
        (Blocks.extended([("size", "9223372036854775807")]) + Blocks.header("x"), "its size is too large"),
    ]

    @Test(arguments: refused)
    func malformedArchivesAreRefused(archive: [UInt8], reason: String) {
        for piece in [Int.max, 7] {
            let error = #expect(throws: ArchiveError.self) { try read(archive, piece: piece) }
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        }
    }

    /// Maps of sparse files that lie: records, and words of the reason.
    static let sparse: [([(String, String)], String)] = [
        ([("GNU.sparse.map", "0,1")], "without its real size"),
        ([("GNU.sparse.major", "1")], "without its real size"),
        ([("GNU.sparse.size", "9"), ("GNU.sparse.map", "0")], "the record GNU.sparse.map=0"),
        ([("GNU.sparse.size", "9"), ("GNU.sparse.map", "0,x")], "the record GNU.sparse.map="),
        ([("GNU.sparse.size", "9"), ("GNU.sparse.map", "0,10")], "leaves the file"),
        ([("GNU.sparse.size", "9"), ("GNU.sparse.map", "5,1,4,1")], "out of order"),
        ([("GNU.sparse.size", "9"), ("GNU.sparse.map", "1,9223372036854775807")], "leaves the file"),
        ([("GNU.sparse.size", "9"), ("GNU.sparse.map", "0,4")], "speaks of 4 bytes, and 5 are stored"),
        ([("GNU.sparse.offset", "1")], "numbytes is missing"),
        ([("GNU.sparse.numbytes", "1")], "GNU.sparse.numbytes"),
        ([("GNU.sparse.offset", "1"), ("GNU.sparse.offset", "1")], "GNU.sparse.offset"),
        ([("GNU.sparse.major", "2"), ("GNU.sparse.size", "9")], "without a map"),
        (
            [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "1"), ("GNU.sparse.size", "9")],
            "format of sparse"
        ),
        (
            [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "9")],
            "its sparse map is cut off"
        ),
    ]

    @Test(arguments: sparse)
    func sparseMapsThatLieAreRefused(records: [(String, String)], reason: String) {
        let archive =
            Blocks.extended(records) + Blocks.header("x", size: Blocks.octal(5)) + Blocks.data(bytes("abcde"))
        let error = #expect(throws: ArchiveError.self) { try read(archive) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func sizesOfHeadersAreBounded() {
        let large = Blocks.extended([("path", String(repeating: "p", count: 5000))])
        let error = #expect(throws: ArchiveError.self) { try read(large, extendedMax: 4096) }
        #expect(error?.reason == "an extended header of more than 4096 bytes")
        let announced = Blocks.header("y", type: "L", size: "77777777777")
        #expect(throws: ArchiveError.self) { try read(announced) }
        let many = (0..<1025).map { ("SCHILY.xattr.user.\($0)", "x") }
        let crowd = #expect(throws: ArchiveError.self) { try read(Blocks.extended(many)) }
        #expect(crowd?.reason == "more than 1024 attributes")
    }

    @Test func errorsShowHostileNamesHarmlessly() {
        let name = "\u{1b}[2J" + String(repeating: "n", count: 5000)
        let archive = Blocks.extended([("path", name)]) + Blocks.header("x", type: "Z")
        let error = #expect(throws: ArchiveError.self) { try read(archive) }
        #expect(error?.entry.hasPrefix("?[2Jnnn") == true)
        #expect((error?.description.count ?? 0) < 300)
    }
}
