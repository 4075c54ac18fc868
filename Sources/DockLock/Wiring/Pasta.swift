import Addressing
import Glibc
import Kernel

/// The network of a container without privileges: pasta(1) of passt, which speaks for it as an ordinary
/// program.
public enum Pasta {
    /// Connects a container's network namespace, and publishes ports; returns when all is set up.
    ///
    /// - Parameters:
    ///   - program: pasta's path.
    ///   - pid: a process in the container's user and network namespaces.
    ///   - pidFile: where pasta's own pid is kept, for `end`: it doesn't see that the namespace has gone.
    ///   - arguments: what `--network pasta:…` adds.
    public static func start(
        _ program: String, pid: Int32, ports: [Publication], pidFile: String, arguments: [String] = []
    ) throws {
        let words = try words(pid: pid, ports: ports, pidFile: pidFile, arguments: arguments)
        let code = try Processes.run(program, [program] + words, env: [], seconds: 10)
        guard code == 0 else {
            throw WiringError(
                code.map { "pasta ended with \($0)" } ?? "pasta was not ready in 10 seconds")
        }
    }

    /// Nothing is forwarded but what is published, and the host's loopback stays the host's.
    static func words(
        pid: Int32, ports: [Publication], pidFile: String, arguments: [String]
    ) throws -> [String] {
        var words = ["--config-net", "--quiet", "--no-map-gw", "-P", pidFile]
        for transport in Transport.allCases {
            let flag = transport == .tcp ? "-t" : "-u"
            let published = ports.filter { $0.transport == transport }
            if published.isEmpty { words += [flag, "none"] }
            for port in published {
                guard let hostPort = port.hostPort else {
                    throw WiringError("port \(port.port) needs a port of the host's: pasta chooses none")
                }
                let address = port.hostAddress.map { "\($0)/" } ?? ""
                words += [flag, address + String(hostPort) + ":" + String(port.port)]
            }
        }
        words += ["-T", "none", "-U", "none"] + arguments
        let process = "/proc/" + String(pid) + "/ns/"
        return words + ["--userns", process + "user", "--netns", process + "net"]
    }

    /// Ends the pasta that `start` left. One that is gone is no error.
    public static func end(pidFile: String) throws {
        guard Files.exists(pidFile) else { return }
        let digits = try Files.read(pidFile, limit: 64).prefix { $0 >= 48 && $0 <= 57 }
        if let pid = Int32(String(decoding: digits, as: UTF8.self)),
            let process = try? Processes.open(pid: pid)
        {
            // The number may be another process's by now; the descriptor holds on to the one that is looked
            // at.
            let name = (try? Files.text("/proc/" + String(pid) + "/comm")) ?? ""
            if name.hasPrefix("pasta") { try Processes.signal(process, SIGTERM) }
        }
        try Files.remove(pidFile)
    }
}
