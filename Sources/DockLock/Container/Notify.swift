import Glibc
import Kernel
import OCI

/// sd_notify(3) of a container: its program says that it is ready to a socket of ours, and we say so to
/// $NOTIFY_SOCKET. As in crun, the directory of that socket is shown where our caller's socket lies outside.
final class Notify {
    /// The directory in the container's folder, and the socket in it.
    static let name = "notify"
    private let socket: Descriptor
    private let host: String

    /// The caller's socket; nil where there is none, or no file.
    private static var host: String? {
        guard let path = Host.environment("NOTIFY_SOCKET"), path.utf8.first == UInt8(ascii: "/") else {
            return nil
        }
        return path
    }

    /// The configuration with the mount and the variable that the container needs, `folder` being its
    /// folder's path.
    static func extend(_ spec: inout Spec, folder: String) {
        guard let host, spec.linux.namespaces.contains(where: { $0.kind == .mount && $0.path == nil }) else {
            return
        }
        var mount = Mount()
        mount.destination = host
        mount.type = "bind"
        mount.source = folder + "/" + name
        mount.options = ["rbind", "private", "nosuid", "nodev", "noexec"]
        spec.mounts.append(mount)
        spec.process?.env.removeAll { $0.hasPrefix("NOTIFY_SOCKET=") }
        spec.process?.env.append("NOTIFY_SOCKET=" + host + "/" + name)
    }

    /// Makes the directory that is shown to the container.
    static func prepare(_ folder: Folder) throws {
        guard host != nil else { return }
        try Files.makeDirectory(name, at: folder.directory.number)
    }

    /// Takes the directory out of a folder that is deleted.
    static func remove(from folder: Folder) throws(SystemError) {
        try Files.remove(name + "/" + name, at: folder.directory.number)
        try Files.removeDirectory(name, at: folder.directory.number)
    }

    /// Listens for a container that was made with a caller's socket; nil for others.
    init?(_ folder: Folder) throws {
        guard let host = Notify.host, Files.isDirectory(Notify.name, at: folder.directory.number) else {
            return nil
        }
        self.host = host
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        socket = Descriptor(try SystemError.check(Glibc.socket(AF_UNIX, type, 0), "socket"))
        let directory = try Descriptor.open(Notify.name, O_PATH | O_DIRECTORY, at: folder.directory.number)
        try Files.remove(Notify.name, at: directory.number)
        try bind("/proc/self/fd/\(directory.number)/\(Notify.name)")
        // Any user of the container may be the one to say it.
        try SystemError.check(fchmodat(directory.number, Notify.name, 0o777, 0), "chmod", Notify.name)
    }

    private func bind(_ path: String) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            // Sound: a name below /proc/self/fd is under 40 bytes, the room 108.
            room.copyBytes(from: Array(path.utf8))
        }
        let result = withUnsafePointer(to: &address) { pointer in
            // Sound: sockaddr_un is a sockaddr with its own family; the length says how much of it.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general -> Int32 in
                Glibc.bind(
                    socket.number, .init(__sockaddr__: general), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try SystemError.check(result, "bind", Notify.name)
    }

    /// What poll(2) is to look at.
    var descriptor: Int32 { socket.number }

    /// Reads one message; true when it said that the program is ready, which has been passed on.
    func relay() -> Bool {
        var room = [UInt8](repeating: 0, count: 4096)
        let got = recv(socket.number, &room, room.count, Int32(MSG_DONTWAIT))
        guard got > 0 else { return false }
        let lines = room[..<got].split(separator: UInt8(ascii: "\n"))
        guard lines.contains(where: { $0.elementsEqual("READY=1".utf8) }) else { return false }
        // The service manager may have gone; the container is ready all the same.
        try? Sockets.datagram(Array("READY=1".utf8), to: host)
        return true
    }

    /// Waits until the program is ready, or gone.
    func wait(for process: borrowing Descriptor) throws {
        while true {
            var entries = [socket.number, process.number].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            if poll(&entries, 2, -1) < 0, errno != EINTR { throw SystemError("poll", errno) }
            if entries[0].revents != 0, relay() { return }
            if entries[1].revents != 0 { return }
        }
    }
}
