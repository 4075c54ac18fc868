import Glibc
import Keeper
import Kernel
import Request
import Upkeep

extension Vessels {
    /// `create`: the new container's id.
    public func create(_ request: ContainerRequest, environment: [Setting]) throws -> String {
        try make(request, environment: environment).0.record.id
    }

    /// `run`: the exit status, or with `-d` the id by `tell`.
    public func run(
        _ request: ContainerRequest, environment: [Setting], tell: (String) throws -> Void
    ) throws -> Int32 {
        let (vessel, keeping) = try make(request, environment: environment)
        var hello = Hello()
        if !request.isDetached {
            let all = request.attached.isEmpty
            hello.stdin = request.isInteractive && (all || request.attached.contains(.stdin))
            hello.stdout = all || request.attached.contains(.stdout)
            hello.stderr = all || request.attached.contains(.stderr)
            hello.isLossless = true
        }
        if !request.isDetached, request.proxiesSignals { Attaching.holdSignals() }
        let client = try begin(vessel, keeping.sized(), hello)
        if request.isDetached {
            try tell(vessel.record.id)
            return 0
        }
        var how = Attaching()
        how.stdin = hello.stdin
        how.tty = request.hasTerminal
        how.proxiesSignals = request.proxiesSignals
        if let keys = request.detachKeys { how.detachKeys = keys }
        return try outcome(client.attach(how))
    }

    private func begin(_ vessel: Vessel, _ keeping: Keeping, _ hello: Hello) throws -> Client {
        do {
            try wake(vessel)
            return try Keeper.start(keeping, hello: hello)
        } catch {
            // As docker: what was to be removed at its end goes also when it never began.
            if keeping.removes { try? remove(vessel, force: true) }
            throw error
        }
    }

    private func outcome(_ outcome: Attaching.Outcome) throws -> Int32 {
        switch outcome {
        case .ended(let status): return status
        case .detached: return 0
        case .interrupted(let signal): return 128 + signal
        }
    }

    /// `start`: starts containers that do not run; attached, the exit status of the one.
    public func start(
        _ request: StartRequest, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        if request.attaches || request.isInteractive {
            let vessel = try find(request.containers[0])
            var hello = Hello()
            let keeping = try Keeper.keeping(of: vessel.folder)
            hello.stdin = request.isInteractive && keeping.openStdin
            hello.stdout = true
            hello.stderr = true
            hello.isLossless = true
            if vessel.isAlive { return try attach(vessel, keeping, request) }
            let client = try begin(vessel, keeping.sized(), hello)
            return try outcome(client.attach(attaching(keeping, request, stdin: hello.stdin)))
        }
        let (lines, status) = try each(
            request.containers, all: request.all, ignoresMissing: false, complain: complain
        ) { vessel in
            if vessel.isAlive { return vessel.record.id }
            _ = try begin(vessel, try Keeper.keeping(of: vessel.folder), Hello())
            return vessel.record.id
        }
        for line in lines { try tell(line) }
        return status
    }

    /// `attach`: the exit status of the container.
    public func attach(_ request: StartRequest) throws -> Int32 {
        let vessel = try find(request.containers[0])
        guard vessel.isAlive else {
            throw VesselError("container \(request.containers[0]) is not running: start it first", status: 1)
        }
        return try attach(vessel, try Keeper.keeping(of: vessel.folder), request)
    }

    private func attach(_ vessel: Vessel, _ keeping: Keeping, _ request: StartRequest) throws -> Int32 {
        var hello = Hello()
        hello.stdin = request.hasInput && keeping.openStdin
        hello.stdout = true
        hello.stderr = true
        hello.isLossless = true
        let client = try Client(keeping.socket, hello)
        return try outcome(client.attach(attaching(keeping, request, stdin: hello.stdin)))
    }

    private func attaching(_ keeping: Keeping, _ request: StartRequest, stdin: Bool) -> Attaching {
        var how = Attaching()
        how.stdin = stdin
        how.tty = keeping.tty
        how.proxiesSignals = request.proxiesSignals
        if let keys = request.detachKeys { how.detachKeys = keys }
        return how
    }

    /// `wait`: the exit status of each, once it has ended.
    public func wait(
        _ request: WaitRequest, tell: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Int32 {
        guard [.stopped, .exited, .removed].contains(request.condition) else {
            throw VesselError("--condition: only stopped, exited and removed can be waited for")
        }
        let (_, status) = try each(
            request.containers, all: false, ignoresMissing: request.ignoresMissing, complain: complain
        ) { vessel in
            let keeping = try Keeper.keeping(of: vessel.folder)
            guard vessel.isAlive else {
                try tell(String(vessel.state?.exitStatus ?? 0))
                return nil
            }
            do {
                try tell(String(try Client(keeping.socket).awaitEnd()))
            } catch is KeeperError {
                // It ended between the look and the call.
                try tell(String(try Keeper.state(of: vessel.folder)?.exitStatus ?? 0))
            }
            return nil
        }
        return status
    }
}

extension Keeping {
    /// With the size of the caller's terminal, which the container's begins with.
    func sized() -> Keeping {
        var keeping = self
        var size = winsize()
        guard tty, ioctl(0, UInt(TIOCGWINSZ), &size) == 0 else { return keeping }
        keeping.rows = size.ws_row
        keeping.columns = size.ws_col
        return keeping
    }
}
