import Glibc
import Kernel
import OCI

/// The way by which a container tells systemd or an engine that it is ready (sd_notify(3)): a socket of its
/// own, in a folder that lies in the container where NOTIFY_SOCKET says. The runtime passes on that it is
/// ready and nothing else: systemd believes only processes of the service, and a container may not speak
/// for it.
final class Notify {
    static let folder = "notify"
    /// Beside criu's images: where the folder lies in the container, without a newline.
    static let imageFile = "docklock-notify"
    private let target: String
    private let socket: Descriptor
    private let journal: Journal

    var number: Int32 { socket.number }

    /// The socket that the caller wants to hear on; abstract ones cannot be named in a container.
    static var target: String? {
        guard let path = Host.environment("NOTIFY_SOCKET"), path.utf8.first == UInt8(ascii: "/") else {
            return nil
        }
        return path
    }

    /// Where the folder lies in a container of this configuration. One without a mount namespace of its own
    /// gets none: the mount would be the host's, or another container's.
    static func place(in spec: Spec) -> String? {
        let isolates = spec.linux.namespaces.contains { $0.kind == .mount && $0.path == nil }
        return isolates ? target : nil
    }

    /// The folder's mount at `target` in the container.
    static func mount(_ folder: Folder, at target: String) throws -> Mount {
        var mount = Mount()
        mount.destination = target
        mount.type = "bind"
        mount.source = try Files.realPath(folder.path) + "/" + Notify.folder
        mount.options = ["bind", "nosuid", "noexec", "nodev", "ro"]
        return mount
    }

    /// Makes the folder, its mount, and what the program is told of it.
    static func add(to spec: inout Spec, of folder: Folder, at target: String) throws {
        try Files.makeDirectory(Notify.folder, at: folder.directory.number)
        spec.mounts.append(try mount(folder, at: target))
        spec.process?.env.removeAll { $0.hasPrefix("NOTIFY_SOCKET=") }
        spec.process?.env.append("NOTIFY_SOCKET=" + target + "/notify")
    }

    /// Begins to listen, where the caller wants to hear and `create` has made the folder.
    static func listen(_ folder: Folder, _ journal: Journal) throws -> Notify? {
        guard let target else { return nil }
        let path = folder.path + "/" + Notify.folder
        guard Files.isDirectory(path) else { return nil }
        return Notify(target, try Sockets.listen(path, name: "notify", mode: 0o777), journal)
    }

    private init(_ target: String, _ socket: consuming Descriptor, _ journal: Journal) {
        self.target = target
        self.socket = socket
        self.journal = journal
    }

    /// Takes a message. True once it said that the container is ready, which is passed on. Where nobody takes
    /// the word, the container runs on nevertheless.
    func take() -> Bool {
        var room = [UInt8](repeating: 0, count: 4096)
        let got = recv(socket.number, &room, room.count, Int32(MSG_DONTWAIT))
        guard got > 0 else { return false }
        let ready = Array("READY=1".utf8)
        guard room[..<got].split(separator: UInt8(ascii: "\n")).contains(where: { $0.elementsEqual(ready) })
        else { return false }
        do {
            try Sockets.datagram(ready, to: target)
        } catch {
            journal.warn("cannot pass on that the container is ready: \(error)")
        }
        return true
    }

    /// Waits until the container is ready, or has ended.
    func wait(_ process: Int32) throws {
        while true {
            var entries = [socket.number, process].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if poll(&entries, 2, -1) < 0, errno != EINTR { throw SystemError("poll", errno) }
            if entries[0].revents != 0, take() { return }
            if entries[0].revents == 0, entries[1].revents != 0 { return }
        }
    }
}
