import Addressing
import DNS
import Glibc
import Kernel
import Testing

@testable import Wiring

/// A resolver on a thread of its own, in the namespace in which it was started.
private final class Served: @unchecked Sendable {
    private var thread = pthread_t()
    private let data: String
    private let network: String
    private let namespace: Int32
    private(set) var failure: String?

    init(_ lab: Lab, _ network: String) throws {
        data = lab.data
        self.network = network
        namespace = lab.host
        // Bound here, so that questions wait for the thread.
        let record = try #require(try Folders(data: data).find(network))
        let lock = try Resolver.lock(data, network)
        flock(lock.number, LOCK_EX | LOCK_NB)
        sockets = try ResolverSockets(record, lock: lock.take()).given()
        let box = Unmanaged.passRetained(self)
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Served>.fromOpaque(raw).takeRetainedValue().serve()
                return nil
            }, box.toOpaque())
    }

    private let sockets: [Int32]

    private func serve() {
        _ = setns(namespace, CLONE_NEWNET)
        do {
            var resolver = try Resolver(
                data: data, network: network, sockets: ResolverSockets(inherited: sockets))
            try resolver.serve()
        } catch {
            failure = "\(error)"
        }
    }

    /// Waits for its end, which comes with the network's last container.
    func join() { pthread_join(thread, nil) }
}

extension ResolverSockets {
    /// Copies that outlive this, as a spawned process has them.
    fileprivate consuming func given() -> [Int32] { all.map { dup($0) } }
}

@Suite("Names of a network", .serialized, .enabled(if: geteuid() == 0))
struct ResolverTests {
    private func dig(_ lab: Lab, _ from: Int32, _ words: String) throws -> String {
        try lab.within(from) { try lab.run("dig", "+time=5 +tries=1 @10.88.0.1 " + words) }
    }

    @Test("names, aliases and addresses, over UDP and TCP, until the last container has gone")
    func names() throws {
        let lab = try Lab(hasWorld: false)
        let (box, got) = try lab.attach("box")
        #expect(got.interfaces[0].resolvesNames)
        let served = try Served(lab, "docklock")
        var request = NetworkRequest()
        request.aliases = ["db", "sql.internal"]
        _ = try lab.attach("web", networks: [request])
        for name in ["web", "db", "WEB", "sql.internal", "776562000000"] {
            #expect(try dig(lab, box, "+short \(name)") == "10.88.0.3\n", "\(name)")
        }
        #expect(try dig(lab, box, "+short +tcp web") == "10.88.0.3\n")
        #expect(try dig(lab, box, "+short -x 10.88.0.3") == "web.\n")
        #expect(try dig(lab, box, "-x 10.88.0.77").contains("status: NXDOMAIN"))
        let none = try dig(lab, box, "AAAA web")
        #expect(none.contains("status: NOERROR") && none.contains("ANSWER: 0"))
        try lab.wiring.detach(Lab.id("web"))
        // Nobody else can be asked: whether the name is another's is not known.
        #expect(try dig(lab, box, "web").contains("status: SERVFAIL"))
        try lab.wiring.detach(Lab.id("box"))
        served.join()
        #expect(served.failure == nil)
        // The next container finds the way free for a new one.
        let lock = try Resolver.lock(lab.data, "docklock")
        #expect(flock(lock.number, LOCK_EX | LOCK_NB) == 0)
    }

    @Test("other names are those of the container's servers")
    func forwarding() throws {
        let lab = try Lab()
        let box = try lab.container()
        var request = try Lab.request("box")
        request.servers = [try #require(IPAddress("192.0.2.3")), try #require(IPAddress("192.0.2.2"))]
        let got = try lab.wiring.attach(request, namespace: box)
        #expect(got.sockets.isEmpty)
        // The first server refuses, since nobody listens there: the next is asked at once.
        try lab.run("ip", "addr add 192.0.2.3/32 dev lo")
        let upstream = try lab.within(lab.world) { try Talk.serve(.udp, 53) }
        let served = try Served(lab, "docklock")
        let client = try lab.within(box) { try Talk.reach(.udp, "10.88.0.1", 53) }
        let asked: [UInt8] = [7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x6f, 0x72, 0x67, 0, 0, 1, 0, 1]
        try client.say(asked)
        let (from, question) = try upstream.take()
        #expect(question == asked)
        // What answers something else is no answer.
        from.send([9, 9, 0x81, 0x80] + asked[4...], from: upstream.socket)
        from.send([7, 7, 0x81, 0x83] + asked[4...], from: upstream.socket)
        #expect(try client.bytes() == [7, 7, 0x81, 0x83] + Array(asked[4...]))
        try lab.wiring.detach(Lab.id("box"))
        served.join()
    }

    @Test("over TCP others' answers are relayed")
    func relay() throws {
        let lab = try Lab()
        let box = try lab.container()
        var request = try Lab.request("box")
        request.servers = [try #require(IPAddress("192.0.2.2"))]
        _ = try lab.wiring.attach(request, namespace: box)
        let upstream = try lab.within(lab.world) { try Talk.serve(.tcp, 53) }
        let served = try Served(lab, "docklock")
        let client = try lab.within(box) { try Talk.reach(.tcp, "10.88.0.1", 53) }
        let asked: [UInt8] = [0, 21, 7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x6f, 0x72, 0x67, 0, 0, 1, 0, 1]
        try client.say(asked)
        let (accepted, _) = try upstream.accept()
        #expect(try accepted.bytes() == asked)
        try accepted.say([0, 2, 1, 2])
        #expect(try client.bytes() == [0, 2, 1, 2])
        try lab.wiring.detach(Lab.id("box"))
        served.join()
    }

    /// The program as `swift build` leaves it.
    private var program: String {
        let top = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return "/" + top + "/.build/debug/docklock"
    }

    @Test("the program starts a resolver on demand, which ends with its last container")
    func process() throws {
        let lab = try Lab(hasWorld: false)
        let wiring = Wiring(data: lab.data, program: program)
        let box = try lab.container()
        let got = try wiring.attach(try Lab.request("box"), namespace: box)
        #expect(got.resolver(host: ResolverFile()).text == "nameserver 10.88.0.1\n")
        let lock = try Resolver.lock(lab.data, "docklock")
        #expect(flock(lock.number, LOCK_EX | LOCK_NB) != 0, "somebody serves")
        let other = try lab.container()
        _ = try wiring.attach(try Lab.request("web"), namespace: other)
        #expect(try dig(lab, box, "+short web") == "10.88.0.3\n")
        try wiring.detach(Lab.id("box"))
        #expect(try dig(lab, other, "+short web") == "10.88.0.3\n")
        try wiring.detach(Lab.id("web"))
        // Comes when the process has ended: its end gives the lock back.
        #expect(flock(lock.number, LOCK_EX) == 0)
    }

    @Test("a resolver that can't have its port is an error, and the container is not attached")
    func refused() throws {
        let lab = try Lab(hasWorld: false)
        let other = try Talk.serve(.udp, 53)
        let wiring = Wiring(data: lab.data, program: program)
        let box = try lab.container()
        let said = refusal { _ = try wiring.attach(try Lab.request("box"), namespace: box) }
        #expect(
            said
                == "names of network docklock cannot be resolved: "
                + "port 53 of 10.88.0.1 is used by another program"
        )
        #expect(try wiring.inspect("docklock").members.isEmpty)
        _ = other
    }

    @Test("it ends with the data too")
    func removed() throws {
        let lab = try Lab(hasWorld: false)
        let (box, _) = try lab.attach("box")
        let served = try Served(lab, "docklock")
        #expect(try dig(lab, box, "+short box") == "10.88.0.2\n")
        try Folders(data: lab.data).remove("docklock")
        served.join()
        #expect(served.failure == nil)
    }

    @Test("one container can't use up what is there for all")
    func shares() throws {
        let lab = try Lab(hasWorld: false)
        let (box, _) = try lab.attach("box")
        let (other, _) = try lab.attach("other")
        let served = try Served(lab, "docklock")
        let greedy = try lab.within(box) {
            try (0..<Resolver.streamsMax).map { _ in try Talk.reach(.tcp, "10.88.0.1", 53) }
        }
        #expect(try dig(lab, other, "+short +tcp box") == "10.88.0.2\n")
        // What is cut and never goes on is no hindrance either.
        try greedy[0].say([0, 21, 7])
        #expect(try dig(lab, other, "+short +tcp box") == "10.88.0.2\n")
        for name in ["box", "other"] { try lab.wiring.detach(Lab.id(name)) }
        served.join()
    }

    @Test("a port 53 that is taken is a clear error")
    func taken() throws {
        let lab = try Lab(hasWorld: false)
        _ = try lab.attach("box")
        let other = try Talk.serve(.udp, 53)
        let network = try #require(try lab.wiring.networks().first)
        let said = refusal { _ = try ResolverSockets(network, lock: dup(0)).all }
        #expect(said?.hasSuffix("port 53 of 10.88.0.1 is used by another program") == true, "\(said ?? "")")
        _ = other
    }

    @Test("the files of a container")
    func files() throws {
        let lab = try Lab(hasWorld: false)
        let (_, got) = try lab.attach("box")
        let host = ResolverFile(
            servers: ["127.0.0.53", "9.9.9.9"].compactMap { IPAddress($0) }, search: ["lan"])
        #expect(got.resolver(host: host).text == "search lan\nnameserver 9.9.9.9\n")
        #expect(
            got.hosts(names: ["box"]).text.hasSuffix(
                "10.88.0.2\tbox\n10.88.0.1\thost.containers.internal host.docker.internal\n"))
        var resolved = got
        resolved.resolves = true
        #expect(resolved.resolver(host: host).text == "search lan\nnameserver 10.88.0.1\n")
    }
}

@Suite("pasta's words")
struct PastaTests {
    @Test func words() throws {
        let ports = try ["8080:80", "127.0.0.1:53:5353/udp"].flatMap { try Publication.parse($0) }
        let words = try Pasta.words(pid: 7, ports: ports, pidFile: "/x", arguments: ["--mtu", "1400"])
        #expect(
            words.joined(separator: " ") == "--config-net --quiet --no-map-gw -P /x -t 8080:80 "
                + "-u 127.0.0.1/53:5353 -T none -U none --mtu 1400 "
                + "--userns /proc/7/ns/user --netns /proc/7/ns/net"
        )
        #expect(try Pasta.words(pid: 7, ports: [], pidFile: "/x", arguments: []).contains("none"))
        #expect(
            refusal {
                _ = try Pasta.words(pid: 7, ports: try Publication.parse("80"), pidFile: "/x", arguments: [])
            } != nil)
    }
}
