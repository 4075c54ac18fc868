import ArgumentParser
import Glibc
import Kernel
import Pod
import Pods

/// `docklock vpod VERB`.
struct VpodGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vpod",
        abstract: "Make and handle vPods: containers that share network, IPC, host name and limits.",
        subcommands: [
            CreateVpod.self, StartVpods.self, StopVpods.self, RestartVpods.self, RemoveVpods.self,
            ListVpods.self, InspectVpods.self, LogsOfVpod.self, StatsOfVpods.self, RotateVpods.self,
            GenerateUnits.self, PlayKube.self,
        ])
}

/// Where vPods and their containers are kept.
struct VpodPlaces: ParsableArguments {
    @Option(name: .customLong("data-root"), help: "The directory of images and containers.")
    var data: String?
    @Option(name: .customLong("root"), help: "The directory of the containers' states.")
    var root: String?

    var vpods: Vpods {
        get throws {
            try Vpods(
                data: try data.map(absolute), stateRoot: try root.map(absolute), program: try Sibling.path())
        }
    }
}

/// Names of vPods, or all of them.
struct VpodNames: ParsableArguments {
    @Flag(name: [.short, .long], help: "All vPods.")
    var all = false
    @Argument(help: "Names or ids.")
    var names: [String] = []

    mutating func validate() throws {
        guard all == names.isEmpty else {
            throw ValidationError(all ? "--all takes no names" : "a vPod's name is missing")
        }
    }

    /// Does something to each, also after one failed, and prints the names of those that went well.
    func forEachOf(_ vpods: Vpods, ignoresMissing: Bool = false, _ work: (PodRecord) throws -> Void) throws {
        var status: Int32 = 0
        let wanted = all ? try vpods.all().map(\.id) : names
        for name in wanted {
            do {
                let record = try vpods.find(name)
                try work(record)
                try Output.print((all ? record.id : name) + "\n")
            } catch let error as VpodError {
                if ignoresMissing, error == .absent(name) { continue }
                Output.complain(error.description)
                status = error.status
            } catch {
                Output.complain("\(error)")
                status = 125
            }
        }
        if status != 0 { _exit(status) }
    }
}

/// `docklock vpod start`
struct StartVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start vPods with their containers.")

    @OptionGroup var places: VpodPlaces
    @Flag(help: .init("Only the container that holds the namespaces.", visibility: .hidden))
    var infra = false
    @Option(help: "Wait until health checks pass, at most so many seconds.")
    var wait: Int?
    @OptionGroup var names: VpodNames

    mutating func run() throws {
        let vpods = try places.vpods
        guard infra else {
            return try names.forEachOf(vpods) { try vpods.start($0, waits: wait) }
        }
        for name in names.names { try vpods.start(try vpods.find(name), onlyInfra: true) }
    }
}

/// `docklock vpod stop`
struct StopVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop vPods with their containers.")

    @OptionGroup var places: VpodPlaces
    @Option(name: [.customShort("t"), .customLong("time")], help: "Seconds until they are killed.")
    var time: Int?
    @Flag(name: [.short, .long], help: "A missing one is no error.")
    var ignore = false
    @OptionGroup var names: VpodNames

    mutating func run() throws {
        let vpods = try places.vpods
        try names.forEachOf(vpods, ignoresMissing: ignore) { try vpods.stop($0, timeout: time) }
    }
}

/// `docklock vpod restart`
struct RestartVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Stop vPods and start them again.")

    @OptionGroup var places: VpodPlaces
    @Option(name: [.customShort("t"), .customLong("time")], help: "Seconds until they are killed.")
    var time: Int?
    @OptionGroup var names: VpodNames

    mutating func run() throws {
        let vpods = try places.vpods
        try names.forEachOf(vpods) { try vpods.restart($0, timeout: time) }
    }
}

/// `docklock vpod rm`
struct RemoveVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove vPods with their containers, volumes and keys.")

    @OptionGroup var places: VpodPlaces
    @Flag(name: [.short, .long], help: "Those that run, too; a missing one is no error.")
    var force = false
    @Flag(name: [.short, .long], help: "A missing one is no error.")
    var ignore = false
    @Option(name: [.customShort("t"), .customLong("time")], help: "Seconds until they are killed (0).")
    var time = 0
    @OptionGroup var names: VpodNames

    mutating func run() throws {
        let vpods = try places.vpods
        if force { try vpods.sweep() }
        try names.forEachOf(vpods, ignoresMissing: ignore || force) {
            try vpods.remove($0, force: force, timeout: time)
        }
    }
}

/// `docklock vpod rotate`
struct RotateVpods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give vPods new keys, which the old ones sign.",
        discussion: "The signature stands in the vPod's log of events: see docklock vpod inspect.")

    @OptionGroup var places: VpodPlaces
    @Argument(help: "Names or ids.")
    var names: [String]

    mutating func run() throws {
        let vpods = try places.vpods
        for name in names { try Output.print("key: " + vpods.rotate(name) + "\n") }
    }
}
