import Archive
import Testing

@Suite struct WriterTests {
    private func entry(_ path: String, _ change: (inout Entry) -> Void = { _ in }) -> Entry {
        var entry = Entry()
        entry.path = bytes(path)
        entry.mode = 0o644
        change(&entry)
        return entry
    }

    /// Entries that need nothing beyond ustar, and how many blocks their headers take.
    @Test func plainEntriesTakeOneBlock() throws {
        let folder = String(repeating: "d", count: 90)
        let plain = [
            entry("etc/motd") { $0.size = 0o77777777777 }, entry("\(folder)/\(folder)/x") { $0.seconds = 1 },
            entry("dir") { $0.kind = .directory },
            entry("link") {
                $0.kind = .symbolicLink
                $0.link = bytes("../x")
            },
            entry("null") {
                $0.kind = .characterDevice
                $0.major = 0xfff
                $0.minor = 0xfffff
            },
            entry("mode") { $0.mode = 0o7777 }, entry("ids") { $0.uid = 0o7777777 },
        ]
        for entry in plain { #expect(try TarWriter.header(entry).count == 512, "\(entry)") }
    }

    @Test func whatIsWrittenIsRead() throws {
        let long = String(repeating: "long/", count: 100) + "name"
        let entries = [
            entry("a") { $0.seconds = 1_234_567_890 }, entry(long), entry("ümlaut"),
            entry("\(String(repeating: "x", count: 99))/"),
            entry("far") {
                $0.kind = .hardLink
                $0.link = bytes(long)
            },
            entry("ids") { ($0.uid, $0.gid) = (4_294_967_294, 2_097_152) },
            entry("old") { ($0.seconds, $0.nanoseconds) = (-2, 500_000_000) },
            entry("older") { $0.seconds = -1_000_000_000_000 }, entry("fine") { $0.nanoseconds = 1 },
            entry("future") { $0.seconds = 1 << 40 },
            entry("attributes") {
                $0.attributes = [
                    Entry.Attribute(name: bytes("security.capability"), value: [0, 10, 61, 255]),
                    Entry.Attribute(name: bytes("user.empty"), value: []),
                ]
            },
            entry("dir") {
                $0.kind = .directory
                $0.mode = 0o1777
            }, entry("pipe") { $0.kind = .fifo },
        ]
        let archive = try entries.flatMap { try TarWriter.header($0) } + TarWriter.end
        let back = try read(archive).map(\.entry)
        for (written, found) in zip(entries, back) {
            var expected = written
            if expected.path.last == UInt8(ascii: "/") {
                expected.kind = .directory
                expected.path.removeLast()
            }
            #expect(found == expected)
        }
        #expect(back.count == entries.count)
    }

    @Test func sparseFilesAreReadAgain() throws {
        let sparse = entry("some/holes") {
            $0.size = 1 << 42
            $0.segments = [
                Entry.Segment(offset: 10, count: 4), Entry.Segment(offset: 1 << 41, count: 3),
                Entry.Segment(offset: 1 << 42, count: 0),
            ]
        }
        let archive = try TarWriter.header(sparse) + Blocks.data(bytes("datamor")) + TarWriter.end
        var reader = TarReader()
        var data: [(Int64, [UInt8])] = []
        try archive.withUnsafeBytes { buffer in
            var input = buffer
            while let event = try reader.next(&input) {
                if case .data(let offset, let bytes) = event { data.append((offset, Array(bytes))) }
            }
        }
        try reader.finish()
        #expect(reader.entry == sparse)
        #expect(data.map(\.0) == [10, 1 << 41])
        #expect(data.map(\.1) == [bytes("data"), bytes("mor")])
    }

    @Test func whatTarCannotSayIsRefused() {
        let hopeless = [
            entry(""), entry("a\u{0}b"),
            entry("x") {
                $0.kind = .symbolicLink
                $0.link = [0]
            }, entry("x") { $0.attributes = [Entry.Attribute(name: bytes("user.a=b"), value: [])] },
        ]
        for entry in hopeless { #expect(throws: ArchiveError.self) { try TarWriter.header(entry) } }
    }

    /// Byte for byte what GNU tar makes of the same entry with `--format=ustar`, apart from names of owners.
    @Test func theBlockIsUstar() throws {
        let header = try TarWriter.header(
            entry("etc/motd") {
                ($0.uid, $0.gid, $0.seconds, $0.size) = (10, 28, 100, 5)
            })
        #expect(
            header
                == Blocks.header(
                    "etc/motd", size: Blocks.octal(5),
                    patches: [
                        (329, bytes("0000000\u{0}0000000\u{0}"))
                    ]))
    }
}
