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

    private static func connect(_ path: String, type: Int32) throws(SystemError) -> Descriptor {
        let made = Descriptor(
            try SystemError.check(socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0), "socket"))
        // A path of any length fits once the file is open: its name under /proc is short.
        let file = try Descriptor.open(path, O_PATH)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(("/proc/self/fd/" + String(file.number)).utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            // Sound: a name of /proc/self/fd is under 30 bytes, the room 108.
            room.copyBytes(from: bytes)
        }
        let result = withUnsafePointer(to: &address) { pointer in
            // Sound: sockaddr_un is a sockaddr with its own family; the length says how much of it.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general -> Int32 in
                Glibc.connect(
                    made.number, .init(__sockaddr__: general), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try SystemError.check(result, "connect", path)
        return made
    }

    /// Sends bytes with one descriptor.
    public static func send(_ descriptor: Int32, with bytes: [UInt8], to socket: Int32) throws(SystemError) {
        var descriptor = descriptor
        try SystemError.checkReturned(dl_send(socket, bytes, bytes.count, &descriptor, 1), "sendmsg")
    }
}
