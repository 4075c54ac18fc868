import Glibc
import Kernel
import Report
import Verbs

extension Dock {
    /// `create`: makes a container and leaves it waiting for `start`.
    public func create(_ options: CreateOptions) throws {
        let making = try Making(self, options, asksTerminal: true)
        try making.make(waits: true)
        do {
            try making.go()
        } catch {
            making.undo()
            throw error
        }
    }

    /// `start`: lets a created container run its program.
    public func start(_ id: String) throws {
        let folder = try store.lock(id)
        let record = try folder.record()
        let status = record.status(in: folder)
        guard status == .created else {
            throw ContainerError("cannot start container \(id): it is \(status.rawValue), not created")
        }
        let writer = try Descriptor.open(Store.fifo, O_WRONLY | O_NONBLOCK, at: folder.directory.number)
        let notify = try Notify.listen(folder, journal)
        try writer.write("s", name: Store.fifo)
        try waitForExec(writer, folder, id)
        try folder.remove(Store.fifo)
        try runPoststart(folder, record)
        guard let notify, let process = try? Processes.open(pid: record.pid), record.isAlive else { return }
        folder.unlock()
        try notify.wait(process.number)
    }

    /// The last reader of the fifo goes with exec, or with the process's death: then the pipe reports an
    /// error to its writer. What the process could not do, it has written back into the pipe.
    private func waitForExec(_ writer: borrowing Descriptor, _ folder: Folder, _ id: String) throws {
        var entry = pollfd(fd: writer.number, events: 0, revents: 0)
        while poll(&entry, 1, -1) < 0 {
            guard errno == EINTR else { throw SystemError("poll", errno, Store.fifo) }
        }
        let reader = try Descriptor.open(Store.fifo, O_RDONLY | O_NONBLOCK, at: folder.directory.number)
        var room = [UInt8](repeating: 0, count: 4096)
        let got = read(reader.number, &room, room.count)
        guard got > 0 else { return }
        try? folder.remove(Store.fifo)
        if got == 1 { throw ContainerError("cannot start container \(id): it died before it was started") }
        throw ContainerError("cannot start container \(id): " + String(decoding: room[..<got], as: UTF8.self))
    }

    func runPoststart(_ folder: Folder, _ record: Record) throws {
        let bytes = try folder.read(Store.configFile)
        // Parsing what is most of the time without hooks costs more than looking for the word.
        guard bytes.holds("poststart") else { return }
        let spec = try folder.spec()
        do {
            try Hooks.run(spec.hooks.poststart, "poststart", record.state(.running, pid: record.pid).hookNode)
        } catch {
            try? Kernel.Processes.signal(try Kernel.Processes.open(pid: record.pid), SIGKILL)
            throw error
        }
    }
}

extension [UInt8] {
    /// Whether a word of ASCII stands anywhere in these bytes.
    func holds(_ word: StaticString) -> Bool {
        withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            // Sound: both lengths are those of the memory behind the pointers.
            return memmem(base, buffer.count, word.utf8Start, word.utf8CodeUnitCount) != nil
        }
    }
}
