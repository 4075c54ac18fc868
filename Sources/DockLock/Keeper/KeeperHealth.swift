import CKernel
import Container
import Glibc
import Kernel
import Upkeep
import Verbs

/// A health check that runs: a copy of the keeper that does what `exec` does, so that a container that hangs
/// or is paused never holds up the keeper itself.
struct Probe {
    let pid: Int32
    let role: Watch.Role
    let timeout: Int64
    /// The reading end of its output; closed with the probe.
    let output: Int32
    var bytes: [UInt8] = []
    let began: Moment
    /// On the monotonic clock.
    let deadline: Int64
    var isKilled = false
}

/// One check of a running container, and how it has gone so far.
struct Watch {
    enum Role { case startup, health, readiness }

    let role: Role
    let check: HealthCheck
    var health: Health
    /// When to look next, on the monotonic clock.
    var next: Int64

    init(_ role: Role, _ check: HealthCheck, now: Int64) {
        self.role = role
        self.check = check
        health = Health(check, now: now)
        next = health.next(after: now)
    }
}

extension Keeper {
    /// The container has just started: the check of that comes first, and alone.
    func beginWatches() {
        let now = Keeper.clock
        // Where nothing else is checked, the first check is all that is known.
        state.health = (keeping.health ?? keeping.startup).map { Health($0, now: now).node }
        state.readiness = keeping.readiness.map { Health($0, now: now).node }
        watches = keeping.startup.map { [Watch(.startup, $0, now: now)] } ?? laterWatches(now)
    }

    private func laterWatches(_ now: Int64) -> [Watch] {
        var watches: [Watch] = []
        if let check = keeping.health { watches.append(Watch(.health, check, now: now)) }
        if let check = keeping.readiness { watches.append(Watch(.readiness, check, now: now)) }
        return watches
    }

    /// Where `exec` notes which process of the container it has started.
    private var pidFile: String { keeping.folder + "/health.pid" }

    /// Makes the check whose time has come, if there is one.
    func startProbe(_ now: Int64) {
        guard let index = watches.indices.min(by: { watches[$0].next < watches[$1].next }),
            watches[index].next <= now
        else { return }
        let check = watches[index].check
        watches[index].next = now.addingReportingOverflow(check.interval).partialValue
        do {
            var ends: [Int32] = [-1, -1]
            try SystemError.check(pipe2(&ends, O_CLOEXEC), "pipe")
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            try? Files.remove(pidFile)
            let pid = try Processes.fork()
            if pid == 0 { probeProgram(check, output: ends[1]) }
            close(ends[1])
            let (value, over) = Keeper.clock.addingReportingOverflow(check.timeout)
            probe = Probe(
                pid: pid, role: watches[index].role, timeout: check.timeout, output: ends[0],
                began: Keeper.now, deadline: over ? Int64.max : value)
        } catch {
            // Tried again after the interval.
        }
    }

    private func probeProgram(_ check: HealthCheck, output: Int32) -> Never {
        Processes.dieWithParent()
        if getppid() != state.keeperPid { _exit(125) }
        score.restore()
        dup2(output, 1)
        dup2(output, 2)
        Processes.closeFrom(3)
        guard check.kind == .command else { _exit(ConnectionProbe.run(check, pid: state.pid)) }
        var options = ExecOptions()
        options.id = keeping.id
        options.args = check.command
        options.pidFile = pidFile
        do {
            _exit(try dock.exec(options))
        } catch {
            let text = Array("\(error)\n".utf8)
            _ = write(2, text, text.count)
            _exit(Dock.exitStatus(error))
        }
    }

    func readProbe() {
        guard let number = probe?.output else { return }
        var room = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = read(number, &room, room.count)
            guard got > 0 else {
                // Its end is that of the process; the pipe may end before.
                if got == 0 { closeProbeOutput() }
                return
            }
            let free = Health.outputMax - (probe?.bytes.count ?? 0)
            if free > 0 { probe?.bytes += room[..<min(got, free)] }
        }
    }

    private func closeProbeOutput() {
        guard let old = probe, old.output >= 0 else { return }
        close(old.output)
        var new = Probe(
            pid: old.pid, role: old.role, timeout: old.timeout, output: -1, began: old.began,
            deadline: old.deadline)
        new.bytes = old.bytes
        new.isKilled = old.isKilled
        probe = new
    }

    /// It took too long: ends the process in the container, after which the probe ends by itself.
    func killProbe() {
        guard let probe else { return }
        self.probe?.isKilled = true
        if let text = try? Files.text(pidFile), let pid = Int32(text.prefix { $0 != "\n" }),
            let process = try? Processes.open(pid: pid), Keeper.parent(of: pid) == probe.pid
        {
            try? Processes.signal(process, SIGKILL)
        } else {
            _ = Glibc.kill(probe.pid, SIGKILL)
        }
    }

    private static func parent(of pid: Int32) -> Int32? {
        guard let status = try? Files.text("/proc/\(pid)/status") else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("PPid:\t") }
        return line.flatMap { Int32($0.dropFirst("PPid:\t".utf8.count)) }
    }

    func probeEnded(_ status: Int32) {
        readProbe()
        closeProbeOutput()
        guard let ended = probe else { return }
        probe = nil
        try? Files.remove(pidFile)
        guard phase == .running, let index = watches.firstIndex(where: { $0.role == ended.role }) else {
            return
        }
        var result = Health.Probe(
            start: ended.began.nanoseconds, end: Keeper.now.nanoseconds, status: status, output: ended.bytes)
        if ended.isKilled {
            let seconds = Double(ended.timeout / 1_000_000) / 1000
            result.status = -1
            result.output = Array("Health check exceeded timeout (\(seconds)s)".utf8)
        }
        let isNew = watches[index].health.ended(result, now: Keeper.clock)
        watches[index].next = watches[index].health.next(after: Keeper.clock)
        let watch = watches[index]
        switch watch.role {
        case .startup:
            if keeping.health == nil { state.health = watch.health.node }
            if watch.health.state == .healthy { watches = laterWatches(Keeper.clock) }
        case .health: state.health = watch.health.node
        case .readiness: state.readiness = watch.health.node
        }
        try? writeState()
        if isNew, watch.role == .health { event("health_status: " + watch.health.state.rawValue) }
        if isNew, watch.health.state == .unhealthy { act(watch.check.action) }
        _ = malloc_trim(0)
    }

    /// What is done to a container that turned unhealthy.
    private func act(_ action: HealthCheck.Action) {
        guard stopping == nil else { return }
        switch action {
        case .none: return
        case .kill: kill()
        case .stop: stop(signal: 0, timeout: nil, restarts: false)
        case .restart:
            state.restarts += 1
            stop(signal: 0, timeout: nil, restarts: true)
        }
        watches = []
    }

    /// The container has ended, and so has what ran in it.
    func endProbe() {
        watches = []
        guard let probe else { return }
        closeProbeOutput()
        _ = Glibc.kill(probe.pid, SIGKILL)
        _ = try? Processes.collect(probe.pid)
        self.probe = nil
        try? Files.remove(pidFile)
    }
}

/// How gladly the kernel kills the keeper for want of memory: less than others, where that is allowed. What
/// is born of it shall have what the keeper was given.
struct OOMScore {
    private static let file = "/proc/self/oom_score_adj"
    private let given: String?

    init() { given = try? Files.text(OOMScore.file) }

    func protect() { try? Files.put("-999", to: OOMScore.file) }

    func restore() { if let given { try? Files.put(given, to: OOMScore.file) } }
}
