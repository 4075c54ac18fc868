import Glibc
import Harness
import Testing

/// Networks of containers: addresses, published ports, names.
@Suite(.people) struct Links {
    static let serve = "mkdir /www; echo page > /www/index.html; httpd -p 80 -h /www"

    @Test func publishedPortsAreReachedFromTheLoopback() throws {
        let place = try Place()
        try place.launch("web", ["-p", "127.0.0.1:8080:80"], Self.serve)
        let get = place.inside("/bin/busybox", ["wget", "-qO-", "http://127.0.0.1:8080/"])
        let page = try get.run(in: place.folder)
        #expect(page.out == "page\n", "\(page.err)")
        #expect(try place.invoke("port", "web").out == "80/tcp -> 127.0.0.1:8080\n")
        #expect(try place.invoke("port", "web", "80").out == "127.0.0.1:8080\n")
        #expect(try place.look("web", "Ports") == "127.0.0.1:8080->80/tcp")
        let second = try place.run(["--rm", "-p", "127.0.0.1:8080:80"], "true")
        #expect(second.status == 125 && second.err.contains("8080"), "\(second.err)")
        #expect(try place.invoke("rm", "-f", "web").succeeded)
        #expect(try !get.run(in: place.folder).succeeded)
        #expect(place.leftovers() == [])
    }

    /// The kernel redirects nothing that comes from ::1: a process of the container's keeper leads it on.
    @Test func publishedPortsAreReachedFromTheLoopbackOfIPv6() throws {
        let place = try Place()
        try place.launch("web", ["-p", "[::1]:8080:80"], Self.serve)
        let get = place.inside("/bin/busybox", ["wget", "-qO-", "http://[::1]:8080/"])
        for _ in 0..<2 {
            let page = try get.run(in: place.folder)
            #expect(page.out == "page\n", "\(page.err)")
        }
        #expect(try place.invoke("restart", "-t", "0", "web").succeeded)
        try place.awaitReady()
        #expect(try get.run(in: place.folder).out == "page\n")
        let datagrams = try place.run(["--rm", "-p", "[::1]:8081:80/udp"], "true")
        #expect(datagrams.status == 125 && datagrams.err.contains("::1"), "\(datagrams.err)")
        #expect(try place.invoke("rm", "-f", "web").succeeded)
        #expect(try !get.run(in: place.folder).succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func aPortWithoutANumberGetsOne() throws {
        let place = try Place()
        try place.launch("web", ["-p", "80"], Self.serve)
        let port = try place.invoke("port", "web", "80").line(0).split(separator: ":").last ?? "0"
        let get = place.inside("/bin/busybox", ["wget", "-qO-", "http://127.0.0.1:\(port)/"])
        #expect(try get.run(in: place.folder).out == "page\n")
    }

    @Test func containersFindEachOtherByName() throws {
        let place = try Place()
        try place.launch("web", ["--network", "bridge"], Self.serve)
        try place.launch("other", ["--network", "bridge"])
        let get = try place.invoke("exec", "other", "wget", "-qO-", "http://web/")
        #expect(get.out == "page\n", "\(get.err)")
        let back = try place.invoke("exec", "web", "nslookup", "other")
        #expect(back.succeeded && back.out.contains("10.88."), "\(back.out)")
        #expect(try !place.invoke("exec", "other", "nslookup", "nosuch").succeeded)
        #expect(try place.invoke("rm", "-f", "web").succeeded)
        #expect(try !place.invoke("exec", "other", "nslookup", "web").succeeded)
    }

    @Test func withoutANetworkThereIsOnlyTheLoopback() throws {
        let place = try Place()
        let outcome = try place.run(["--rm"], "ls /sys/class/net; ip -4 route")
        #expect(outcome.words == ["lo"])
    }

    @Test func aContainerJoinsAnothersNetwork() throws {
        let place = try Place()
        try place.launch("web", ["--network", "bridge"], Self.serve)
        let outcome = try place.run(
            ["--rm", "--network", "container:web"], "wget -qO- http://127.0.0.1/")
        #expect(outcome.out == "page\n", "\(outcome.err)")
    }

    @Test func hostsAreAdded() throws {
        let place = try Place()
        let flags = ["--rm", "--network", "bridge", "--add-host", "far:192.0.2.7", "--name", "box"]
        let lines = try place.run(flags, "cat /etc/hosts").lines
        #expect(lines.contains { $0.hasPrefix("192.0.2.7") && $0.contains("far") })
        #expect(lines.contains { $0.hasPrefix("10.88.") && $0.contains("box") })
    }
}
