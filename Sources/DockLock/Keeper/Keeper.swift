import CKernel
import Container
import Glibc
import Kernel
import Upkeep
import Verbs

/// What else must be done around every run of a container, for example its networks.
public struct KeeperTasks {
    /// Before each start, for what its configuration names and has to be there. An error here is one of its
    /// start.
    public var prepare: (Keeping) throws -> Void
    /// Once it is made, and before its program runs: its first process, as the host sees it. An error here is
    /// one of its start.
    public var connect: (Keeping, Int32) throws -> Void
    /// After it has ended, and after a failed start.
    public var finish: (Keeping) -> Void
    /// Before the folder of one that is removed at its end goes.
    public var remove: (Keeping) -> Void

    public init(
        prepare: @escaping (Keeping) throws -> Void = { _ in },
        connect: @escaping (Keeping, Int32) throws -> Void = { _, _ in },
        finish: @escaping (Keeping) -> Void = { _ in }, remove: @escaping (Keeping) -> Void = { _ in }
    ) {
        self.prepare = prepare
        self.connect = connect
        self.finish = finish
        self.remove = remove
    }
}

/// The process that keeps one container: its stdio and terminal, its log, its end, its next start, its
/// health, and its clients. One thread that waits in poll(2), and wakes for nothing but events and deadlines.
public final class Keeper {
    enum Phase: Equatable {
        case running
        /// Until its next start, on the monotonic clock.
        case resting(until: Int64)
        /// For good; clients still take what is theirs.
        case over
    }

    /// On the way to its end, because someone asked for it.
    struct Stopping {
        /// When to kill it, on the monotonic clock; nil is never.
        var killsAt: Int64?
        var restarts: Bool
    }

    var keeping: Keeping
    let tasks: KeeperTasks
    let dock: Dock
    var state = KeptState()
    var phase = Phase.over
    var held: Held?
    var stdio: Stdio?
    var guardian: Guard?
    var peers: [Peer] = []
    var restarts = Restarts()
    var stopping: Stopping?
    var startedAt: Int64 = 0
    /// What clients have sent for the container's stdin, and whether it ends after that.
    var input: [UInt8] = []
    var inputEnds = false
    var watches: [Watch] = []
    var probe: Probe?
    /// When the keeper goes although clients have not taken everything.
    var lingersUntil: Int64?
    /// Where the folder of a container that is gone lies until we end: removing it is nobody's wait.
    var withdrawn: String?
    let log: LogWriter
    let score = OOMScore()
    private let lock: Descriptor
    private let signals: Descriptor
    private let listener: Descriptor
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Frame.payloadMax, alignment: 16)

    init(_ keeping: Keeping, _ first: Peer, _ tasks: KeeperTasks) throws {
        self.keeping = keeping
        self.tasks = tasks
        lock = try KeeperLock.takeNext(keeping.folder, id: keeping.id)
        let folder = keeping.socketRoot + "/" + keeping.id
        try Files.makeDirectories(keeping.socketRoot, mode: 0o700)
        try Files.makeDirectory(folder, mode: 0o700)
        listener = try Sockets.serve(folder, name: "attach")
        signals = try Keeper.holdSignals()
        log = try LogWriter(keeping.log)
        dock = try Keeper.dock(keeping)
        peers = [first]
        state.keeperPid = getpid()
        state.keeperStart = Processes.identity(of: getpid())?.start ?? 0
        state.policy = keeping.restart
    }

    deinit { room.deallocate() }

    /// The OCI verbs under the root of the request.
    static func dock(_ keeping: Keeping) throws -> Dock {
        var globals = Globals()
        globals.root = keeping.stateRoot
        guard let manager = CgroupManager(rawValue: keeping.cgroupManager) else {
            throw UpkeepError("cgroupManager: is not cgroupfs, systemd or disabled")
        }
        globals.cgroupManager = manager
        return Dock(globals, journal: Journal(warn: { _ in }, debug: { _ in }))
    }

    private static func holdSignals() throws(SystemError) -> Descriptor {
        var held = sigset_t()
        sigemptyset(&held)
        for number in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { sigaddset(&held, number) }
        sigprocmask(SIG_BLOCK, &held, nil)
        signal(SIGPIPE, SIG_IGN)
        // Where a caller ignored it, children would go unseen.
        signal(SIGCHLD, SIG_DFL)
        return Descriptor(try SystemError.check(signalfd(-1, &held, 0x80000 | 0x800), "signalfd"))
    }

    /// Nanoseconds of a clock that nobody sets.
    static var clock: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static var now: Moment {
        let now = Host.now()
        return Moment(now.seconds * 1_000_000_000 + now.nanoseconds)
    }

    /// From the first start to the last end.
    func run() {
        while phase != .over || peers.contains(where: \.hasWaiting) {
            if let lingersUntil, !mustWait, Keeper.clock >= lingersUntil { break }
            wait()
            passDeadlines()
            for peer in peers where peer.isGone { left(peer) }
            peers.removeAll(where: \.isGone)
        }
    }

    /// A client that may lose nothing has not taken what there is.
    private var mustWait: Bool { peers.contains(where: \.holdsOutput) }

    private enum Source { case signals, listener, output(Int), input, probe, peer(Peer) }

    private func wait() {
        var entries: [pollfd] = []
        var sources: [Source] = []
        func add(_ number: Int32, _ events: Int32, _ source: Source) {
            guard number >= 0 else { return }
            entries.append(pollfd(fd: number, events: Int16(events), revents: 0))
            sources.append(source)
        }
        add(signals.number, POLLIN, .signals)
        add(listener.number, POLLIN, .listener)
        if let stdio, !mustWait {
            for index in [0, 1] { add(stdio.outputs[index], POLLIN, .output(index)) }
        }
        if let stdio, !input.isEmpty { add(stdio.input, POLLOUT, .input) }
        if let probe { add(probe.output, POLLIN, .probe) }
        for peer in peers {
            let reads = input.isEmpty || peer.hello?.stdin != true
            // One that is not read is not asked whether it is gone, either: what it has sent still counts.
            guard reads || peer.hasWaiting else { continue }
            add(peer.number, (reads ? POLLIN : 0) | (peer.hasWaiting ? POLLOUT : 0), .peer(peer))
        }
        guard poll(&entries, nfds_t(entries.count), timeoutMillis) > 0 else { return }
        for (entry, source) in zip(entries, sources) where entry.revents != 0 {
            switch source {
            case .signals: takeSignals()
            case .listener: accept()
            case .output(let index): relay(index)
            case .input: feed()
            case .probe: readProbe()
            case .peer(let peer): serve(peer, entry.revents)
            }
        }
    }

    /// Until the next deadline, or without end.
    private var timeoutMillis: Int32 {
        var deadlines: [Int64] = []
        if case .resting(let until) = phase { deadlines.append(until) }
        if let killsAt = stopping?.killsAt { deadlines.append(killsAt) }
        if probe == nil { deadlines += watches.map(\.next) }
        if let probe, !probe.isKilled { deadlines.append(probe.deadline) }
        if let lingersUntil, !mustWait { deadlines.append(lingersUntil) }
        guard let first = deadlines.min() else { return -1 }
        return Int32(clamping: max(0, (first - Keeper.clock + 999_999) / 1_000_000))
    }

    private func passDeadlines() {
        let now = Keeper.clock
        if case .resting(let until) = phase, now >= until { startAgain() }
        if let killsAt = stopping?.killsAt, now >= killsAt {
            stopping?.killsAt = nil
            kill()
        }
        if phase == .running, probe == nil { startProbe(now) }
        if let probe, !probe.isKilled, now >= probe.deadline { killProbe() }
    }

    private func takeSignals() {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(signals.number, &info, size) == size {
            // The host goes down, or someone ends the keeper: the container ends as by `stop`.
            if Int32(info.ssi_signo) == SIGTERM { stop(signal: 0, timeout: nil, restarts: false) }
        }
        while let pid = Processes.endedChild() {
            if let held, pid == held.pid {
                ended((try? Processes.wait(held.process, blocks: false)).flatMap { $0 } ?? 255)
            } else if let probe, pid == probe.pid {
                probeEnded((try? Processes.collect(pid)) ?? 255)
            } else {
                _ = try? Processes.collect(pid)
                // Without its guard the container could outlive us.
                if pid == guardian?.pid { guardEnded() }
            }
        }
    }

    /// Passes on what the container has written: to the log first, then to the clients. False where there is
    /// nothing now.
    @discardableResult
    func relay(_ index: Int) -> Bool {
        guard let stdio, stdio.outputs[index] >= 0, let got = stdio.read(index, into: room), got > 0 else {
            return false
        }
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<got])
        log.take(bytes, index == 0 ? .stdout : .stderr, at: Keeper.now)
        var packet: [UInt8] = []
        for peer in peers {
            guard let hello = peer.hello, index == 0 ? hello.stdout : hello.stderr else { continue }
            if packet.isEmpty { packet = (index == 0 ? Frame.stdout : .stderr).with(Array(bytes)) }
            peer.send(output: packet)
        }
        return true
    }

    private func accept() {
        while let (number, uid) = Sockets.accept(listener) {
            // The socket's mode keeps others out; this does so even where a folder above was opened up.
            guard uid == Host.uid || uid == 0, peers.count < 128 else {
                close(number)
                continue
            }
            peers.append(Peer(number))
        }
    }
}
