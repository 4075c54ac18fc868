import Testing

@testable import Addressing

func refusal(_ work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch {
        return "\(error)"
    }
}

@Suite("Addresses and subnets")
struct AddressTests {
    @Test(
        "an address is read, and written as RFC 5952 wants it",
        arguments: [
            ("10.88.0.1", "10.88.0.1"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("0001::000a", "1::a"),
        ])
    func read(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(
        "what is none is none",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4",
            "a.b.c.d",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", "12345::", "::g",
            "::1%eth0", "1.2.3.4::", "::1.2.3", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1.2.3.4:5",
        ])
    func refuse(text: String) { #expect(IPAddress(text) == nil) }

    @Test func subnets() throws {
        let prefix = try Prefix("10.89.1.0/24")
        let inside = try #require(IPAddress("10.89.1.77"))
        #expect(prefix.contains(inside))
        #expect(!prefix.contains(try #require(IPAddress("10.89.2.1"))))
        #expect(!prefix.contains(try #require(IPAddress("::10.89.1.1"))))
        #expect(prefix.distance(to: inside) == 77)
        #expect(prefix.last == 255)
        #expect(prefix.address.advanced(by: 77) == inside)
        #expect(!prefix.isUsable(prefix.address))
        #expect(!prefix.isUsable(try #require(IPAddress("10.89.1.255"))))
        #expect(prefix.overlaps(try Prefix("10.0.0.0/8")))
        #expect(try Prefix("10.0.0.0/8").overlaps(prefix))
        #expect(!prefix.overlaps(try Prefix("10.89.0.0/24")))
        let six = try Prefix("fd00:1:2:3::/64")
        #expect(six.last == .max)
        #expect(six.isUsable(try #require(IPAddress("fd00:1:2:3:ffff:ffff:ffff:ffff"))))
        #expect(six.address.advanced(by: 258)?.description == "fd00:1:2:3::102")
        #expect(IPAddress("255.255.255.255")?.advanced(by: 1) == nil)
    }

    @Test("what comes behind a subnet")
    func ends() throws {
        for (text, end) in [
            ("10.89.1.0/24", "10.89.2.0"), ("10.89.255.0/24", "10.90.0.0"), ("10.0.0.0/9", "10.128.0.0"),
            ("10.88.0.0/16", "10.89.0.0"), ("10.1.1.4/30", "10.1.1.8"), ("1.2.3.4/32", "1.2.3.5"),
            ("fd00:5::/64", "fd00:5:0:1::"), ("fdff:ffff::/32", "fe00::"),
        ] {
            #expect(try Prefix(text).end?.description == end)
        }
        #expect(try Prefix("255.0.0.0/8").end == nil)
        #expect(try Prefix("0.0.0.0/0").end == nil)
    }

    @Test func badSubnets() {
        #expect(refusal { _ = try Prefix("10.89.1.1/24") }?.contains("meant is 10.89.1.0/24") == true)
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "::/129", "/8", "10.0.0.0/8/8"]
        {
            #expect(refusal { _ = try Prefix(text) }?.contains("\"\(text)\" is no subnet") == true, "\(text)")
        }
    }

    @Test("a new network's subnet touches no other")
    func choice() throws {
        #expect(Subnets.free(besides: [], isDefault: true)?.description == "10.88.0.0/16")
        #expect(Subnets.free(besides: [], isDefault: false)?.description == "10.89.0.0/24")
        let taken = [try Prefix("10.88.3.0/24"), try Prefix("10.89.0.0/24"), try Prefix("10.89.2.0/23")]
        #expect(Subnets.free(besides: taken, isDefault: true)?.description == "10.89.1.0/24")
        #expect(
            Subnets.free(besides: taken + [try Prefix("10.89.1.0/24")], isDefault: false)?.description
                == "10.89.4.0/24")
        #expect(Subnets.free(besides: [try Prefix("10.0.0.0/8")], isDefault: true) == nil)
        // A default route touches everything and means nothing.
        #expect(Subnets.free(besides: [try Prefix("0.0.0.0/0")], isDefault: true) != nil)
        #expect(Subnets.uniqueLocal(chance: [1, 2, 3, 4, 5])?.description == "fd01:203:405::/64")
    }

    @Test func hardware() throws {
        #expect(try HardwareAddress("02:42:0a:58:00:02").bytes == [2, 0x42, 10, 88, 0, 2])
        let address = try #require(IPAddress("10.88.0.2"))
        #expect(HardwareAddress(for: address).description == "02:42:0a:58:00:02")
        let six = HardwareAddress(for: try #require(IPAddress("fd00::2")))
        #expect(six.bytes.count == 6 && six.bytes[0] & 1 == 0)
        for text in ["", "02:42", "02:42:0a:58:00:0g", "2:42:0a:58:00:02", "02:42:0a:58:00:02:03"] {
            #expect(refusal { _ = try HardwareAddress(text) }?.contains("is no MAC address") == true)
        }
        #expect(refusal { _ = try HardwareAddress("01:00:5e:00:00:01") }?.contains("group") == true)
        #expect(refusal { _ = try HardwareAddress("00:00:00:00:00:00") } != nil)
    }
}

@Suite("Published ports")
struct PublicationTests {
    @Test(
        "what docker's users write",
        arguments: [
            ("80", "0.0.0.0:->80/tcp"), ("8080:80", "0.0.0.0:8080->80/tcp"),
            ("8080:80/udp", "0.0.0.0:8080->80/udp"),
            ("127.0.0.1:8080:80", "127.0.0.1:8080->80/tcp"), ("127.0.0.1::80", "127.0.0.1:->80/tcp"),
            ("[::1]:8080:80/tcp", "[::1]:8080->80/tcp"), ("[fd00::1]::80", "[fd00::1]:->80/tcp"),
            ("1-3:11-13", "0.0.0.0:1->11/tcp 0.0.0.0:2->12/tcp 0.0.0.0:3->13/tcp"),
            ("7000-7001", "0.0.0.0:->7000/tcp 0.0.0.0:->7001/tcp"), (":80", "0.0.0.0:->80/tcp"),
        ])
    func parse(text: String, said: String) throws {
        #expect(try Publication.parse(text).map(\.description).joined(separator: " ") == said)
    }

    @Test(
        "what can't be published says why",
        arguments: [
            ("", "container port \"\" is none"), ("0", "container port \"0\" is none"),
            ("65536", "container port \"65536\" is none"),
            ("x:80", "host port \"x\" is none"), ("80:", "container port \"\" is none"),
            ("1-2:80", "2 host ports cannot lead to 1 container ports"),
            ("3-2", "container port \"3-2\" is none"),
            ("80/sctp", "protocol \"sctp\" is neither tcp nor udp"),
            ("80/tcp/udp", "there is more than one /"),
            ("1.2.3:80:80", "\"1.2.3\" is no address of the host"),
            ("::1:80:80", "an IPv6 address must stand in brackets"),
            ("[::1:80", "] is missing"), ("[::1]80", "a : must follow ]"),
            ("[1.2.3.4]:80:80", "\"1.2.3.4\" is no IPv6"),
            ("1:2:3:4", "must stand in brackets"), ("+80", "container port \"+80\" is none"),
            ("080", "container port \"080\" is none"),
        ])
    func refuse(text: String, why: String) {
        let said = refusal { _ = try Publication.parse(text) } ?? "taken"
        #expect(said.hasPrefix("cannot publish \"\(text)\": ") && said.contains(why), "\(said)")
    }

    @Test("two collide where one port would have two meanings")
    func collisions() throws {
        func collide(_ one: String, _ other: String) throws -> Bool {
            let (one, other) = (try Publication.parse(one)[0], try Publication.parse(other)[0])
            #expect(one.collides(with: other) == other.collides(with: one))
            return one.collides(with: other)
        }
        #expect(try collide("80:1", "80:2"))
        #expect(try collide("80:1", "127.0.0.1:80:2"))
        #expect(try collide("80:1", "[::1]:80:2"))
        #expect(try collide("0.0.0.0:80:1", "127.0.0.1:80:2"))
        #expect(try !collide("0.0.0.0:80:1", "[::1]:80:2"))
        #expect(try !collide("127.0.0.1:80:1", "127.0.0.2:80:2"))
        #expect(try !collide("80:1", "80:2/udp"))
        #expect(try !collide("80:1", "81:2"))
        #expect(try !collide("80", "80"))
    }
}

@Suite("What --network asks for")
struct ModeTests {
    @Test func words() throws {
        #expect(try NetworkMode.parse([]) == .networks([NetworkRequest()]))
        #expect(try NetworkMode.parse(["bridge"]) == .networks([NetworkRequest()]))
        #expect(try NetworkMode.parse(["none"]) == NetworkMode.none)
        #expect(try NetworkMode.parse(["host"]) == .host)
        #expect(try NetworkMode.parse(["container:web"]) == .container("web"))
        #expect(try NetworkMode.parse(["ns:/run/netns/x"]) == .namespace(path: "/run/netns/x"))
        #expect(try NetworkMode.parse(["pasta:-t,80"]) == .pasta(arguments: ["-t", "80"]))
        var request = NetworkRequest(network: "back")
        request.addresses = [try #require(IPAddress("10.89.0.7")), try #require(IPAddress("fd00::7"))]
        request.hardware = try HardwareAddress("02:00:00:00:00:01")
        request.aliases = ["db", "sql.local"]
        request.interface = "lan0"
        let text =
            "back:ip=10.89.0.7,ip6=fd00::7,mac=02:00:00:00:00:01,alias=db,alias=sql.local,interface_name=lan0"
        #expect(try NetworkMode.parse([text, "docklock"]) == .networks([request, NetworkRequest()]))
    }

    @Test(
        "what makes no sense says so",
        arguments: [
            (["host", "back"], "cannot stand beside"), (["none:x"], "takes no options"),
            (["container:"], "must be followed"), (["a b"], "is no name of a network"),
            (["../x"], "is no name of a network"), ([""], "is no name of a network"),
            (["back:ip=fd00::1"], "is no IPv4 address"), (["back:ip=x"], "is no IPv4 address"),
            (["back:colour=red"], "there is no option \"colour\""), (["back:ip="], "has no value"),
            (["back:alias=a b"], "is no name of a host"),
            (["back:interface_name=a/b"], "is no name of a network device"),
            (["back", "back"], "twice"), (["bridge", "docklock"], "twice"),
        ])
    func refuse(values: [String], why: String) {
        let said = refusal { _ = try NetworkMode.parse(values) } ?? "taken"
        #expect(said.contains(why), "\(said)")
    }
}

@Suite("Files of names")
struct HostFileTests {
    @Test func resolver() {
        let file = ResolverFile(
            parsing:
                "# x\nnameserver 9.9.9.9\ndomain old\nsearch a b\nnameserver fe80::1%eth0\nnameserver ::1\n"
                + "options ndots:2 rotate\nnameserver\nbogus 1\n")
        #expect(file.servers.map(\.description) == ["9.9.9.9", "::1"])
        #expect(file.text == "search a b\nnameserver 9.9.9.9\nnameserver ::1\noptions ndots:2 rotate\n")
        #expect(ResolverFile().text == "")
    }

    @Test func hosts() throws {
        let gateway = IPAddress("10.88.0.1")
        let lines = [
            try HostsFile.entry("db:10.0.0.1", gateway: nil),
            try HostsFile.entry("six:[fd00::1]", gateway: nil),
            try HostsFile.entry("up:host-gateway", gateway: gateway),
        ]
        #expect(
            HostsFile(lines).text == "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                + "10.0.0.1\tdb\nfd00::1\tsix\n10.88.0.1\tup\n")
        for (text, why) in [
            ("x", "NAME:ADDRESS"), ("x:y", "is no address"), ("a\nb:1.2.3.4", "is no name"),
            ("up:host-gateway", "no gateway"),
        ] {
            #expect(refusal { _ = try HostsFile.entry(text, gateway: nil) }?.contains(why) == true)
        }
    }
}
