import Glibc
import Kernel
import Upkeep

/// The log of a container. A full disk never stops the container: what cannot be written is counted, the
/// file keeps whole records only, and the writer tries again with the next.
final class LogWriter {
    private let options: LogOptions
    private var encoder: LogEncoder
    private var file: Descriptor?
    private var size: Int64 = 0
    /// Records that are not yet in the file.
    private var waiting: [UInt8] = []
    /// Bytes of records that could not be written.
    private(set) var lost: Int64 = 0

    init(_ options: LogOptions) throws(SystemError) {
        self.options = options
        encoder = LogEncoder(options.driver)
        guard options.driver != .none else { return }
        file = try open()
    }

    private func open(_ flags: Int32 = 0) throws(SystemError) -> Descriptor {
        let file = try Descriptor.open(
            options.path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | flags, mode: 0o600)
        var status = stat()
        try SystemError.check(fstat(file.number, &status), "stat", options.path)
        size = Int64(status.st_size)
        return file
    }

    func take(_ bytes: UnsafeRawBufferPointer, _ stream: LogStream, at now: Moment) {
        guard options.driver != .none else { return }
        let most = options.maxSize
        var total = size
        var from = 0
        // Where the file is full and the next begins.
        var cuts: [Int] = []
        encoder.take(bytes, stream, at: now, into: &waiting) { out in
            total += Int64(out.count - from)
            from = out.count
            if most > 0, total >= most {
                cuts.append(from)
                total = 0
            }
        }
        flush(cuts)
    }

    /// The container has ended.
    func finish(at now: Moment) {
        guard options.driver != .none else { return }
        encoder.finish(at: now, into: &waiting)
        flush([])
    }

    private func flush(_ cuts: [Int]) {
        var from = 0
        for cut in cuts {
            write(waiting[from..<cut])
            rotate()
            from = cut
        }
        if from < waiting.count { write(waiting[from...]) }
        waiting.removeAll(keepingCapacity: waiting.capacity <= 64 << 10)
    }

    private func write(_ bytes: ArraySlice<UInt8>) {
        guard let number = file?.number else {
            lost += Int64(bytes.count)
            return
        }
        var done = 0
        while done < bytes.count {
            let wrote = bytes.withUnsafeBytes { buffer in
                // Sound: `done < buffer.count`, the length is what is left after it.
                Glibc.write(number, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if wrote > 0 {
                done += wrote
            } else if errno != EINTR {
                // Half a record is worse than none.
                _ = ftruncate(number, off_t(size))
                lost += Int64(bytes.count)
                return
            }
        }
        size += Int64(done)
    }

    /// LOG becomes LOG.1, that LOG.2, and the oldest goes; with one file it is emptied. Readers find the
    /// place where they were by the file's number.
    private func rotate() {
        guard size > 0 else { return }
        if options.maxFiles < 2 {
            if let number = file?.number, ftruncate(number, 0) == 0 { size = 0 }
            return
        }
        for number in stride(from: options.maxFiles - 2, to: 0, by: -1) {
            rename("\(options.path).\(number)", "\(options.path).\(number + 1)")
        }
        guard rename(options.path, options.path + ".1") == 0 else { return }
        file = try? open(O_EXCL)
    }
}
