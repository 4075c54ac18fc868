import Addressing
import Glibc
import Kernel
import Netlink
import Testing

@testable import Wiring

@Suite("What a crash leaves", .serialized, .enabled(if: geteuid() == 0))
struct ReconcileTests {
    /// Everything of ours that the host has: devices, entries of sets and maps, addresses in use, members.
    private func remains(_ lab: Lab) throws -> [String] {
        let host = try Host()
        var found = try host.links.list().map(\.name).filter { $0 != "lo" }
        for set in Ruleset.maps + [Ruleset.bridges, Ruleset.same, Ruleset.masqueraded] {
            found += try host.elements(set).map { "\(set) \($0.key)" }
        }
        for network in try lab.wiring.networks() {
            found += try lab.wiring.inspect(network.name).members.map { "member \($0.name)" }
            found += try Files.list(lab.data + "/networks/\(network.name)/leases").map { "lease \($0)" }
        }
        return found.sorted()
    }

    @Test("containers that have gone leave nothing, those that live keep all")
    func gone() throws {
        let lab = try Lab(hasWorld: false)
        let (dead, _) = try lab.attach("dead", ports: ["8080:80", "127.0.0.1:99:9/udp"])
        lab.end(dead)
        try lab.wiring.reconcile { _ in false }
        #expect(try remains(lab) == [])
        let (box, _) = try lab.attach("box", ports: ["8080:80"])
        let before = try remains(lab)
        _ = try lab.attach("held")
        try lab.wiring.reconcile { $0 == Lab.id("box") }
        #expect(try remains(lab) == before)
        #expect(try lab.within(box) { try lab.run("ip", "-o link show dev eth0") }.contains("UP"))
    }

    @Test("a call that fails leaves nothing but the network")
    func failure() throws {
        let lab = try Lab(hasWorld: false)
        _ = try lab.attach("box", ports: ["8080:80"])
        let before = try remains(lab)
        // It fails on the second network, where the name of the device is taken.
        var second = NetworkRequest(network: "back")
        second.interface = "eth0"
        _ = try lab.wiring.create(NetworkOptions(name: "back", created: "now"))
        let said = refusal {
            _ = try lab.attach("two", ports: ["8081:80"], networks: [NetworkRequest(), second])
        }
        #expect(said == "the container has a network device eth0 already")
        try lab.wiring.reconcile { $0 == Lab.id("box") }
        #expect(try remains(lab) == before)
    }

    @Test("a container that starts again after a crash is attached anew")
    func again() throws {
        let lab = try Lab(hasWorld: false)
        let (dead, _) = try lab.attach("box", ports: ["8080:80"])
        lab.end(dead)
        _ = try lab.attach("box", ports: ["8080:80"])
        #expect(try Files.list(lab.data + "/networks/docklock/leases") == ["10.88.0.3"])
        #expect(try lab.run("nft", "list map inet docklock any4").contains("tcp . 8080 : 10.88.0.3 . 80"))
    }

    /// The steps of an attachment at which a killed process stops, each as what it leaves.
    enum Stop: CaseIterable {
        case lease, record, device, ports, unlisted
    }

    @Test("whatever step was the last, reconcile takes it back", arguments: Stop.allCases)
    func killed(stop: Stop) throws {
        let lab = try Lab(hasWorld: false)
        _ = try lab.attach("box", ports: ["8080:80"])
        let before = try remains(lab)
        let dead = try lab.container()
        let folders = Folders(data: lab.data)
        let network = try #require(try folders.find("docklock"))
        let host = try Host()
        let address = try folders.lease(nil, of: network.subnets[0], network: "docklock", to: Lab.id("dead"))
        var member = Member(
            id: Lab.id("dead"), name: "dead", aliases: [], interface: "eth0", hostInterface: "dldead0",
            hardware: HardwareAddress(for: address), addresses: [address])
        member.ports = [Publication(hostPort: 9090, port: 90, transport: .tcp)]
        if stop != .lease && stop != .unlisted { try folders.save(member, of: "docklock") }
        if stop != .lease && stop != .record {
            let bridge = try #require(try host.links.find("docklock0"))
            let pair = VethPair(
                name: "dldead0", master: bridge.index, peerName: "eth0",
                peerHardware: member.hardware.bytes, mtu: nil)
            try host.links.add(pair, namespace: dead)
        }
        if stop == .ports || stop == .unlisted {
            var batch = Batch(table: Ruleset.table)
            for entry in Ruleset.entries(of: member.ports[0], to: [address]) {
                batch.add(entry.element, to: entry.map, label: "")
            }
            try host.tables.commit(batch)
        }
        #expect(try remains(lab) != before)
        try lab.wiring.reconcile { $0 == Lab.id("box") }
        #expect(try remains(lab) == before)
    }

    @Test("what an administrator flushed comes back, and what is not ours stays")
    func flushed() throws {
        let lab = try Lab()
        let (web, _) = try lab.attach("web", ports: ["8080:80"])
        let before = try remains(lab)
        try lab.run("nft", "flush ruleset")
        try lab.run("nft", "add table inet other")
        try lab.wiring.reconcile { _ in true }
        #expect(try remains(lab) == before)
        #expect(try lab.run("nft", "list tables").contains("table inet other"))
        let server = try lab.within(web) { try Talk.serve(.tcp, 80) }
        let talk = try lab.within(lab.world) { try Talk.reach(.tcp, "192.0.2.1", 8080) }
        _ = try server.accept()
        _ = talk
    }

    @Test("a folder that is no network yet, or no longer, is none")
    func halfMade() throws {
        let lab = try Lab(hasWorld: false)
        try Files.makeDirectories(lab.data + "/networks/half/leases")
        #expect(try lab.wiring.networks().isEmpty)
        try lab.wiring.reconcile { _ in true }
        #expect(try lab.wiring.create(NetworkOptions(name: "half", created: "now")).bridge == "docklock1")
        try lab.wiring.remove("half")
        #expect(!Files.exists(lab.data + "/networks/half"))
    }

    @Test("a device of the last life is no hindrance, and goes when its namespace goes")
    func devices() throws {
        let lab = try Lab(hasWorld: false)
        let (first, _) = try lab.attach("box")
        try lab.wiring.detach(Lab.id("box"))
        _ = try lab.attach("box")
        let known = try lab.wiring.inspect("docklock").members[0].hostInterface
        #expect(try Host().links.list().filter { $0.kind == "veth" }.count == 2)
        try lab.wiring.reconcile { _ in true }
        #expect(try Host().links.list().filter { $0.kind == "veth" }.map(\.name) == [known])
        _ = first
    }
}

@Suite("Verbs of networks", .serialized, .enabled(if: geteuid() == 0))
struct NetworkVerbTests {
    @Test("make, look, remove")
    func life() throws {
        let lab = try Lab(hasWorld: false)
        var options = NetworkOptions(name: "front", created: "2026-01-02T03:04:05Z")
        options.hasIPv6 = true
        options.labels = [("a", "b")]
        let made = try lab.wiring.create(options)
        #expect(made.subnets.map { "\($0.prefix)" }[0] == "10.89.0.0/24")
        #expect(made.subnets[1].prefix.address.bytes[0] == 0xfd)
        #expect(try lab.wiring.inspect("front").network == made)
        #expect(try lab.wiring.create(NetworkOptions(name: "back", created: "now")).bridge == "docklock2")
        #expect(try lab.wiring.networks().map(\.name) == ["back", "front"])
        _ = try lab.attach("box", networks: [NetworkRequest(network: "front")])
        #expect(try lab.wiring.prune() == ["back"])
        #expect(refusal { try lab.wiring.remove("front") } == "network front is used by box")
        try lab.wiring.detach(Lab.id("box"))
        try lab.wiring.remove("front")
        #expect(try lab.wiring.networks().isEmpty)
        #expect(if_nametoindex(made.bridge) == 0)
        #expect(!Files.exists(lab.data + "/networks/front"))
    }

    @Test("a subnet that the host's routes use is not chosen")
    func taken() throws {
        let lab = try Lab()
        try lab.run("ip", "addr add 10.88.7.1/24 dev up0")
        _ = try lab.attach("box")
        #expect(try lab.wiring.inspect("docklock").network.subnets.map { "\($0.prefix)" } == ["10.89.0.0/24"])
    }

    @Test("what can't be made says why")
    func refused() throws {
        let lab = try Lab(hasWorld: false)
        func say(_ change: (inout NetworkOptions) throws -> Void) -> String? {
            refusal {
                var options = NetworkOptions(name: "new", created: "now")
                try change(&options)
                _ = try lab.wiring.create(options)
            }
        }
        var first = NetworkOptions(name: "first", created: "now")
        first.subnets = [try Prefix("10.200.0.0/24")]
        _ = try lab.wiring.create(first)
        #expect(say { $0.name = "first" } == "there is a network first already")
        #expect(say { $0.name = "host" } == "a network cannot be called host, a word of --network")
        #expect(
            say { $0.subnets = [try Prefix("10.200.0.128/25")] }
                == "subnet 10.200.0.128/25 overlaps with that of network first")
        #expect(
            say { $0.subnets = [try Prefix("10.1.0.0/24"), try Prefix("10.2.0.0/24")] }
                == "network new has two subnets of one family")
        #expect(
            say { $0.subnets = [try Prefix("10.1.0.0/31")] }
                == "subnet 10.1.0.0/31 has no room for containers")
        #expect(
            say { $0.gateways = [try #require(IPAddress("9.9.9.9"))] }
                == "gateway 9.9.9.9 is in no subnet of the network")
        #expect(say { $0.mtu = 40 } == "MTU 40 is not between 68 and 65535")
        #expect(say { $0.bridge = "a/b" } == "\"a/b\" is no name of a network device")
        #expect(say { $0.bridge = "docklock1" } == "bridge docklock1 is that of another network")
        #expect(try lab.wiring.networks().count == 1)
        #expect(
            refusal { _ = try lab.attach("box", networks: [NetworkRequest(network: "none-such")]) }
                == "there is no network none-such")
    }

    @Test("a full network says so, and an address that is given back is given again")
    func full() throws {
        let lab = try Lab(hasWorld: false)
        var options = NetworkOptions(name: "tiny", created: "now")
        options.subnets = [try Prefix("10.200.0.0/30")]
        _ = try lab.wiring.create(options)
        let networks = [NetworkRequest(network: "tiny")]
        _ = try lab.attach("one", networks: networks)
        #expect(
            refusal { _ = try lab.attach("two", networks: networks) }
                == "network tiny has no free address in 10.200.0.0/30")
        try lab.wiring.detach(Lab.id("one"))
        _ = try lab.attach("two", networks: networks)
    }

    @Test("a running container joins and leaves")
    func join() throws {
        let lab = try Lab(hasWorld: false)
        let (box, _) = try lab.attach("box")
        _ = try lab.wiring.create(NetworkOptions(name: "more", created: "now"))
        let got = try lab.wiring.connect(
            NetworkRequest(network: "more"), id: Lab.id("box"), name: "box", time: "now", namespace: box)
        #expect(got.name == "eth1" && got.addresses.map { "\($0.address)" } == ["10.89.0.2"])
        #expect(try lab.within(box) { try lab.run("ip", "-o -4 addr") }.contains("10.89.0.2/24"))
        #expect(
            refusal {
                _ = try lab.wiring.connect(
                    NetworkRequest(network: "more"), id: Lab.id("box"), name: "box", time: "now",
                    namespace: box)
            } == "container box is on network more already")
        try lab.wiring.disconnect(id: Lab.id("box"), from: "more")
        #expect(!(try lab.within(box) { try lab.run("ip", "link") }).contains("eth1"))
        #expect(
            refusal { try lab.wiring.disconnect(id: Lab.id("box"), from: "more") }?.contains("is not on")
                == true)
        #expect(try lab.wiring.inspect("more").members.isEmpty)
    }
}
