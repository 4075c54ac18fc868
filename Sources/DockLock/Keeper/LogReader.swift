import CKernel
import Glibc
import Kernel
import Upkeep

/// Reads a container's log: over its rotated files, and on with what is still written.
public final class LogReader {
    private let options: LogOptions
    /// The container's folder, whose `state.json` tells of its end.
    private let folder: String

    public init(_ options: LogOptions, folder: String) {
        self.options = options
        self.folder = folder
    }

    /// Calls `take` with every record that is chosen, in order, until it answers false; following, until the
    /// container has ended.
    public func read(_ choice: LogChoice, _ take: (LogRecord) throws -> Bool) throws {
        guard options.driver != .none else { throw KeeperError("the container keeps no log") }
        // Before the first look, so that nothing comes unseen between looking and waiting.
        let watch = choice.follows ? try LogWatch(folder, options.path) : nil
        var files = openAll()
        if let tail = choice.tail { try skip(&files, to: tail) }
        while let file = files.first {
            guard try file.drain(options.driver, choice, take) else { return }
            if files.count > 1 { files.removeFirst() } else { break }
        }
        guard let watch else { return }
        var current = files.first
        while true {
            // Asked before the last look: what was written before the end is then read.
            let isOver = Self.isOver(folder)
            if current == nil { current = LogFile(options.path) }
            if let file = current {
                guard try file.drain(options.driver, choice, take) else { return }
                current = try next(after: file, choice, take)
                if current !== file {
                    if current != nil { continue }
                    return
                }
            }
            if isOver { return }
            if let until = choice.until, Keeper.now > until { return }
            watch.wait(keeper: KeeperLock.holder(folder), until: choice.until)
        }
    }

    private static func isOver(_ folder: String) -> Bool {
        guard let state = try? Keeper.state(of: folder) else { return true }
        return state.status == .exited
    }

    private func path(_ age: Int64) -> String { age == 0 ? options.path : "\(options.path).\(age)" }

    /// The files, the oldest first. They are opened from the newest on: one that is rotated meanwhile is
    /// met twice, and not missed.
    private func openAll() -> [LogFile] {
        var files: [LogFile] = []
        for age in 0..<max(1, options.maxFiles) {
            guard let file = LogFile(path(age)) else { continue }
            if !files.contains(where: { $0.isSame(file) }) { files.append(file) }
        }
        return files.reversed()
    }

    /// The file that follows a file read to its end: itself, as long as it is the current one. nil where
    /// the reader wants no more.
    private func next(
        after file: LogFile, _ choice: LogChoice, _ take: (LogRecord) throws -> Bool
    ) throws -> LogFile? {
        if let current = LogFile(options.path), current.isSame(file) { return file }
        // Rotated: it is complete now, which it may not have been before.
        guard try file.drain(options.driver, choice, take) else { return nil }
        let files = openAll()
        guard let place = files.firstIndex(where: { $0.isSame(file) }) else { return files.first ?? file }
        return place + 1 < files.count ? files[place + 1] : file
    }

    /// Leaves out all but the last `count` records.
    private func skip(_ files: inout [LogFile], to count: Int) throws {
        var left = count
        for index in files.indices.reversed() {
            left = try files[index].seek(last: left)
            if left == 0 {
                files.removeFirst(index)
                return
            }
        }
    }
}

/// One file of a log, and how far it is read.
private final class LogFile {
    private static let blockSize = 64 << 10
    /// The longest line that can be a record: a full one, all of it escaped.
    private static let lineMax = 1 << 18
    private let number: Int32
    private let identity: (ino_t, dev_t)
    private var offset: off_t = 0
    private var line: [UInt8] = []

    init?(_ path: String) {
        guard let file = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return nil }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        identity = (status.st_ino, status.st_dev)
        number = file.take()
    }

    deinit { close(number) }

    func isSame(_ other: LogFile) -> Bool { identity == other.identity }

    private func block(at place: off_t, _ size: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        let got = try SystemError.check(pread(number, &bytes, size, place), "read the log")
        bytes.removeLast(size - got)
        return bytes
    }

    private var size: off_t {
        var status = stat()
        return fstat(number, &status) == 0 ? status.st_size : 0
    }

    /// Reads to the end: false where the reader wants no more.
    func drain(
        _ driver: LogOptions.Driver, _ choice: LogChoice, _ take: (LogRecord) throws -> Bool
    ) throws -> Bool {
        // Emptied by the rotation of a single file.
        if size < offset {
            offset = 0
            line = []
        }
        while true {
            let bytes = try block(at: offset, LogFile.blockSize)
            if bytes.isEmpty { return true }
            offset += off_t(bytes.count)
            var from = 0
            while let end = bytes[from...].firstIndex(of: UInt8(ascii: "\n")) {
                line += bytes[from..<end]
                from = end + 1
                defer { line.removeAll(keepingCapacity: true) }
                guard line.count <= LogFile.lineMax, let record = LogRecord(line, driver) else { continue }
                if let until = choice.until, choice.follows, record.time > until { return false }
                if choice.takes(record), try !take(record) { return false }
            }
            if line.count <= LogFile.lineMax { line += bytes[from...] }
        }
    }

    /// Moves to the last `count` records. Returns how many of them this file does not have.
    func seek(last count: Int) throws(SystemError) -> Int {
        var left = count
        var place = size
        offset = place
        // The newline that ends the last record begins none.
        var isEnd = true
        while place > 0 {
            let from = max(0, place - off_t(LogFile.blockSize))
            let bytes = try block(at: from, Int(place - from))
            for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
                if isEnd {
                    isEnd = false
                    continue
                }
                left -= 1
                if left <= 0 {
                    if count > 0 { offset = from + off_t(index) + 1 }
                    return 0
                }
            }
            place = from
        }
        if count == 0 { return 0 }
        offset = 0
        return isEnd ? left : left - 1
    }
}

/// Wakes a reader when a log or a state may be another.
private final class LogWatch {
    private let inotify: Descriptor

    init(_ folder: String, _ log: String) throws(SystemError) {
        inotify = Descriptor(try SystemError.check(inotify_init1(O_CLOEXEC | O_NONBLOCK), "inotify_init1"))
        let parent = log[..<(log.lastIndex(of: "/") ?? log.startIndex)]
        let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF)
        for path in Set([folder, String(parent)]) {
            try SystemError.check(inotify_add_watch(inotify.number, path, mask), "watch", path)
        }
    }

    /// Until something has changed, the keeper has died, or the moment has come.
    func wait(keeper: Int32?, until: Moment?) {
        // One that has died since the caller looked wakes nobody.
        guard let keeper, let process = try? Processes.open(pid: keeper).take() else { return }
        defer { close(process) }
        var entries = [inotify.number, process].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let millis = until.map { max(0, ($0.nanoseconds - Keeper.now.nanoseconds) / 1_000_000 + 1) }
        poll(&entries, 2, millis.map { Int32(clamping: $0) } ?? -1)
        var room = [UInt8](repeating: 0, count: 4096)
        while read(inotify.number, &room, room.count) > 0 {}
    }
}
