import CHarness
import Foundation
import Synchronization

/// One container: a bundle, an id, a state folder and a cgroup of its own. Made inside a test that
/// carries `.blackBox`, which ends every trial after the test and holds it to leave nothing behind.
public final class Trial: Sendable {
    public let id: String
    /// Holds `bundle`, `state` and the captured output.
    public let folder: String
    public let cgroup: String
    public let configuration: Value
    /// The runtime's program; a copy of its own where a test attacks it.
    public let program: String
    private let fifo: Int32
    private let first = Mutex<Started?>(nil)
    private let lastPid = Mutex<pid_t>(0)
    private static let count = Atomic<Int>(0)

    public var bundle: String { folder + "/bundle" }
    public var root: String { bundle + "/rootfs" }
    public var state: String { folder + "/state" }

    /// A container of busybox that runs `script` in its shell, with the base configuration changed.
    public convenience init(_ script: String, _ change: (inout Value) -> Void = { _ in }) throws {
        try self.init(arguments: ["sh", "-c", script], change)
    }

    public init(
        arguments: [String], program: String = Runtime.tested.path, _ change: (inout Value) -> Void = { _ in }
    ) throws {
        self.program = program
        let number = Trial.count.wrappingAdd(1, ordering: .relaxed).newValue
        id = "t\(getpid())-\(number)"
        folder = Host.shared.folder + "/\(number)"
        cgroup = Host.shared.cgroup + "/" + id
        for name in ["", "/bundle", "/state"] { mkdir(folder + name, 0o755) }
        Host.shared.makeRoot(at: folder + "/bundle/rootfs")
        mkfifo(folder + "/bundle/rootfs/ready", 0o666)
        chmod(folder + "/bundle/rootfs/ready", 0o666)
        fifo = open(folder + "/bundle/rootfs/ready", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        var config = Config.base(arguments: arguments, cgroup: cgroup)
        change(&config)
        configuration = config
        Host.write(config.json, to: folder + "/bundle/config.json")
        Trials.current?.add(self)
    }

    deinit { close(fifo) }

    /// The call of a verb, the globals before it.
    public func command(_ arguments: [String], globals: [String] = []) -> Command {
        var command = Runtime.tested.command(["--root", state] + globals + arguments)
        command.path = program
        return command
    }

    /// Writes another config.json: the trial's configuration with more changes, which may name its folder.
    public func rewrite(_ change: (inout Value) -> Void) {
        var config = configuration
        change(&config)
        Host.write(config.json, to: bundle + "/config.json")
    }

    /// Runs a verb to its end.
    @discardableResult
    public func invoke(_ arguments: [String], globals: [String] = []) throws -> Command.Outcome {
        try command(arguments, globals: globals).run(in: folder)
    }

    /// `run` in the foreground.
    @discardableResult
    public func run(_ flags: [String] = [], globals: [String] = []) throws -> Command.Outcome {
        try invoke(["run", "--bundle", bundle] + flags + [id], globals: globals)
    }

    /// `create`; what the container writes goes to `out` and `err`.
    @discardableResult
    public func create(_ flags: [String] = [], globals: [String] = []) throws -> Command.Outcome {
        let call = command(["create", "--bundle", bundle] + flags + [id], globals: globals)
        let started = try call.start(in: folder)
        let outcome = started.wait()
        first.withLock { $0 = started }
        return outcome
    }

    @discardableResult
    public func start() throws -> Command.Outcome { try invoke(["start", id]) }

    @discardableResult
    public func kill(_ signal: String) throws -> Command.Outcome { try invoke(["kill", id, signal]) }

    @discardableResult
    public func delete(force: Bool = false) throws -> Command.Outcome {
        try invoke(["delete"] + (force ? ["--force"] : []) + [id])
    }

    /// `exec` of a program in the running container.
    @discardableResult
    public func exec(_ arguments: [String], _ flags: [String] = []) throws -> Command.Outcome {
        try invoke(["exec"] + flags + [id] + arguments)
    }

    /// `exec --process` with a process as config.json words it.
    @discardableResult
    public func exec(process: Value, _ flags: [String] = []) throws -> Command.Outcome {
        let file = folder + "/process.json"
        Host.write(process.json, to: file)
        return try invoke(["exec", "--process", file] + flags + [id])
    }

    /// What `state` answers; throws where it fails.
    public func report() throws -> Value {
        let outcome = try invoke(["state", id])
        guard outcome.succeeded else { throw Failure("state: \(outcome.err)") }
        return try Value(parsing: outcome.out)
    }

    public var status: String { get throws { try report()["status"]?.text ?? "" } }

    /// The pid of the container's first process, as the host sees it.
    @discardableResult
    public func pid() throws -> pid_t {
        let pid = pid_t(try report()["pid"]?.int ?? 0)
        lastPid.withLock { $0 = pid }
        return pid
    }

    /// `create` and `start`, both of which must succeed; answers once the container has written a
    /// line to /ready, unless `ready` is false.
    @discardableResult
    public func launch(ready: Bool = true, _ flags: [String] = []) throws -> pid_t {
        let created = try create(flags)
        guard created.succeeded else { throw Failure("create: \(created.err)") }
        let pid = try pid()
        let started = try start()
        guard started.succeeded else { throw Failure("start: \(started.err)") }
        if ready { try awaitReady() }
        return pid
    }

    /// Waits for the container to write to /ready; answers the line.
    @discardableResult
    public func awaitReady() throws -> String {
        guard harness_readable(fifo, 10_000) == 1 else {
            throw Failure("the container never wrote to /ready")
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let got = Glibc.read(fifo, &bytes, bytes.count)
        return String(decoding: bytes[..<max(0, got)], as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Waits for the first process of a created container to end: its exit code, 128 + n for signal n.
    public func wait(_ pid: pid_t) throws -> Int {
        let status = harness_wait(pid, 10_000)
        guard status >= 0 else { throw Failure("process \(pid) did not end") }
        return status & 0x7f == 0 ? Int(status >> 8) & 0xff : 128 + Int(status & 0x7f)
    }

    /// What the created container has written so far.
    public var out: String { first.withLock { $0 }?.out ?? "" }
    public var err: String { first.withLock { $0 }?.err ?? "" }

    /// The path of a control file of the container in a hierarchy, for example ("pids", "pids.max").
    public func cgroupFile(_ controller: String, _ file: String) -> String {
        "\(Host.hierarchy(controller))\(cgroup)/\(file)"
    }

    /// What a control file says, without the newline; `v2` names the file that a unified hierarchy has
    /// in its place.
    public func cgroupValue(_ controller: String, _ file: String, v2: String? = nil) -> String? {
        Host.read(cgroupFile(controller, Host.isUnified ? v2 ?? file : file))?.trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    /// Deletes the container and its files; answers what was left behind, one line each.
    func end() -> [String] {
        if Host.exists(state + "/" + id) || Host.exists(cgroupFile("pids", "")) {
            _ = try? delete(force: true)
        }
        let left = leftovers()
        for path in mountsLeft() { umount2(path, 2) }
        clearCgroups()
        try? FileManager.default.removeItem(atPath: folder)
        return left
    }

    /// Mounts, cgroups, processes and state of this container that exist now.
    public func leftovers() -> [String] {
        var left = mountsLeft().map { "mount \($0)" }
        for hierarchy in Host.hierarchies where Host.exists(hierarchy + cgroup) {
            left.append("cgroup \(hierarchy)\(cgroup)")
        }
        if Host.exists(state + "/" + id) { left.append("state \(state)/\(id)") }
        let pid = lastPid.withLock { $0 }
        if pid > 0, Glibc.kill(pid, 0) == 0, harness_wait(pid, 5000) < 0 { left.append("process \(pid)") }
        return left
    }

    /// Processes whose command line names this container, once those about to die have had their time.
    public func processesLeft() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).filter { pid in
            let line = Host.read("/proc/\(pid)/cmdline") ?? ""
            return line.contains("\0" + id + "\0") && harness_wait(pid, 3000) < 0
        }.map { "process \($0)" }
    }

    private func mountsLeft() -> [String] {
        let table = Host.read("/proc/self/mountinfo") ?? ""
        return table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 && fields[4].hasPrefix(folder + "/") ? String(fields[4]) : nil
        }.reversed()
    }

    /// Ends what is in the container's cgroups and removes them, past the runtime.
    public func clearCgroups() {
        for hierarchy in Host.hierarchies where Host.exists(hierarchy + cgroup) {
            Host.write("THAWED", to: hierarchy + cgroup + "/freezer.state")
            Host.write("0", to: hierarchy + cgroup + "/cgroup.freeze")
            let members = Host.read(hierarchy + cgroup + "/cgroup.procs") ?? ""
            for member in members.split(separator: "\n") {
                guard let pid = pid_t(member) else { continue }
                Glibc.kill(pid, SIGKILL)
                _ = harness_wait(pid, 2000)
            }
            rmdir(hierarchy + cgroup)
        }
    }
}
