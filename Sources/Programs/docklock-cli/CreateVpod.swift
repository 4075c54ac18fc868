import ArgumentParser
import Kernel
import Pod
import Pods
import Verbs

/// `docklock vpod create`
struct CreateVpod: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a vPod, without starting it.",
        discussion: """
            Examples:
              docklock vpod create --name web -p 8080:80 --memory 256m
              docklock run -d --pod web nginx
            """)

    @OptionGroup var places: VpodPlaces
    @Option(help: "Its name.")
    var name: String?
    @Flag(help: "Remove the vPod that has the name.")
    var replace = false
    @Option(name: [.short, .long], help: "A label, NAME=VALUE. May be repeated.")
    var label: [String] = []
    @Option(name: [.short, .long], help: "A port of the host for one of it: [[IP:]PORT:]PORT[/udp].")
    var publish: [String] = []
    @Option(help: "bridge, none, host or a network's name. May be repeated.")
    var network: [String] = []
    @Option(help: "Its IPv4 address.")
    var ip: String?
    @Option(name: .customLong("mac-address"), help: "Its MAC address.")
    var mac: String?
    @Option(help: "Its host name (its name).")
    var hostname: String?
    @Option(name: .customLong("add-host"), help: "A line of /etc/hosts, NAME:ADDRESS. May be repeated.")
    var hosts: [String] = []
    @Option(help: "A name server. May be repeated.")
    var dns: [String] = []
    @Option(name: .customLong("dns-search"), help: "A domain to search. May be repeated.")
    var search: [String] = []
    @Option(name: [.customLong("dns-option"), .customLong("dns-opt")], help: "An option of resolv.conf.")
    var options: [String] = []
    @Option(help: "A kernel's setting of its namespaces, NAME=VALUE. May be repeated.")
    var sysctl: [String] = []
    @Option(help: "Namespaces that are shared: net,ipc,uts or net,ipc,uts,pid.")
    var share = "net,ipc,uts"
    @Option(name: [.short, .long], help: "Memory of all containers together.")
    var memory: String?
    @Option(name: .customLong("memory-swap"), help: "Memory and swap together; -1 for no limit.")
    var swap: String?
    @Option(help: "CPUs, such as 1.5.")
    var cpus: String?
    @Option(name: .customLong("cpu-shares"), help: "The weight beside others.")
    var shares: Int64?
    @Option(name: .customLong("cpuset-cpus"), help: "CPUs, such as 0-2,7.")
    var cpuset: String?
    @Option(name: .customLong("pids-limit"), help: "Processes of all containers together.")
    var pids: Int64?
    @Option(name: .customLong("shm-size"), help: "Size of /dev/shm (64m).")
    var shm: String?
    @Option(help: "When a generated unit starts it again: no, on-failure or always.")
    var restart: String = "no"
    @Option(name: .customLong("pod-id-file"), help: "Where to write its id.")
    var file: String?

    mutating func run() throws {
        let record = try places.vpods.create(try request(), name: name, replaces: replace)
        if let file { try Files.replace(try absolute(file), with: Array(record.id.utf8), mode: 0o644) }
        try Output.print(record.id + "\n")
    }

    private func request() throws -> PodRequest {
        var request = PodRequest()
        request.labels = label.map { text in
            guard let at = text.firstIndex(of: "="), at > text.startIndex else {
                return PodLabel(text, "")
            }
            return PodLabel(String(text[..<at]), String(text[text.index(after: at)...]))
        }
        (request.ports, request.networks, request.hosts) = (publish, network, hosts)
        (request.ip, request.mac, request.hostname) = (ip, mac, hostname)
        (request.dns, request.dnsSearch, request.dnsOptions) = (dns, search, options)
        request.sysctls = sysctl
        let shared = Set(share.split(separator: ","))
        guard shared.subtracting(["net", "ipc", "uts", "pid"]).isEmpty,
            shared.isSuperset(of: ["net", "ipc", "uts"])
        else {
            throw Failure(
                description: "--share: \"\(share)\" is neither net,ipc,uts nor that and pid", status: 125)
        }
        request.sharesPids = shared.contains("pid")
        request.resources.memory = try memory.map { try size($0, "--memory") }
        request.resources.swap = try swap.map { try size($0, "--memory-swap") }
        request.resources.nanoCPUs = try cpus.map { text in
            guard let count = Double(text), count > 0, count < 1_000_000 else {
                throw Failure(description: "--cpus: \"\(text)\" is no number of CPUs", status: 125)
            }
            return Int64(count * 1_000_000_000)
        }
        request.resources.cpuShares = shares
        request.resources.cpus = cpuset
        request.resources.pids = pids
        if let shm { request.sharedMemorySize = try size(shm, "--shm-size") }
        guard let policy = PodRestart(rawValue: restart) else {
            throw Failure(
                description: "--restart: \"\(restart)\" is none of no, on-failure, always", status: 125)
        }
        request.restart = policy
        return request
    }

    private func size(_ text: String, _ flag: String) throws -> Int64 {
        guard let size = Quantity.size(text), size > 0 || (size == -1 && flag == "--memory-swap") else {
            throw Failure(description: "\(flag): \"\(text)\" is no size, such as 64m", status: 125)
        }
        return size
    }
}
