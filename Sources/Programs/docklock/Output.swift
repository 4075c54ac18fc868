import Glibc
import Kernel
import Verbs

/// Where a command's words go: results to stdout, complaints to stderr and to the log that engines read.
enum Output {
    static func print(_ bytes: [UInt8]) throws {
        let out = Descriptor(try SystemError.check(fcntl(1, F_DUPFD_CLOEXEC, 3), "dup"))
        try out.write(bytes, name: "standard output")
    }

    static func print(_ text: String) throws { try print(Array(text.utf8)) }

    static func complain(_ message: String) {
        let line = Array("docklock: ".utf8) + Array(message.utf8) + [UInt8(ascii: "\n")]
        _ = write(2, line, line.count)
    }

    /// Ends the process without the C library's handlers: nothing is buffered here.
    static func end(_ status: Int32) -> Never { _exit(status) }
}

/// The log of `--log`, and what of it a person sees.
struct Log: Sendable {
    let target: LogTarget?
    let format: LogFormat
    let level: LogLevel

    init(_ globals: Globals) {
        target = globals.log
        format = globals.logFormat
        level = globals.logLevel
    }

    func write(_ message: String, _ level: LogLevel) {
        guard level <= self.level else { return }
        if target == nil, level > .warning {
            // A person who asks for these wants to tell them apart, and so do programs that read runc's.
            let line = LogLine.bytes(.text, level, message, time: Host.now().seconds)
            _ = Glibc.write(2, line, line.count)
        } else if target == nil || level == .error {
            Output.complain(message)
        }
        switch target {
        case nil: break
        case .file(let path):
            guard let file = try? Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644) else {
                return Output.complain("cannot write the log \(path)")
            }
            try? file.write(LogLine.bytes(format, level, message, time: Host.now().seconds))
        case .syslog(let ident): send(message, level, ident, to: "/dev/log")
        case .journald(let ident): send(message, level, ident, to: "/run/systemd/journal/dev-log")
        }
    }

    /// RFC 3164 to a local socket: facility daemon (3), severities err 3, warning 4, info 6, debug 7.
    private func send(_ message: String, _ level: LogLevel, _ ident: String, to path: String) {
        let severity =
            switch level {
            case .error: 3
            case .warning: 4
            case .info: 6
            case .debug: 7
            }
        let line = "<\(3 * 8 + severity)>\(ident)[\(getpid())]: \(message)"
        do throws(SystemError) {
            try Sockets.datagram(Array(line.utf8), to: path)
        } catch {
            Output.complain("cannot write the log: \(error)")
        }
    }
}
