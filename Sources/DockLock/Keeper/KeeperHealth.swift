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
    /// The reading end of its output; closed with the probe.
    let output: Int32
    var bytes: [UInt8] = []
    let began: Moment
    /// On the monotonic clock.
    let deadline: Int64
    var isKilled = false
}

extension Keeper {
    /// Where `exec` notes which process of the container it has started.
    private var pidFile: String { keeping.folder + "/health.pid" }

    func startProbe() {
        guard let check = keeping.health else { return }
        nextProbe = nil
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
                pid: pid, output: ends[0], began: Keeper.now, deadline: over ? Int64.max : value)
        } catch {
            nextProbe = health?.next(after: Keeper.clock)
        }
    }

    private func probeProgram(_ check: HealthCheck, output: Int32) -> Never {
        Processes.dieWithParent()
        if getppid() != state.keeperPid { _exit(125) }
        score.restore()
        dup2(output, 1)
        dup2(output, 2)
        Processes.closeFrom(3)
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
        var new = Probe(pid: old.pid, output: -1, began: old.began, deadline: old.deadline)
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
        guard phase == .running, var health else { return }
        var result = Health.Probe(
            start: ended.began.nanoseconds, end: Keeper.now.nanoseconds, status: status, output: ended.bytes)
        if ended.isKilled {
            let seconds = Double((keeping.health?.timeout ?? 0) / 1_000_000) / 1000
            result.status = -1
            result.output = Array("Health check exceeded timeout (\(seconds)s)".utf8)
        }
        let isNew = health.ended(result, now: Keeper.clock)
        self.health = health
        nextProbe = health.next(after: Keeper.clock)
        state.health = health.node
        try? writeState()
        if isNew { event("health_status: " + health.state.rawValue) }
        _ = malloc_trim(0)
    }

    /// The container has ended, and so has what ran in it.
    func endProbe() {
        nextProbe = nil
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
