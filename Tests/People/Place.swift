import CHarness
import Foundation
import Harness
import Synchronization

/// Where one test's containers live: a DATA with the image `busybox`, a root of states, and a network
/// namespace, all of its own. Made inside a test that carries `.people`.
final class Place: Sendable {
    let folder: String
    private let holder: Started
    private let hold: Int32
    private let fifo: Int32
    private static let count = Atomic<Int>(0)

    var data: String { folder + "/d" }
    var network: String { "/proc/\(holder.pid)/ns/net" }

    init() throws {
        let number = Place.count.wrappingAdd(1, ordering: .relaxed).newValue
        folder = Host.shared.folder + "/p\(number)"
        for name in ["", "/ready"] { mkdir(folder + name, 0o777) }
        mkfifo(folder + "/ready/fifo", 0o666)
        chmod(folder + "/ready", 0o777)
        chmod(folder + "/ready/fifo", 0o666)
        fifo = open(folder + "/ready/fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        (holder, hold) = try Place.namespace(in: folder)
        let copied = try Command("/bin/cp", ["-al", Template.shared.data, folder + "/d"]).run(in: folder)
        guard copied.succeeded else { throw Failure("copy of the images: \(copied.err)") }
        Visits.current?.add(self)
    }

    deinit {
        close(fifo)
        close(hold)
    }

    /// A process in a new network namespace, which ends when the descriptor is closed.
    private static func namespace(in folder: String) throws -> (Started, Int32) {
        var (kept, told): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&kept) == 0, pipe(&told) == 0 else { throw Failure("no pipe") }
        defer { for number in [kept[0], told[0]] { close(number) } }
        var holder = Command(
            "/usr/bin/unshare", ["-n", "sh", "-c", "ip link set lo up && echo >&4 && exec cat <&3 4>&-"])
        holder.descriptors = [kept[0], told[1]]
        let started = try holder.start(in: folder, name: "holder")
        close(told[1])
        var byte: UInt8 = 0
        guard harness_readable(told[0], 10_000) == 1, read(told[0], &byte, 1) == 1 else {
            throw Failure("no network namespace: \(started.err)")
        }
        return (started, kept[1])
    }

    /// A program in the place's network.
    func inside(_ path: String, _ arguments: [String]) -> Command {
        Command("/usr/bin/nsenter", ["--net=" + network, path] + arguments)
    }

    func command(_ arguments: [String]) -> Command {
        inside(Runtime.tested.path, ["--data-root", data, "--root", folder + "/s"] + arguments)
    }

    /// Runs a verb to its end.
    @discardableResult
    func invoke(_ arguments: String...) throws -> Command.Outcome { try command(arguments).run(in: folder) }

    /// `run` with flags, of a script in the image's shell.
    func run(_ flags: [String], _ script: String) throws -> Command.Outcome {
        try command(arguments(flags, script)).run(in: folder)
    }

    func arguments(_ flags: [String], _ script: String) -> [String] {
        let network = flags.contains("--network") || flags.contains("-p") ? [] : ["--network", "none"]
        return ["run"] + network + flags + ["busybox", "sh", "-c", script]
    }

    /// `run -d --name`; answers once the script has come to its end, after which the container sleeps.
    @discardableResult
    func launch(_ name: String, _ flags: [String] = [], _ script: String = "true") throws -> String {
        let ready = ["-v", folder + "/ready:/ready"]
        let sleeps = script + "; echo > /ready/fifo; exec sleep 1000"
        let outcome = try run(["-d", "--name", name] + ready + flags, sleeps)
        guard outcome.succeeded else { throw Failure("run -d: \(outcome.err)") }
        try awaitReady()
        return outcome.line(0)
    }

    /// Waits for a container to write to /ready/fifo.
    func awaitReady() throws {
        guard harness_readable(fifo, 20_000) == 1 else { throw Failure("no container wrote to /ready/fifo") }
        var bytes = [UInt8](repeating: 0, count: 4096)
        _ = read(fifo, &bytes, bytes.count)
    }

    /// One column of `ps -a` for a container.
    func look(_ name: String, _ field: String = "State") throws -> String {
        try invoke("ps", "-a", "--filter", "name=" + name, "--format", "{{.\(field)}}").line(0)
    }

    /// Without the folders that keepers are about to remove.
    func names(in folder: String) -> [String] { all(in: folder).filter { !$0.hasPrefix(".gone-") } }

    private func all(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: data + "/" + folder)) ?? []).sorted()
    }

    /// Processes in the place's network by their names: keepers, guards, resolvers.
    func processes(_ name: String = "") -> [pid_t] {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: network)
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.compactMap { pid_t($0) }.filter { pid in
            guard pid != holder.pid, let comm = Host.read("/proc/\(pid)/comm"), comm.hasPrefix(name) else {
                return false
            }
            return (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net")) == own
        }
    }

    /// What containers that are gone have left, once what was about to end has had its time.
    func leftovers() -> [String] {
        var left = processes().filter { harness_wait($0, 10_000) < 0 }.map { pid in
            "process \(pid) \(Host.read("/proc/\(pid)/comm") ?? "")"
        }
        for inner in ["containers", "names", "vpods/names", "../s-vpods"] {
            left += all(in: inner).map { "\(inner)/\($0)" }
        }
        for network in names(in: "networks") {
            for inner in ["leases", "members"] {
                left += names(in: "networks/\(network)/\(inner)").map { "\(network)/\(inner)/\($0)" }
            }
        }
        left += names(in: "../s").filter { !$0.hasPrefix(".") }.map { "state \($0)" }
        left += (Host.read("/proc/self/mountinfo") ?? "").split(separator: "\n").filter {
            $0.contains(" \(folder)/")
        }.map(String.init)
        left += awaitNothing {
            let links = (try? inside("/sbin/ip", ["-br", "link"]).run(in: folder))?.lines ?? ["no links"]
            return links.filter { !$0.hasPrefix("lo ") && !$0.hasPrefix("docklock0 ") }
        }
        return left
    }

    /// Cgroups of a container on the host.
    func cgroups(_ id: String) -> [String] {
        Host.hierarchies.map { $0 + "/docklock/" + id }.filter(Host.exists)
    }

    func end() -> [String] {
        if !names(in: "vpods/names").isEmpty { _ = try? command(["vpod", "rm", "-f", "-a"]).run(in: folder) }
        let ids = names(in: "containers")
        if !ids.isEmpty { _ = try? command(["rm", "-f", "-v"] + ids).run(in: folder) }
        let left = leftovers() + ids.flatMap(cgroups)
        for pid in processes() { kill(pid, SIGKILL) }
        kill(holder.pid, SIGKILL)
        _ = holder.wait()
        try? FileManager.default.removeItem(atPath: folder)
        return left
    }
}

/// A DATA with the image, made once; places take links to what is in it.
final class Template: Sendable {
    static let shared = Template()
    let data = Host.shared.folder + "/template"

    private init() {
        let folder = Host.shared.folder
        let script = """
            set -e; mkdir -p root/bin root/etc root/tmp root/root; chmod 1777 root/tmp
            cp /bin/busybox root/bin/busybox
            for applet in $(/bin/busybox --list); do
                [ "$applet" = busybox ] || ln -s busybox "root/bin/$applet"
            done
            printf 'root:x:0:0:root:/root:/bin/sh\\nuser:x:1000:1000::/tmp:/bin/sh\\n' > root/etc/passwd
            printf 'root:x:0:\\nuser:x:1000:\\nextra:x:2000:user\\n' > root/etc/group
            tar -C root -cf fs.tar .
            "$0" --data-root "$1" import fs.tar busybox
            """
        var made = Command("/bin/sh", ["-c", script, Runtime.tested.path, data])
        made.cwd = folder
        let outcome = try? made.run(in: folder)
        guard outcome?.succeeded == true else { fatalError("no image: \(outcome?.err ?? "")") }
    }
}
