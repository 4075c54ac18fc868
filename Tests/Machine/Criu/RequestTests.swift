import Testing

@testable import Criu

@Suite struct RequestTests {
    /// Number and content of each field of the options in a request.
    private func options(_ request: CriuRequest) throws -> [ProtocolReader.Field] {
        let bytes = request.encoded()
        var reader = ProtocolReader(bytes[...])
        #expect(try reader.next() == .init(number: 1, content: .number(UInt64(request.kind.rawValue))))
        let second = try #require(try reader.next())
        #expect(second.number == 2)
        #expect(try reader.next() == nil)
        return try fields(try #require(second.content.bytes))
    }

    private func fields(_ bytes: ArraySlice<UInt8>) throws -> [ProtocolReader.Field] {
        var reader = ProtocolReader(bytes)
        var found: [ProtocolReader.Field] = []
        while let field = try reader.next() { found.append(field) }
        return found
    }

    private func texts(_ field: ProtocolReader.Field) throws -> [String?] {
        try fields(try #require(field.content.bytes)).map(\.content.text)
    }

    @Test func whatIsNotAskedForIsLeftOut() throws {
        let request = CriuRequest(.dump, images: 7, logFile: "dump.log")
        let found = try options(request)
        #expect(found.map(\.number) == [1, 6, 9, 10, 12, 13, 24, 34, 50])
        #expect(found.first?.content.number == 7)
        #expect(found.first { $0.number == 10 }?.content.text == "dump.log")
        #expect(found.first { $0.number == 34 }?.content.number == 6)
    }

    @Test func aRestoredProcessBecomesOurChild() throws {
        let found = try options(CriuRequest(.restore, images: 7, logFile: "restore.log"))
        #expect(found.contains(.init(number: 26, content: .number(1))))
    }

    @Test func mountsAndDescriptorsKeepTheirOrder() throws {
        var request = CriuRequest(.restore, images: 7, logFile: "restore.log")
        request.mounts = [.init("/mnt", "/srv"), .init("/dev/null", "/dev/null")]
        request.inherited = [.init("pipe:[12]", 9)]
        request.cgroupRoots = [.init("", "/a"), .init("pids", "/b")]
        let found = try options(request)
        #expect(
            try found.filter { $0.number == 23 }.map(texts) == [
                ["/mnt", "/srv"], ["/dev/null", "/dev/null"],
            ])
        #expect(try found.filter { $0.number == 25 }.map(texts) == [["", "/a"], ["pids", "/b"]])
        let inherited = try fields(try #require(found.first { $0.number == 27 }?.content.bytes))
        #expect(inherited.map(\.content.text) == ["pipe:[12]", nil])
        #expect(inherited.last?.content.number == 9)
    }

    @Test func theOptionsHaveTheirNumbers() throws {
        var request = CriuRequest(.preDump, images: 7, logFile: "dump.log")
        request.pid = 4321
        request.work = 8
        request.root = "/root"
        request.parentImages = "parent"
        request.leavesRunning = true
        request.externalUnixSockets = true
        request.tcpEstablished = true
        request.shellJob = true
        request.fileLocks = true
        request.linkRemap = true
        request.autoDedup = true
        request.lazyPages = true
        request.tracksMemory = true
        request.pageServer = .init(address: "::1", port: 9)
        request.external = ["net[5]:extRootNetNS"]
        request.joined = [.init("uts", "/proc/1/ns/uts")]
        request.emptyNamespaces = 0x4000_0000
        request.cgroupMode = .ignore
        request.freezer = "/freezer"
        request.lsmProfile = "apparmor:x"
        request.lsmMountContext = "context"
        request.configFile = "/etc/criu.conf"
        let found = try options(request)
        #expect(
            found.map(\.number) == [
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 24, 34, 37, 38, 39, 44, 48, 50,
                51,
                53, 63,
            ])
        func number(_ field: UInt64) -> UInt64? { found.first { $0.number == field }?.content.number }
        #expect(number(2) == 4321)
        #expect(number(17) == 8)
        #expect(number(34) == 0)
        #expect(number(38) == 0x4000_0000)
        let server = try fields(try #require(found.first { $0.number == 11 }?.content.bytes))
        #expect(server.map(\.number) == [1, 2])
        #expect(server.last?.content.number == 9)
    }

    @Test func anAnswerToAStage() {
        #expect(CriuRequest.answer(true) == [0x08, 0x06, 0x18, 0x01])
        #expect(CriuRequest.answer(false) == [0x08, 0x06, 0x18, 0x00])
    }
}
