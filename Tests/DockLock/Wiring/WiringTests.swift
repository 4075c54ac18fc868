import Addressing
import Glibc
import Kernel
import Netlink
import Testing

@testable import Wiring

@Suite("Containers on a network", .serialized, .enabled(if: geteuid() == 0))
struct WiringTests {
    /// A round trip over TCP: the client is in one namespace, the server in another.
    private func tcp(
        _ lab: Lab, from client: Int32, to address: String, _ port: UInt16, server: Int32, at inner: UInt16
    ) throws -> IPAddress {
        let isIPv6 = address.contains(":")
        let listener = try lab.within(server) { try Talk.serve(.tcp, inner, isIPv6: isIPv6) }
        let talk = try lab.within(client) {
            do {
                return try Talk.reach(.tcp, address, port)
            } catch {
                throw WiringError("\(lab.name(of: client)) to \(address) port \(port): \(error)")
            }
        }
        let (accepted, from) = try listener.accept()
        try talk.say("ping")
        #expect(try accepted.hear() == "ping")
        try accepted.say("pong")
        #expect(try talk.hear() == "pong")
        return from
    }

    private func udp(
        _ lab: Lab, from client: Int32, to address: String, _ port: UInt16, server: Int32, at inner: UInt16
    ) throws {
        let isIPv6 = address.contains(":")
        let listener = try lab.within(server) { try Talk.serve(.udp, inner, isIPv6: isIPv6) }
        let talk = try lab.within(client) { try Talk.reach(.udp, address, port) }
        try talk.say("ping")
        _ = try listener.echo()
        #expect(try talk.hear() == "PING")
    }

    @Test("a container gets a device, an address, a route, and the world, which sees the host")
    func attach() throws {
        let lab = try Lab()
        let (box, got) = try lab.attach("box")
        #expect(got.interfaces.count == 1)
        #expect(got.interfaces[0].addresses[0].address == IPAddress("10.88.0.2"))
        #expect(got.interfaces[0].gateways == [IPAddress("10.88.0.1")])
        let shown = try lab.within(box) { try lab.run("ip", "-o addr show dev eth0") }
        #expect(shown.contains("inet 10.88.0.2/16 brd 10.88.255.255 scope global eth0"))
        let link = try lab.within(box) { try lab.run("ip", "-o link show dev eth0") }
        #expect(link.contains("02:42:0a:58:00:02"))
        let routes = try lab.within(box) { try lab.run("ip", "route") }
        #expect(routes.contains("default via 10.88.0.1 dev eth0"))
        #expect(try lab.run("ip", "-o addr show dev docklock0").contains("inet 10.88.0.1/16"))
        // nft understands every rule of ours.
        let rules = try lab.run("nft", "list ruleset")
        #expect(rules.contains("ct status dnat accept"), "\(rules)")

        let seen = try tcp(lab, from: box, to: "192.0.2.2", 80, server: lab.world, at: 80)
        #expect(seen == IPAddress("192.0.2.1"))
    }

    @Test(
        "a published port leads in from the world, the host, a neighbour and the container itself",
        arguments: [false, true])
    func publish(seesBridged: Bool) throws {
        let lab = try Lab()
        try lab.showBridgedToTables(seesBridged)
        let (web, got) = try lab.attach("web", ports: ["8080:80", "8081:81/udp"])
        #expect(got.ports.map(\.hostPort) == [8080, 8081])
        let (neighbour, _) = try lab.attach("neighbour")
        let inside = IPAddress("10.88.0.2")
        let from = try tcp(lab, from: lab.world, to: "192.0.2.1", 8080, server: web, at: 80)
        #expect(from == IPAddress("192.0.2.2"), "the container sees who comes from outside")
        for address in ["192.0.2.1", "127.0.0.1", "10.88.0.1"] {
            _ = try tcp(lab, from: lab.host, to: address, 8080, server: web, at: 80)
            try udp(lab, from: lab.host, to: address, 8081, server: web, at: 81)
        }
        _ = try tcp(lab, from: neighbour, to: "192.0.2.1", 8080, server: web, at: 80)
        _ = try tcp(lab, from: web, to: "192.0.2.1", 8080, server: web, at: 80)
        try udp(lab, from: lab.world, to: "192.0.2.1", 8081, server: web, at: 81)
        try udp(lab, from: neighbour, to: "192.0.2.1", 8081, server: web, at: 81)
        try udp(lab, from: web, to: "192.0.2.1", 8081, server: web, at: 81)
        // The neighbour comes directly as itself.
        let direct = try tcp(lab, from: neighbour, to: "\(try #require(inside))", 80, server: web, at: 80)
        #expect(direct == IPAddress("10.88.0.3"))
    }

    @Test("a flow of datagrams goes to the container that has the port now")
    func flows() throws {
        let lab = try Lab()
        let client = try lab.within(lab.world) { try Talk.reach(.udp, "192.0.2.1", 8081) }
        // The kernel remembers where these went: to the host itself, which has nobody, then to the first.
        try client.say("nobody")
        try client.awaitRefusal()
        for name in ["first", "second"] {
            let (box, _) = try lab.attach(name, ports: ["8081:81/udp"])
            let server = try lab.within(box) { try Talk.serve(.udp, 81) }
            // The refusal of what nobody took comes with the next call.
            if refusal({ try client.say(name) }) != nil { try client.say(name) }
            #expect(try server.take().bytes == Array(name.utf8))
            try lab.wiring.detach(Lab.id(name))
        }
    }

    @Test("IPv6 does what IPv4 does", arguments: [false, true])
    func six(seesBridged: Bool) throws {
        let lab = try Lab()
        try lab.showBridgedToTables(seesBridged)
        var options = NetworkOptions(name: "six", created: "now")
        options.subnets = [try Prefix("fd00:5::/64")]
        options.hasIPv6 = true
        #expect(try lab.wiring.create(options).subnets.count == 1)
        let (web, got) = try lab.attach(
            "web", ports: ["8080:80", "8081:81/udp", "[2001:db8::1]:9000:80"],
            networks: [NetworkRequest(network: "six")])
        #expect(got.interfaces[0].addresses.map(\.address) == [try #require(IPAddress("fd00:5::2"))])
        let (neighbour, _) = try lab.attach("neighbour", networks: [NetworkRequest(network: "six")])
        _ = try tcp(lab, from: lab.world, to: "2001:db8::1", 8080, server: web, at: 80)
        _ = try tcp(lab, from: lab.world, to: "2001:db8::1", 9000, server: web, at: 80)
        for client in [lab.host, web, neighbour] {
            _ = try tcp(lab, from: client, to: "2001:db8::1", 8080, server: web, at: 80)
        }
        // The kernel can't lead ::1 on; at least nobody waits for it.
        #expect(
            refusal { _ = try Talk.reach(.tcp, "::1", 8080) } == "\(SystemError("connect", ECONNREFUSED))")
        try udp(lab, from: lab.world, to: "2001:db8::1", 8081, server: web, at: 81)
        let out = try tcp(lab, from: web, to: "2001:db8::2", 80, server: lab.world, at: 80)
        #expect(out == IPAddress("2001:db8::1"))
    }

    @Test("a port that a program or a container has is refused by its name, and nothing is left")
    func conflicts() throws {
        let lab = try Lab(hasWorld: false)
        _ = try lab.attach("one", ports: ["8080:80"])
        let program = try Talk.serve(.tcp, 9090)
        withExtendedLifetime(program) {
            let said = refusal { _ = try lab.attach("two", ports: ["1234:1", "9090:80"]) }
            #expect(said == "port 9090/tcp of the host is used by another program")
        }
        for port in ["8080:80", "127.0.0.1:8080:80", "0.0.0.0:8080:80"] {
            let said = refusal { _ = try lab.attach("two", ports: [port]) }
            #expect(
                said?.hasSuffix("8080/tcp of the host is that of container 6f6e65000000") == true,
                "\(said ?? "")")
        }
        #expect(
            refusal { _ = try lab.attach("two", ports: ["8.8.8.8:1:1"]) }
                == "cannot publish port 8.8.8.8:1/tcp: 8.8.8.8 is no address of this host")
        #expect(
            refusal { _ = try lab.attach("two", ports: ["5:1", "5:2"]) }?.contains("published twice") == true)
        // UDP is another matter, and so is what was refused.
        let (_, got) = try lab.attach("two", ports: ["8080:80/udp", "1234:1", "7"])
        #expect(got.ports[2].hostPort ?? 0 > 1023)
        #expect(try lab.wiring.inspect("docklock").members.map(\.name).sorted() == ["one", "two"])
    }

    @Test("sockets keep other programs from published ports")
    func guards() throws {
        let lab = try Lab(hasWorld: false)
        let box = try lab.container()
        let got = try lab.wiring.attach(
            try Lab.request("box", ports: ["8080:80", "53:53/udp"]), namespace: box)
        #expect(throws: (any Error).self) { try Talk.serve(.tcp, 8080) }
        #expect(throws: (any Error).self) { try Talk.serve(.udp, 53) }
        for socket in got.sockets { close(socket) }
        _ = try Talk.serve(.tcp, 8080)
        _ = try Talk.serve(.udp, 53)
    }

    @Test("isolated networks don't reach each other, but what is published; an internal one reaches nobody")
    func separation() throws {
        let lab = try Lab()
        _ = try lab.wiring.create(NetworkOptions(name: "a", created: "now"))
        _ = try lab.wiring.create(NetworkOptions(name: "b", created: "now"))
        var options = NetworkOptions(name: "c", created: "now")
        options.isInternal = true
        _ = try lab.wiring.create(options)
        let (a, _) = try lab.attach("a", networks: [NetworkRequest(network: "a")])
        let (b, inB) = try lab.attach("b", ports: ["8080:80"], networks: [NetworkRequest(network: "b")])
        let (c, _) = try lab.attach("c", networks: [NetworkRequest(network: "c")])
        let target = "\(inB.interfaces[0].addresses[0].address)"
        func isRefused(_ from: Int32, _ address: String) throws -> Bool {
            let server = try lab.within(address == "192.0.2.2" ? lab.world : b) { try Talk.serve(.tcp, 80) }
            return try withExtendedLifetime(server) {
                try lab.within(from) {
                    refusal { _ = try Talk.reach(.tcp, address, 80, patienceMillis: 200) } != nil
                }
            }
        }
        #expect(try isRefused(a, target))
        #expect(try isRefused(c, target))
        #expect(try isRefused(c, "192.0.2.2"))
        _ = try tcp(lab, from: a, to: "192.0.2.2", 80, server: lab.world, at: 80)
        _ = try tcp(lab, from: a, to: "192.0.2.1", 8080, server: b, at: 80)
        // The world knows the way, but is not let in.
        try lab.within(lab.world) { _ = try lab.run("ip", "route add 10.0.0.0/8 via 192.0.2.1") }
        #expect(try isRefused(lab.world, target))
        // Nor does a container reach the host's loopback, which its bridge routes for others' sake.
        let secret = try Talk.serve(.tcp, 7777)
        try withExtendedLifetime(secret) {
            try lab.within(a) {
                try lab.run(
                    "ip", "route add 127.0.0.99/32 via \(inB.interfaces[0].gateways[0]) dev eth0 onlink")
                #expect(refusal { _ = try Talk.reach(.tcp, "127.0.0.99", 7777, patienceMillis: 200) } != nil)
            }
        }
    }

    @Test("addresses and hardware addresses as asked, and several networks")
    func asked() throws {
        let lab = try Lab(hasWorld: false)
        var options = NetworkOptions(name: "back", created: "now")
        options.subnets = [try Prefix("10.200.0.0/24")]
        options.gateways = [try #require(IPAddress("10.200.0.254"))]
        options.mtu = 1400
        _ = try lab.wiring.create(options)
        let mode = try NetworkMode.parse(["docklock", "back:ip=10.200.0.9,mac=02:00:00:00:00:09,alias=db"])
        guard case .networks(let requests) = mode else { throw WiringError("\(mode)") }
        let (box, got) = try lab.attach("box", networks: requests)
        #expect(got.interfaces.map(\.name) == ["eth0", "eth1"])
        let shown = try lab.within(box) { try lab.run("ip", "addr show dev eth1") }
        #expect(shown.contains("inet 10.200.0.9/24") && shown.contains("02:00:00:00:00:09"))
        #expect(shown.contains("mtu 1400"))
        let said = refusal { _ = try lab.attach("two", networks: [requests[1]]) }
        #expect(said == "address 10.200.0.9 of network back is that of container 626f78000000")
        #expect(try lab.wiring.inspect("back").members.map(\.aliases) == [["db", "626f78000000"]])
        #expect(refusal { try lab.wiring.remove("back") } == "network back is used by box")
    }

    @Test("a detached container's addresses and ports are free, and the name of its device too")
    func detach() throws {
        let lab = try Lab(hasWorld: false)
        let (first, _) = try lab.attach("box", ports: ["8080:80"])
        try lab.wiring.detach(Lab.id("box"))
        try lab.wiring.detach(Lab.id("box"))
        #expect(try lab.wiring.inspect("docklock").members.isEmpty)
        #expect(try lab.run("nft", "list map inet docklock any4").contains("elements") == false)
        // The last life's namespace may still be there.
        let (second, got) = try lab.attach("box", ports: ["8080:80"])
        #expect(got.interfaces[0].addresses[0].address == IPAddress("10.88.0.3"), "addresses rest")
        _ = (first, second)
    }
}
