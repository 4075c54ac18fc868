import CKernel
import Container
import Glibc
import JSON
import Kernel
import Upkeep
import Verbs

extension Keeper {
    /// The first start: an error here is the caller's, whose exit status it becomes.
    func begin() throws {
        do {
            // What a killed keeper left: nobody else can be at it while we have the lock.
            try removeOCI()
            let isNested = try Keeper.hasOwnPids(keeping.folder)
            // The guard is a copy of us, and would keep for good what we give back later.
            _ = malloc_trim(0)
            guardian = try Guard(isNested: isNested)
            try start()
        } catch {
            let status = Dock.exitStatus(error)
            state.error = "\(error)"
            state.exitStatus = status
            tasks.finish(keeping)
            conclude()
            throw KeeperError("\(error)", status: status)
        }
    }

    /// Makes the container, lets it run, and tells of it.
    private func start() throws {
        try make()
        // The making of a container takes memory that keeping it does not need.
        _ = malloc_trim(0)
        event("start")
        for peer in peers {
            peer.send(Frame.started.with(number: UInt64(state.pid), width: 4))
            if case .restart = peer.asked { answer(peer, nil) }
        }
    }

    private func make() throws {
        state.status = .starting
        try writeState()
        try tasks.prepare(keeping)
        var options = CreateOptions()
        options.id = keeping.id
        options.bundle = keeping.folder
        score.restore()
        defer { score.protect() }
        let made: (Held, Stdio)
        if keeping.tty {
            let held = try dock.hold(options, outer: guardian?.outer)
            made = (held, try Stdio.terminal(held))
        } else {
            made = try Stdio.pipes(openStdin: keeping.openStdin) {
                try dock.hold(options, outer: guardian?.outer)
            }
        }
        let (held, stdio) = made
        if keeping.rows > 0 { stdio.resize(rows: keeping.rows, columns: keeping.columns) }
        try guardian?.arm(held)
        try tasks.connect(keeping, held.pid)
        try letRun(held)
        self.held = held
        self.stdio = stdio
        input = []
        inputEnds = false
        phase = .running
    }

    /// Says that it runs before it does: whoever its program talks to finds it running.
    private func letRun(_ held: Held) throws {
        let before = state
        startedAt = Keeper.clock
        state.status = .running
        state.pid = held.pid
        state.started = Keeper.now
        state.error = ""
        state.isOOMKilled = false
        beginWatches()
        try writeState()
        do {
            try held.start()
        } catch {
            state = before
            throw error
        }
    }

    /// Whether the container's first process has a pid namespace that is made for it.
    private static func hasOwnPids(_ folder: String) throws -> Bool {
        let json = try JSON.parse(try Files.readRegular(folder + "/config.json", limit: 16 << 20))
        guard let namespaces = json["linux"]?["namespaces"] else { return false }
        return namespaces.elements.contains { entry in
            entry["type"]?.equals("pid") == true && entry["path"]?.string?.isEmpty ?? true
        }
    }

    func startAgain() {
        do {
            try start()
        } catch {
            state.error = "\(error)"
            state.pid = 0
            tasks.finish(keeping)
            decide(Dock.exitStatus(error), ranMillis: 0)
        }
    }

    /// The first process has ended: so has everything else in the container.
    func ended(_ status: Int32) {
        let ranMillis = (Keeper.clock - startedAt) / 1_000_000
        state.isOOMKilled = (try? dock.outOfMemoryKills(keeping.id)).map { $0 > 0 } ?? false
        endProbe()
        try? guardian?.disarm()
        try? removeOCI()
        held = nil
        // Nobody writes any more: what there is now is all.
        for index in [0, 1] { while relay(index) {} }
        stdio = nil
        log.finish(at: Keeper.now)
        tasks.finish(keeping)
        state.pid = 0
        state.finished = Keeper.now
        state.logLost = log.lost
        if state.isOOMKilled { event("oom") }
        event("die", [.init("exitCode", .string(String(status)))])
        decide(status, ranMillis: ranMillis)
    }

    /// Again, or never.
    private func decide(_ status: Int32, ranMillis: Int64) {
        state.exitStatus = status
        let asked = stopping
        stopping = nil
        if asked?.restarts == true {
            state.status = .restarting
            phase = .resting(until: Keeper.clock)
            return
        }
        switch restarts.ended(keeping.restart, status: status, ranMillis: ranMillis, isStopped: asked != nil)
        {
        case .over: conclude()
        case .again(let pause):
            state.status = .restarting
            state.restarts = restarts.count
            phase = .resting(until: Keeper.clock + pause * 1_000_000)
            try? writeState()
        }
    }

    /// The end for good.
    func conclude() {
        phase = .over
        state.status = .exited
        watches = []
        if keeping.removes {
            tasks.remove(keeping)
            withdrawn = try? Keeper.withdraw(keeping)
        }
        if withdrawn != nil { event("destroy") } else { try? writeState() }
        guard state.error.isEmpty || state.started != nil else { return }
        for peer in peers {
            if let asked = peer.asked {
                if case .stop = asked { answer(peer, nil) } else { answer(peer, "the container has ended") }
            }
            peer.send(Frame.exited.with([UInt8(truncatingIfNeeded: state.exitStatus)]))
        }
        // Whoever must lose nothing is waited for; others have this long to take what is left.
        lingersUntil = Keeper.clock + 10_000_000_000
    }

    /// Ends the container because someone asked for it.
    func stop(signal: Int32, timeout: Int64?, restarts: Bool) {
        if !restarts { state.isStopped = true }
        switch phase {
        case .over: return
        case .resting:
            // It has ended already, and now stays so, or starts at once.
            if restarts { phase = .resting(until: Keeper.clock) } else { conclude() }
        case .running:
            guard let held else { return }
            let seconds = timeout ?? keeping.stopTimeout
            let killsAt = seconds < 0 ? nil : Keeper.clock + seconds * 1_000_000_000
            stopping = Stopping(killsAt: killsAt, restarts: restarts)
            _ = dl_pidfd_send_signal(held.process, signal == 0 ? keeping.stopSignal : signal)
        }
    }

    /// Through the OCI verb, which lets a frozen container go so that it can die.
    func kill() {
        var options = KillOptions()
        options.id = keeping.id
        options.signal = SIGKILL
        do { try dock.kill(options) } catch {
            if let held { _ = dl_pidfd_send_signal(held.process, SIGKILL) }
        }
    }

    /// The guard was killed. Where the container lay in its namespace it is dead; in any case it must be, and
    /// may not come again.
    func guardEnded() {
        guardian = nil
        state.error = "the guard process was killed"
        keeping.restart = RestartPolicy()
        switch phase {
        case .running: kill()
        case .resting: conclude()
        case .over: break
        }
    }

    private func removeOCI() throws { try Keeper.removeOCI(keeping, dock) }

    static func removeOCI(_ keeping: Keeping, _ dock: Dock) throws {
        guard Files.exists(keeping.stateRoot + "/" + keeping.id) else { return }
        var options = DeleteOptions()
        options.id = keeping.id
        options.force = true
        try dock.delete(options)
    }

    func writeState() throws(SystemError) {
        try Files.replace(keeping.folder + "/state.json", with: state.node.encoded())
    }

    func event(_ action: String, _ attributes: [JSONNode.Member] = []) {
        Keeper.append(action, keeping, Keeper.now, attributes)
    }

    /// Notes an event of a container: a line of `Keeping.events`, in one write, so that lines of several
    /// writers never mix.
    public static func append(
        _ action: String, _ keeping: Keeping, _ now: Moment, _ attributes: [JSONNode.Member] = []
    ) {
        guard !keeping.events.isEmpty else { return }
        let event = Event(
            action, id: keeping.id, name: keeping.name, image: keeping.image, time: now,
            attributes: attributes)
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
        // An event that cannot be noted, for example on a full disk, is no reason to end the container.
        try? Descriptor.open(keeping.events, flags, mode: 0o600).write(event.line)
    }
}
