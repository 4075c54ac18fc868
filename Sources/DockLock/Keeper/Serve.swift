import CKernel
import Container
import Glibc
import Kernel
import Upkeep

/// Held by a keeper as long as it lives, and by nothing else: so nobody takes a killed keeper for a living
/// one, and a container never has two.
enum KeeperLock {
    static func take(_ folder: String, id: String) throws -> Descriptor {
        let file = try Descriptor.open(folder + "/keeper.lock", O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        // A record lock: the copies that we make of ourselves do not inherit it.
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        guard fcntl(file.number, F_SETLK, &lock) == 0 else {
            guard errno == EAGAIN || errno == EACCES else { throw SystemError("lock", errno, folder) }
            throw KeeperError("container \(id) is running already")
        }
        return file
    }

    /// The same for a next start: where the container has ended and its last keeper is about to go, waits for
    /// that, but no longer than ten seconds.
    static func takeNext(_ folder: String, id: String) throws -> Descriptor {
        do {
            return try take(folder, id: id)
        } catch let error as KeeperError {
            let bytes = try? Files.read(folder + "/state.json", limit: 1 << 20)
            guard let bytes, try KeptState(decoding: bytes).status == .exited else { throw error }
            if let last = holder(folder), let process = try? Processes.open(pid: last) {
                var entry = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
                _ = poll(&entry, 1, 10_000)
            }
            return try take(folder, id: id)
        }
    }

    /// The keeper of this folder's container; nil where none lives.
    static func holder(_ folder: String) -> Int32? {
        guard let file = try? Descriptor.open(folder + "/keeper.lock", O_RDWR | O_NOFOLLOW) else {
            return nil
        }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        guard fcntl(file.number, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return lock.l_pid
    }
}

extension Keeper {
    /// What a program's name must be for it to be a keeper.
    public static let programName = "docklock-keeper"

    /// The keeper's whole life. Descriptor 3 is its first client, 4 the request.
    public static func serve(_ tasks: KeeperTasks = KeeperTasks()) -> Int32 {
        Processes.closeFrom(5)
        for number in [Int32(3), 4] { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK)
        Processes.rename("docklock-keeper")
        Processes.adoptOrphans()
        umask(0o022)
        _ = chdir("/")
        let first = Peer(3)
        do {
            let request = Descriptor(4)
            let keeping = try Keeping(decoding: try request.readAll(limit: 1 << 20))
            _ = consume request
            if let packet = first.receive() {
                first.hello = try Hello(decoding: Array(packet.dropFirst()))
            }
            let keeper = try Keeper(keeping, first, tasks)
            defer {
                // While we still have the lock: the next keeper's socket has the same name.
                withExtendedLifetime(keeper) { try? Keeper.removeSocket(keeping) }
                if let folder = keeper.withdrawn { try? Trees.remove(folder) }
            }
            try keeper.begin()
            keeper.run()
            return 0
        } catch {
            let status = (error as? KeeperError)?.status ?? 125
            first.send(Frame.failed.with([UInt8(truncatingIfNeeded: status)] + Array("\(error)".utf8)))
            return status
        }
    }

    static func removeSocket(_ keeping: Keeping) throws(SystemError) {
        try Files.remove(keeping.socket)
        try Files.removeDirectory(keeping.socketRoot + "/" + keeping.id)
    }

    /// A container's name, if that is still its own, and its folder with everything in it.
    static func removeAll(_ keeping: Keeping) throws(SystemError) {
        try Trees.remove(try withdraw(keeping))
    }

    /// Takes a container from all lists, at once: its name goes, and its folder becomes one that is only
    /// still to be removed, by us or, if we are killed, by `repair`.
    /// - Returns: that folder.
    static func withdraw(_ keeping: Keeping) throws(SystemError) -> String {
        if !keeping.nameLink.isEmpty, let target = try? Files.link(keeping.nameLink),
            target == keeping.id || target.hasSuffix("/" + keeping.id)
        {
            try Files.remove(keeping.nameLink)
        }
        let path = keeping.folder.utf8
        let parent = path.lastIndex(of: UInt8(ascii: "/")).map { String(keeping.folder[..<$0]) } ?? "."
        let gone = parent + "/" + withdrawnPrefix + keeping.id
        try Files.rename(keeping.folder, gone)
        return gone
    }

    /// What the names of folders begin with that are only still to be removed.
    public static let withdrawnPrefix = ".gone-"
}
