import Glibc
import Kernel
import Testing

@Suite struct SocketsTests {
    /// Listens at a name below a folder, however long the folder's path is.
    private func listen(_ folder: String, _ type: __socket_type) throws -> Descriptor {
        let made = Descriptor(socket(AF_UNIX, Int32(type.rawValue), 0))
        let directory = try Descriptor.open(folder, O_PATH | O_DIRECTORY)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("/proc/self/fd/\(directory.number)/socket".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made.number, .init(__sockaddr__: $0), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        if type == SOCK_STREAM { try #require(Glibc.listen(made.number, 1) == 0) }
        return made
    }

    /// A folder whose path is longer than the 108 bytes of an address.
    private func longFolder(_ scratch: Scratch) throws -> String {
        let folder = scratch.file(String(repeating: "x", count: 200))
        try Files.makeDirectory(folder)
        return folder
    }

    @Test func pathMayBeLongerThanAnAddress() throws {
        let scratch = try Scratch()
        let folder = try longFolder(scratch)
        let server = try listen(folder, SOCK_STREAM)
        let client = try Sockets.connect(folder + "/socket")
        let accepted = Descriptor(accept(server.number, .init(__sockaddr__: nil), nil))
        try client.write("word")
        var room = [UInt8](repeating: 0, count: 8)
        #expect(read(accepted.number, &room, 8) == 4)
        try Sockets.send(0, with: [65], to: client.number)
        #expect(read(accepted.number, &room, 8) == 1)
        #expect(room[0] == 65)
    }

    @Test func datagramArrives() throws {
        let scratch = try Scratch()
        let folder = try longFolder(scratch)
        let server = try listen(folder, SOCK_DGRAM)
        try Sockets.datagram([1, 2, 3], to: folder + "/socket")
        var room = [UInt8](repeating: 0, count: 8)
        #expect(read(server.number, &room, 8) == 3)
    }

    @Test func absentSocketIsNamed() throws {
        let scratch = try Scratch()
        #expect(throws: SystemError("open", ENOENT, scratch.file("none"))) {
            _ = try Sockets.connect(scratch.file("none"))
        }
        try Files.replace(scratch.file("file"), with: [])
        #expect(throws: SystemError("connect", ECONNREFUSED, scratch.file("file"))) {
            _ = try Sockets.connect(scratch.file("file"))
        }
    }
}
