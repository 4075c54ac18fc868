import ArgumentParser
import Glibc
import Kernel
import Pods

/// `docklock vpod play`
struct PlayKube: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play", abstract: "Make and start vPods as a Kubernetes YAML file asks for them.",
        discussion: """
            Kinds: Pod, Deployment, DaemonSet, ConfigMap, Secret, PersistentVolumeClaim. A field that is not \
            known is an error.

            Examples:
              docklock vpod play web.yaml
              docklock vpod play --down web.yaml
            """)

    @OptionGroup var places: VpodPlaces
    @Flag(help: "Remove the vPods that the file asks for.")
    var down = false
    @Flag(help: "With --down: the volumes of its claims, too.")
    var force = false
    @Flag(help: "Remove vPods of the same names first.")
    var replace = false
    @Flag(inversion: .prefixedNo, help: "Start them.")
    var start = true
    @Option(
        name: [.customLong("network"), .customLong("net")], help: "The network of the vPods. May be repeated."
    )
    var network: [String] = []
    @Option(
        name: .customLong("configmap"), help: "A further file, of ConfigMaps and Secrets. May be repeated.")
    var configmap: [String] = []
    @Argument(help: "The file; '-' is stdin.")
    var file: String

    mutating func validate() throws {
        guard !force || down else { throw ValidationError("--force goes with --down") }
    }

    mutating func run() throws {
        let vpods = try places.vpods
        let text = try PlayKube.read(file)
        let further = try configmap.map(PlayKube.read)
        func tell(_ id: String) throws { try Output.print(id + "\n") }
        if down { return try vpods.down(text, force: force, configurations: further, tell: tell) }
        var options = PlayOptions()
        (options.networks, options.replaces, options.starts) = (network, replace, start)
        options.configurations = further
        try vpods.play(text, options, tell: tell, complain: Output.complain)
    }

    private static func read(_ path: String) throws -> [UInt8] {
        try withInput(path) { number in
            let copy = Descriptor(try SystemError.check(fcntl(number, F_DUPFD_CLOEXEC, 3), "dup"))
            return try copy.readAll(limit: 4 << 20, name: path)
        }
    }
}
