import Cgroups
import Glibc
import JSON
import Kernel
import Pod
import Upkeep

extension Vpods {
    /// `start`: first the container that holds the namespaces, then the initial ones, one after the other and
    /// each to its end, then the rest. Those that run already are left alone.
    /// - Parameters:
    ///   - onlyInfra: the first one alone.
    ///   - waits: seconds in which health checks have to pass; nil to wait for none.
    public func start(_ record: PodRecord, onlyInfra: Bool = false, waits: Int? = nil) throws {
        // A container that starts has the first one started; who starts the vPod may wait for that one's end.
        let lock = try onlyInfra ? holdSoon(record) : hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        try startHeld(record, onlyInfra: onlyInfra)
        if let waits { try awaitHealth(record, seconds: waits) }
    }

    /// The lock, or an error where another has it for long.
    private func holdSoon(_ record: PodRecord) throws -> Descriptor {
        for _ in 0..<150 {
            do throws(SystemError) {
                return try hold(record.id, waits: false)
            } catch {
                guard error.code == EWOULDBLOCK else { throw error }
            }
            poll(nil, 0, 100)
        }
        throw VpodError("vPod \(record.name) is being changed by another")
    }

    private func startHeld(_ record: PodRecord, onlyInfra: Bool) throws {
        guard !record.infra.isEmpty else {
            throw VpodError("vPod \(record.name) was never finished: remove it")
        }
        let members = try engine.members(of: record.id)
        try prepare(record)
        let wasRunning = members.contains { $0.role == .infra && $0.isAlive }
        if !wasRunning {
            try engine.require(["start", record.infra], "vPod \(record.name)")
            try writePid(record)
            try note(record.id, "start")
        }
        if onlyInfra { return }
        let begins = members.filter { ($0.role == .initial || $0.role == .sidecar) && !$0.isAlive }
        // Where only a part of the rest is started again, the initial ones have done their work.
        if !members.contains(where: { $0.role == .main && $0.isAlive }) {
            for member in begins { try begin(member, record) }
        }
        var problems: [String] = []
        for member in members where member.role == .main && !member.isAlive {
            let outcome = try engine.ask(["start", member.id])
            if outcome.status != 0 { problems.append("\(member.name): \(outcome.errors)") }
        }
        guard problems.isEmpty else { throw VpodError(problems.joined(separator: "\n")) }
    }

    /// An initial container, to its end; one that goes on running is only started.
    private func begin(_ member: Engine.Member, _ record: PodRecord) throws {
        try engine.require(["start", member.id], member.name)
        guard member.role == .initial else { return }
        let status = try engine.require(["wait", member.id], member.name).trimmed
        guard status == "0" else {
            throw VpodError("init container \(member.name) ended with status \(status)", status: 1)
        }
    }

    /// For systemd: the process whose end is that of the vPod.
    private func writePid(_ record: PodRecord) throws {
        let state = data + "/containers/" + record.infra + "/state.json"
        let kept = try KeptState(decoding: try Files.read(state, limit: 1 << 20))
        try Files.replace(
            pidFile(of: record.id), with: Array("\(kept.keeperPid)\n".utf8), mode: 0o644)
    }

    func pidFile(of id: String) -> String { place(of: id) + "/pid" }

    /// Waits until every container with a health check is healthy.
    private func awaitHealth(_ record: PodRecord, seconds: Int) throws {
        let end = Vpods.clock + Int64(seconds)
        while true {
            let members = try engine.members(of: record.id).filter { $0.role == .main || $0.role == .sidecar }
            if let lost = members.first(where: { $0.state == "exited" && record.request.restart == .always })
            {
                throw VpodError("container \(lost.name) has ended: \(lost.status)", status: 1)
            }
            let waiting = members.filter { !$0.checks.allSatisfy { $0 == "healthy" } }
            if waiting.isEmpty { return }
            guard Vpods.clock < end else {
                throw VpodError(
                    "container \(waiting[0].name) is not healthy: \(waiting[0].status)", status: 1)
            }
            poll(nil, 0, 200)
        }
    }

    /// Seconds of a clock that nobody sets.
    private static var clock: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }

    /// `stop`: all at once but for the container that holds the namespaces, which is last.
    /// - Parameter timeout: seconds until they are killed; nil for what they were made with.
    public func stop(_ record: PodRecord, timeout: Int? = nil) throws {
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        try stopHeld(record, timeout: timeout)
    }

    private func stopHeld(_ record: PodRecord, timeout: Int?) throws {
        let members = try engine.members(of: record.id)
        let words = ["stop"] + (timeout.map { ["-t", "\($0)"] } ?? [])
        let null = try Descriptor.open("/dev/null", O_WRONLY)
        // Those that others may still need go after them.
        for role in [PodRole.main, .initial, .sidecar, .infra] {
            let pids = try members.filter { $0.role == role && $0.isAlive }.map {
                try engine.start(words + [$0.id], output: null.number)
            }
            for pid in pids { try Processes.collect(pid) }
        }
        let left = try engine.members(of: record.id).filter(\.isAlive)
        guard left.isEmpty else {
            throw VpodError("vPod \(record.name): \(left[0].name) does not stop")
        }
        try clear(record)
        if members.contains(where: { $0.role == .infra && $0.isAlive }) { try note(record.id, "stop") }
    }

    /// `restart`.
    public func restart(_ record: PodRecord, timeout: Int? = nil) throws {
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        try stopHeld(record, timeout: timeout)
        try startHeld(record, onlyInfra: false)
    }

    /// `rm`: with all its containers, volumes and its key.
    public func remove(_ record: PodRecord, force: Bool, timeout: Int = 0) throws {
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        let members = try engine.members(of: record.id)
        if let alive = members.first(where: \.isAlive), !force {
            throw VpodError(
                "vPod \(record.name) has containers that run (\(alive.name)): stop it first, or use --force",
                status: 2)
        }
        if members.contains(where: \.isAlive) { try stopHeld(record, timeout: timeout) }
        try discard(record)
    }

    /// Removes what there is of a vPod; what a killed one has left, too. The lock is held.
    func discard(_ record: PodRecord) throws {
        let members = try engine.members(of: record.id)
        let ids = (members.filter { $0.role != .infra } + members.filter { $0.role == .infra }).map(\.id)
        if !ids.isEmpty {
            try engine.require(["rm", "-f", "-v"] + ids, "vPod \(record.name)")
        }
        try clear(record)
        // First what makes it a vPod: what is left without that, the next look clears.
        try Files.remove(folder(of: record.id) + "/vpod.json")
        let link = names + "/" + record.name
        if let owner = try? Files.link(link), owner == record.id { try Files.remove(link) }
        try Trees.remove(folder(of: record.id))
    }
}
