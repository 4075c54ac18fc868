import Foundation
import Kernel
import Testing
import Upkeep

@testable import Keeper

/// A container to keep: a bundle of busybox in a folder of its own, which goes with the test.
final class Box {
    let id: String
    let data: String
    var keeping = Keeping()
    private static let lock = NSLock()
    nonisolated(unsafe) private static var count = 0
    private static let cgroup = "/docklock-keeper-\(getpid())"

    var folder: String { keeping.folder }

    /// The program that was built beside this test bundle, or $DOCKLOCK.
    static let program: String = {
        if let path = ProcessInfo.processInfo.environment["DOCKLOCK"] { return path }
        let own = (try? Files.link("/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().path + "/docklock"
    }()

    init(
        _ script: String, hostPids: Bool = false, memory: Int? = nil,
        _ change: (inout Keeping) -> Void = { _ in }
    ) throws {
        Box.lock.lock()
        Box.count += 1
        id = "keep-\(getpid())-\(Box.count)"
        Box.lock.unlock()
        var template = Array("/tmp/docklock-keeper-XXXXXX".utf8CString)
        data = String(cString: try #require(mkdtemp(&template)))
        keeping.id = id
        keeping.name = "box"
        keeping.image = "busybox"
        keeping.folder = data + "/containers/" + id
        keeping.nameLink = data + "/names/box"
        keeping.stateRoot = data + "/run"
        keeping.socketRoot = data + "/sockets"
        keeping.events = data + "/events.jsonl"
        keeping.log.path = folder + "/log"
        change(&keeping)
        try Files.makeDirectories(folder + "/rootfs/bin")
        try Files.makeDirectories(data + "/names")
        for name in ["dev", "proc", "sys", "tmp"] { mkdir(folder + "/rootfs/" + name, 0o755) }
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: folder + "/rootfs/bin/busybox")
        for applet in Box.applets { symlink("busybox", folder + "/rootfs/bin/" + applet) }
        symlink("../containers/" + id, keeping.nameLink)
        try write(arguments: ["sh", "-c", script], hostPids: hostPids, memory: memory)
    }

    private static let applets = [
        "sh", "echo", "cat", "sleep", "true", "false", "dd", "head", "tty", "stty", "kill", "seq", "test",
        "printf", "yes", "wc", "touch", "rm", "cp",
    ]

    func write(arguments: [String], hostPids: Bool = false, memory: Int? = nil) throws {
        let kinds = (hostPids ? [] : ["pid"]) + ["mount", "uts", "ipc", "network"]
        let config: [String: Any] = [
            "ociVersion": "1.0.2",
            "process": [
                "terminal": keeping.tty, "user": ["uid": 0, "gid": 0], "args": arguments, "cwd": "/",
                "env": ["PATH=/bin", "TERM=xterm"],
            ],
            "root": ["path": "rootfs"],
            "mounts": [
                ["destination": "/proc", "type": "proc", "source": "proc"],
                ["destination": "/dev", "type": "tmpfs", "source": "tmpfs"],
                [
                    "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                    "options": ["newinstance", "ptmxmode=0666"],
                ],
            ],
            "linux": [
                "cgroupsPath": Box.cgroup + "/" + id, "namespaces": kinds.map { ["type": $0] },
                "resources": memory.map { ["memory": ["limit": $0]] } ?? [:],
            ],
        ]
        let bytes = try JSONSerialization.data(withJSONObject: config)
        try Files.replace(folder + "/config.json", with: Array(bytes))
    }

    /// The keeper, started, with a client that loses nothing.
    func start(_ hello: Hello? = nil) throws -> Client {
        var all = Hello()
        all.stdin = true
        all.stdout = true
        all.stderr = true
        all.isLossless = true
        return try Keeper.start(keeping, hello: hello ?? all, program: Box.program)
    }

    var state: KeptState? { try? Keeper.state(of: folder) }

    var log: String { (try? Files.text(keeping.log.path)) ?? "" }

    /// The keeper's pid.
    var keeper: Int32 { KeeperLock.holder(folder) ?? 0 }

    /// The guard's pid: the keeper's only child but the container.
    var guardian: Int32? {
        let text = (try? Files.text("/proc/\(keeper)/task/\(keeper)/children")) ?? ""
        let own = state?.pid
        return text.split(separator: " ").compactMap { Int32($0) }.first { $0 != own }
    }

    var actions: [String] {
        let text = (try? Files.text(keeping.events)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let json = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return json?["Action"] as? String
        }
    }

    deinit {
        if keeper > 0, let client = try? Client(keeping.socket) {
            try? client.ask(.stop(signal: SIGKILL, timeout: 0))
        }
        if keeper > 0 { kill(keeper, SIGKILL) }
        _ = try? Keeper.settle(folder)
        for tree in (try? Files.list("/sys/fs/cgroup")) ?? [] { rmdir("/sys/fs/cgroup/\(tree)\(Box.cgroup)") }
        try? FileManager.default.removeItem(atPath: data)
    }
}

/// What a client gets until the container has ended.
struct Transcript {
    var out = ""
    var err = ""
    var dropped: UInt64 = 0
    var status: Int32?
    var starts = 0

    init(_ client: Client, until enough: (Transcript) -> Bool = { _ in false }) throws {
        while status == nil, !enough(self), let (frame, payload) = try client.receive() {
            switch frame {
            case .stdout: out += String(decoding: payload, as: UTF8.self)
            case .stderr: err += String(decoding: payload, as: UTF8.self)
            case .dropped: dropped += Frame.number(payload, width: 8) ?? 0
            case .exited: status = Int32(payload.first ?? 255)
            case .started: starts += 1
            default: break
            }
        }
    }
}

/// Whether a process lives; a zombie does not.
func lives(_ pid: Int32) -> Bool {
    guard let (_, state) = Processes.identity(of: pid) else { return false }
    return state != UInt8(ascii: "Z") && state != UInt8(ascii: "X")
}

/// Waits for the end of any process; false where it does not come.
func ends(_ pid: Int32) -> Bool {
    guard let process = try? Processes.open(pid: pid) else { return true }
    var entry = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 20_000) == 1
}
