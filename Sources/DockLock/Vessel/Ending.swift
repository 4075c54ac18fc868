import Container
import Glibc
import Images
import Keeper
import Kernel
import Request
import Upkeep
import Verbs

extension Vessels {
    /// The OCI verbs, for what keepers leave to them.
    var dock: Dock {
        var globals = Globals()
        globals.root = places.stateRoot
        return Dock(globals, journal: Journal(warn: { _ in }, debug: { _ in }))
    }

    /// `stop`, `restart`.
    public func stop(
        _ request: StopRequest, restarts: Bool, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        let (lines, status) = try each(
            request.containers, all: request.all, ignoresMissing: request.ignoresMissing, complain: complain
        ) { vessel in
            let keeping = try Keeper.keeping(of: vessel.folder)
            guard vessel.isAlive else {
                if restarts {
                    try wake(vessel)
                    _ = try Keeper.start(keeping)
                }
                return vessel.record.id
            }
            let signal = request.signal ?? 0
            let timeout = request.timeout.map { Int64($0) }
            let client = try Client(keeping.socket)
            try client.ask(
                restarts
                    ? .restart(signal: signal, timeout: timeout) : .stop(signal: signal, timeout: timeout))
            return vessel.record.id
        }
        for line in lines { try tell(line) }
        return status
    }

    /// `kill`.
    public func kill(
        _ request: StopRequest, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        try tellEach(request, tell, complain) { vessel in
            guard vessel.isRunning else {
                throw VesselError("container \(vessel.record.name) is not running", status: 1)
            }
            var options = KillOptions()
            options.id = vessel.record.id
            options.signal = request.signal ?? SIGKILL
            try dock.kill(options)
            try note("kill", vessel)
        }
    }

    /// `pause` and `unpause`.
    public func pause(
        _ request: StopRequest, _ pauses: Bool, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        try tellEach(request, tell, complain) { vessel in
            guard vessel.isRunning else {
                throw VesselError("container \(vessel.record.name) is not running", status: 1)
            }
            if pauses { try dock.pause(vessel.record.id) } else { try dock.resume(vessel.record.id) }
            try note(pauses ? "pause" : "unpause", vessel)
        }
    }

    /// Writes down an event that no keeper sees.
    private func note(_ action: String, _ vessel: Vessel) throws {
        Keeper.append(action, try Keeper.keeping(of: vessel.folder), Moment(Vessels.now))
    }

    private func tellEach(
        _ request: StopRequest, _ tell: (String) throws -> Void, _ complain: (String) -> Void,
        _ deed: (Vessel) throws -> Void
    ) throws -> Int32 {
        let (lines, status) = try each(
            request.containers, all: request.all, ignoresMissing: request.ignoresMissing, complain: complain
        ) { vessel in
            try deed(vessel)
            return vessel.record.id
        }
        for line in lines { try tell(line) }
        return status
    }

    /// `rm`.
    public func remove(
        _ request: RemoveRequest, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        let (lines, status) = try each(
            request.containers, all: request.all, ignoresMissing: request.ignoresMissing || request.force,
            complain: complain
        ) { vessel in
            try remove(vessel, force: request.force, timeout: request.timeout ?? 0, volumes: request.volumes)
            return vessel.record.id
        }
        for line in lines { try tell(line) }
        return status
    }

    func remove(_ vessel: Vessel, force: Bool, timeout: Int = 0, volumes: Bool = true) throws {
        let keeping = try Keeper.keeping(of: vessel.folder)
        if vessel.isAlive {
            guard force else {
                throw VesselError(
                    "container \(vessel.record.name) is \(vessel.condition): stop it first, or use --force",
                    status: 2)
            }
            do {
                let client = try Client(keeping.socket)
                try client.ask(.stop(signal: timeout > 0 ? 0 : SIGKILL, timeout: Int64(timeout)))
            } catch is KeeperError {
                // Ended meanwhile, or its keeper was killed: settled below.
            }
        }
        try Keeper.settle(vessel.folder) { try? wiring.detach($0.id) }
        if Files.exists(vessel.folder) {
            try wiring.detach(vessel.record.id)
            let link = places.names + "/" + vessel.record.name
            if let owner = try? Files.link(link), owner == vessel.record.id { try Files.remove(link) }
            try Trees.remove(vessel.folder)
        }
        guard volumes || keeping.removes else { return }
        try removeOwnVolumes(of: vessel.record)
    }

    /// `container prune`: removes those that do not run. `confirm` is asked without `--force`.
    /// - Returns: the exit status.
    public func prune(
        _ request: PruneRequest, tell: (String) throws -> Void, complain: (String) -> Void,
        confirm: (String) -> Bool
    ) throws -> Int32 {
        guard request.force || confirm("all stopped containers") else { return 0 }
        var status: Int32 = 0
        for vessel in try all() where !vessel.isAlive {
            guard try request.filters.allSatisfy({ try holds($0, vessel) }) else { continue }
            do {
                try remove(vessel, force: false)
                try tell(vessel.record.id)
            } catch {
                complain("\(error)")
                status = 1
            }
        }
        return status
    }

    /// `rename`.
    public func rename(_ container: String, to name: String) throws {
        var vessel = try find(container)
        let old = vessel.record.name
        guard old != name else { throw VesselError("container \(container) has that name already") }
        try take(name, for: vessel.record.id)
        do {
            vessel.record.name = name
            var keeping = try Keeper.keeping(of: vessel.folder)
            keeping.name = name
            keeping.nameLink = places.names + "/" + name
            try Files.replace(vessel.folder + "/keeping.json", with: keeping.node.encoded())
            try Files.replace(vessel.folder + "/container.json", with: vessel.record.node.encoded())
        } catch {
            try? Files.remove(places.names + "/" + name)
            throw error
        }
        try Files.remove(places.names + "/" + old)
    }
}
