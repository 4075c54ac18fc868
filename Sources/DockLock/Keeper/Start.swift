import CKernel
import Glibc
import Kernel
import Upkeep

extension Keeper {
    /// Starts a container's keeper, and waits until the container runs.
    ///
    /// The request is kept in the folder as `keeping.json`, for `settle` and for the next start.
    /// - Parameters:
    ///   - hello: what the first client is for. With `isLossless` it gets every byte of output from the first
    ///     on; a caller that only starts drops what it gets.
    ///   - program: the program to run as a keeper, for which this one stands.
    /// - Returns: the connection of that first client.
    /// - Throws: `KeeperError`, whose status is the exit status of docker's and podman's `run`.
    public static func start(
        _ keeping: Keeping, hello: Hello = Hello(), program: String = "/proc/self/exe"
    ) throws -> Client {
        let request = keeping.node.encoded()
        let path = keeping.folder + "/keeping.json"
        // A file that is replaced goes to the disk at once, which a start need not wait for in vain.
        if (try? Files.read(path, limit: 1 << 20)) != request { try Files.replace(path, with: request) }
        let memory = try Memory.file("keeping", request)
        let (ours, its) = try Sockets.pair()
        let end = Descriptor(its)
        let client = Client(ours)
        try client.send(Frame.hello.with(hello.node.encoded()))
        // Of the caller's environment only where its user's things are is the keeper's matter.
        let names = ["PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]
        let environment = names.compactMap { name in Host.environment(name).map { name + "=" + $0 } }
        let pid = try Processes.start(
            program, [programName], env: environment, descriptors: [end.number, memory.number])
        _ = consume end
        do {
            _ = try client.awaitStart()
        } catch {
            // It is about to end, and nobody else would wait for it.
            _ = try? Processes.collect(pid)
            throw error
        }
        return client
    }

    /// A request that `start` has kept.
    public static func keeping(of folder: String) throws -> Keeping {
        try Keeping(decoding: try Files.read(folder + "/keeping.json", limit: 1 << 20))
    }

    /// What is known of a container, and true: of one whose keeper was killed it says that it has ended by
    /// SIGKILL. nil where the container was never started.
    public static func state(of folder: String) throws -> KeptState? {
        // Asked first: a keeper that ends in between has written its state before.
        let holder = KeeperLock.holder(folder)
        let bytes: [UInt8]
        do {
            bytes = try Files.read(folder + "/state.json", limit: 1 << 20)
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
        var state = try KeptState(decoding: bytes)
        if state.status != .exited, holder == nil {
            state.status = .exited
            state.pid = 0
            state.exitStatus = 128 + SIGKILL
            state.error = "its keeper was killed"
        }
        return state
    }

    /// Removes a container that does not run: what a killed keeper left of it, its folder and its name.
    /// - Throws: `KeeperError` where its keeper lives.
    public static func remove(_ keeping: Keeping) throws {
        let lock = try KeeperLock.take(keeping.folder, id: keeping.id)
        try removeOCI(keeping, try dock(keeping))
        try? removeSocket(keeping)
        try removeAll(keeping)
        append("destroy", keeping, now)
        _ = consume lock
    }

    /// Clears what a killed keeper has left of a container: what still runs of it, its OCI state, its
    /// cgroup and socket; and writes down its end, or removes it altogether if it was to be removed.
    /// Does nothing to a container whose keeper lives. `finish` is that of `KeeperTasks`.
    /// - Returns: whether there was anything to clear.
    @discardableResult
    public static func settle(_ folder: String, finish: (Keeping) -> Void = { _ in }) throws -> Bool {
        guard Files.exists(folder + "/keeper.lock"), Files.exists(folder + "/keeping.json") else {
            return false
        }
        let keeping = try keeping(of: folder)
        let lock: Descriptor
        do {
            lock = try KeeperLock.take(folder, id: keeping.id)
        } catch is KeeperError {
            return false
        }
        let result = Result { try clear(keeping, finish) }
        _ = consume lock
        return try result.get()
    }

    /// With the lock held.
    private static func clear(_ keeping: Keeping, _ finish: (Keeping) -> Void) throws -> Bool {
        let folder = keeping.folder
        let bytes = try? Files.read(folder + "/state.json", limit: 1 << 20)
        var state = try bytes.map { try KeptState(decoding: $0) } ?? KeptState()
        let isKept = state.status == .exited && !keeping.removes
        if isKept, !Files.exists(keeping.socket) { return false }
        try Keeper.removeOCI(keeping, try dock(keeping))
        try? removeSocket(keeping)
        if isKept { return true }
        finish(keeping)
        if state.status != .exited {
            state.status = .exited
            state.pid = 0
            state.exitStatus = 128 + SIGKILL
            state.error = "its keeper was killed"
            state.finished = now
            append("die", keeping, now, [.init("exitCode", .string("137"))])
        }
        if keeping.removes {
            try removeAll(keeping)
            append("destroy", keeping, now)
        } else {
            try Files.replace(folder + "/state.json", with: state.node.encoded())
        }
        return true
    }
}
