import CHarness
import Foundation

/// The runtime program under test, named by the environment: RUNTIME=ours (the built docklock, or
/// DOCKLOCK), crun, runc, or the path of any other.
public struct Runtime: Sendable {
    public enum Kind: String, Sendable { case ours, crun, runc }

    public let kind: Kind
    public let path: String

    public static let tested = Runtime()

    private init() {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["RUNTIME"] ?? "ours"
        switch name {
        case "crun":
            kind = .crun
            path = "/usr/bin/crun"
        case "runc":
            kind = .runc
            path =
                FileManager.default.isExecutableFile(atPath: "/usr/sbin/runc")
                ? "/usr/sbin/runc" : "/usr/bin/runc"
        case "ours":
            kind = .ours
            path = environment["DOCKLOCK"] ?? Runtime.built()
        default:
            kind = name.hasSuffix("crun") ? .crun : name.hasSuffix("runc") ? .runc : .ours
            path = name
        }
        guard FileManager.default.isExecutableFile(atPath: path) else {
            fatalError("no runtime at \(path): build docklock, or set RUNTIME or DOCKLOCK")
        }
    }

    /// The docklock that was built beside this test bundle.
    private static func built() -> String {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/docklock"
    }

    /// A call of the runtime. crun of Debian 12 refuses hosts with both hierarchies, so it does not see
    /// the unified one.
    public func command(_ arguments: [String]) -> Command {
        var command = Command(path, arguments)
        if kind == .crun { command.flags |= Int32(HARNESS_HIDE_UNIFIED) }
        return command
    }
}
