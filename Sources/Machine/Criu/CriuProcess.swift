import CKernel
import Glibc
import Kernel

/// A criu that works for one request: `criu swrk`, spoken to over a socket.
public final class CriuProcess {
    public let pid: Int32
    private let process: Descriptor
    private var socket: Int32
    private let complaints: Descriptor

    /// Starts it.
    /// - Parameters:
    ///   - program: the path of criu.
    ///   - inherited: descriptors that it gets at their own numbers, all above 2.
    ///   - environment: as `NAME=value`.
    public init(program: String, inherited: [Int32], environment: [String]) throws(SystemError) {
        let channel = try Channel()
        let far = Descriptor(channel.child)
        complaints = try Memory.file("criu", [], isSealed: false)
        let arguments = [program, "swrk", String(far.number)]
        pid = try CriuProcess.spawn(
            program, arguments, environment, output: complaints.number, keep: inherited + [far.number])
        process = try Processes.open(pid: pid)
        socket = try SystemError.check(fcntl(channel.descriptor.number, F_DUPFD_CLOEXEC, 3), "dup")
    }

    deinit {
        if socket >= 0 { close(socket) }
    }

    public func send(_ request: CriuRequest) throws(SystemError) { try send(request.encoded()) }

    /// Lets criu go on after a notification, or makes it give up.
    public func answer(_ success: Bool) throws(SystemError) { try send(CriuRequest.answer(success)) }

    private func send(_ bytes: [UInt8]) throws(SystemError) {
        try SystemError.checkReturned(dl_send(socket, bytes, bytes.count, [], 0), "send to criu")
    }

    /// Its next word, and the descriptor that came with it (-1 where none did), which is the caller's to
    /// close; nil when criu has gone.
    public func receive() throws -> (reply: CriuReply, descriptor: Int32)? {
        var room = [UInt8](repeating: 0, count: 65536)
        var descriptor: Int32 = -1
        let got = dl_receive(socket, &room, room.count, &descriptor, 1)
        if got == 0 || got == -Int(ECONNRESET) { return nil }
        try SystemError.checkReturned(got, "receive from criu")
        return (try CriuReply(decoding: room[..<got]), descriptor)
    }

    /// Hangs up and waits for its end: its exit code, or 128 + n.
    public func finish() throws(SystemError) -> Int32 {
        close(socket)
        socket = -1
        return try Processes.wait(process.number) ?? 0
    }

    /// What it wrote to its standard output and error.
    public var complaint: String {
        guard lseek(complaints.number, 0, SEEK_SET) == 0 else { return "" }
        return String(decoding: (try? complaints.readAll(limit: 1 << 20)) ?? [], as: UTF8.self)
    }

    /// Signals that we hold must reach criu and, through it, nobody else's mask.
    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], output: Int32, keep: [Int32]
    ) throws(SystemError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // Onto itself: that alone takes close-on-exec away.
        for number in keep { posix_spawn_file_actions_adddup2(&actions, number, number) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: Int32 = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw SystemError("run", code, program) }
        return pid
    }
}
