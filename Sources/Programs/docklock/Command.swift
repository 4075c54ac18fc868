import Container
import Glibc
import Kernel
import OCI
import Report
import Verbs
import Vessel

/// One command line, carried out.
struct Command {
    static let version = "0.1.0"

    let invocation: Invocation
    let log: Log

    init(_ invocation: Invocation) {
        self.invocation = invocation
        log = Log(invocation.globals)
    }

    /// The exit status: the container's for `run` and `exec`; else 0, or 1 with the reason told.
    func run() -> Int32 {
        if log.level >= .debug { log.write("docklock \(Command.version), process \(getpid())", .debug) }
        do {
            return try perform()
        } catch {
            log.write("\(error)", .error)
            if case .exec = invocation.verb { return 255 }
            return 1
        }
    }

    private func perform() throws -> Int32 {
        switch invocation.verb {
        case .help(let topic): try Output.print(Usage.help(topic))
        case .version: try Output.print(Usage.version(Command.version, commit: Build.commit))
        default: return try perform(Dock(invocation.globals, journal: journal))
        }
        return 0
    }

    private func perform(_ dock: Dock) throws -> Int32 {
        switch invocation.verb {
        case .create(let options): try dock.create(options)
        case .start(let id): try dock.start(id)
        case .run(let options): return try dock.run(options)
        case .exec(let options): return try dock.exec(options)
        case .state(let id): try Output.print(dock.state(id))
        case .list(let options): try Output.print(dock.list(options))
        case .ps(let options): try Output.print(dock.ps(options))
        case .kill(let options): try dock.kill(options)
        case .delete(let options): try dock.delete(options)
        case .pause(let id): try dock.pause(id)
        case .resume(let id): try dock.resume(id)
        case .update(let options): try dock.update(options)
        case .events(let options): try dock.events(options) { try Output.print($0) }
        case .spec(let options): try dock.spec(options)
        case .checkpoint(let options): try dock.checkpoint(options)
        case .restore(let options): return try dock.restore(options)
        case .repair(let id): try repair(id, dock)
        case .features: try Output.print(dock.features(version: Command.version, commit: Build.commit))
        case .help, .version: break
        }
        return 0
    }

    /// People's containers too, unless `--root` says that this is about other states than theirs.
    private func repair(_ id: String?, _ dock: Dock) throws {
        let vessels = invocation.globals.root == nil ? Vessels(Places()) : nil
        let warn = { log.write($0, .warning) }
        if let id, let vessels, vessels.has(id) { return try vessels.repair(id, warn: warn) }
        try dock.repair(id)
        if id == nil { try vessels?.repair(nil, warn: warn) }
    }

    private var journal: Journal {
        let log = self.log
        return Journal(warn: { log.write($0, .warning) }, debug: { log.write($0, .debug) })
    }
}
