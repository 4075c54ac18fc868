import CKernel
import Glibc

/// Unix sockets that keep the borders of packets (SOCK_SEQPACKET).
extension Sockets {
    private static let packet = Int32(SOCK_SEQPACKET.rawValue)

    /// Two connected ends; the caller closes both.
    public static func pair() throws(SystemError) -> (Int32, Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &ends) { bytes in
            // Sound: the tuple is two adjacent Int32, as socketpair(2) wants.
            socketpair(
                AF_UNIX, packet | Int32(SOCK_CLOEXEC.rawValue), 0,
                bytes.bindMemory(to: Int32.self).baseAddress)
        }
        try SystemError.check(result, "socketpair")
        return ends
    }

    /// Listens under a name in a folder, for the folder's owner alone. Neither this socket nor those it
    /// accepts ever wait.
    public static func serve(_ folder: String, name: String) throws(SystemError) -> Descriptor {
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let made = Descriptor(try SystemError.check(socket(AF_UNIX, packet | flags, 0), "socket"))
        let directory = try Descriptor.open(folder, O_PATH | O_DIRECTORY)
        try Files.remove(name, at: directory.number)
        let short = "/proc/self/fd/" + String(directory.number) + "/" + name
        // Before it can be connected to.
        try SystemError.check(fchmod(made.number, 0o600), "chmod", folder)
        try SystemError.check(
            withAddress(short) { Glibc.bind(made.number, .init(__sockaddr__: $0), $1) }, "bind", folder)
        try SystemError.check(Glibc.listen(made.number, 64), "listen", folder)
        return made
    }

    /// A connection that waits to be accepted, by whom it was made; nil where there is none.
    public static func accept(_ listener: borrowing Descriptor) -> (number: Int32, uid: UInt32)? {
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = accept4(listener.number, .init(__sockaddr__: nil), nil, flags)
        guard number >= 0 else { return nil }
        // struct ucred: pid, uid, gid.
        var credentials: [UInt32] = [0, 0, 0]
        var size = socklen_t(12)
        guard getsockopt(number, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, size == 12 else {
            close(number)
            return nil
        }
        return (number, credentials[1])
    }

    /// Connects to what `serve` has made at a path.
    public static func connectPackets(_ path: String) throws(SystemError) -> Descriptor {
        try connect(path, type: packet)
    }

    /// Sends one packet: false where it would have to wait.
    public static func sendPacket(_ socket: Int32, _ bytes: [UInt8]) throws(SystemError) -> Bool {
        while true {
            if Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0 { return true }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS: return false
            default: throw SystemError("send", errno)
            }
        }
    }

    /// Receives one packet of at most `size` bytes: nil where there is none now, empty at the end.
    public static func receivePacket(_ socket: Int32, size: Int) throws(SystemError) -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: size)
        while true {
            let got = recv(socket, &room, size, 0)
            if got >= 0 {
                room.removeLast(size - got)
                return room
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            case ECONNRESET: return []
            default: throw SystemError("receive", errno)
            }
        }
    }
}
