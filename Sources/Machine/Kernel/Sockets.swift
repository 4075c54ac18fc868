import CKernel
import Glibc

/// Unix sockets.
public enum Sockets {
    /// Connects to a stream socket at a path, which may be longer than an address holds.
    public static func connect(_ path: String) throws(SystemError) -> Descriptor {
        try connect(path, type: Int32(SOCK_STREAM.rawValue))
    }

    /// Sends one datagram to a socket at a path.
    public static func datagram(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let socket = try connect(path, type: Int32(SOCK_DGRAM.rawValue))
        try SystemError.check(
            Glibc.send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL)), "send", path)
    }

    /// A socket for datagrams, of that name in a folder and open to whoever can reach it.
    public static func listen(
        _ folder: String, name: String, mode: mode_t
    ) throws(SystemError) -> Descriptor {
        let made = Descriptor(
            try SystemError.check(
                socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket"))
        let directory = try Descriptor.open(folder, O_PATH | O_DIRECTORY)
        try Files.remove(name, at: directory.number)
        let short = "/proc/self/fd/" + String(directory.number) + "/" + name
        try SystemError.check(
            withAddress(short) { Glibc.bind(made.number, .init(__sockaddr__: $0), $1) }, "bind", folder)
        try SystemError.check(chmod(short, mode), "chmod", folder)
        return made
    }

    static func connect(_ path: String, type: Int32) throws(SystemError) -> Descriptor {
        let made = Descriptor(
            try SystemError.check(socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0), "socket"))
        // A path of any length fits once the file is open: its name under /proc is short.
        let file = try Descriptor.open(path, O_PATH)
        let short = "/proc/self/fd/" + String(file.number)
        try SystemError.check(
            withAddress(short) { Glibc.connect(made.number, .init(__sockaddr__: $0), $1) }, "connect", path)
        return made
    }

    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            // Sound: names under /proc/self/fd are less than 60 bytes, the room 108.
            room.copyBytes(from: bytes)
        }
        return withUnsafePointer(to: &address) { pointer in
            // Sound: sockaddr_un is a sockaddr with its own family; the length says how much of it.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                body(general, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Sends bytes with one descriptor.
    public static func send(_ descriptor: Int32, with bytes: [UInt8], to socket: Int32) throws(SystemError) {
        var descriptor = descriptor
        try SystemError.checkReturned(dl_send(socket, bytes, bytes.count, &descriptor, 1), "sendmsg")
    }
}
