import Distribution
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("https://Host.example/a/b?c=d#e", "https://host.example/a/b?c=d"),
        ("http://h:5000", "http://h:5000/"), ("https://h:443/x", "https://h/x"),
        ("https://h:80/x", "https://h:80/x"), ("http://[::1]:5000/v2/", "http://[::1]:5000/v2/"),
        ("https://h?q", "https://h/?q"),
    ])
    func addressesAreRead(_ text: String, _ meant: String) throws {
        #expect(try Location(text).description == meant)
    }

    @Test(arguments: [
        "", "/v2/", "ftp://h/", "https://", "https:///x", "https://user@h/", "https://h:0/",
        "https://h:65536/",
        "https://h:x/", "https://h /", "https://h/\n", "https://h\\@evil/", "https://h/\u{e9}",
        "https://[::1/", "https://[]/", "https://a,b/", "https://" + String(repeating: "x", count: 20_000),
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: DistributionError.self) { try Location(text) }
    }

    @Test(arguments: [
        ("https://other/x", "https://other/x"), ("//other:1/x", "https://other:1/x"),
        ("/x?y", "https://h:9/x?y"),
        ("x", "https://h:9/a/x"), ("?x", "https://h:9/a/b?x"), ("", "https://h:9/a/b?q=1"),
        ("x/y:z", "https://h:9/a/x/y:z"),
    ])
    func whatLeadsOnIsResolved(_ text: String, _ meant: String) throws {
        #expect(try Location("https://h:9/a/b?q=1").resolving(text).description == meant)
    }

    @Test func whatLeadsOnIsFollowedWithCare() throws {
        let (secure, plain) = (try Location("https://h/a"), try Location("http://h/a"))
        #expect(try Redirection.next(from: plain, to: "https://o/", hops: 4).scheme == .https)
        #expect(try Redirection.next(from: plain, to: "http://o/", hops: 0).host == "o")
        for to in ["http://h/a", "HTTP://h/a", "ftp://h/", "javascript:x", "mailto:x@y"] {
            #expect(throws: DistributionError.self) { try Redirection.next(from: secure, to: to, hops: 0) }
        }
        #expect(throws: DistributionError.self) { try Redirection.next(from: secure, to: "/x", hops: 5) }
        #expect(throws: DistributionError.self) { try Redirection.next(from: secure, to: nil, hops: 0) }
        #expect([301, 302, 303, 307, 308].allSatisfy(Redirection.isOne) && !Redirection.isOne(304))
    }

    @Test func originsAreToldApart() throws {
        let home = try Location("https://h/a")
        #expect(home.hasOrigin(of: try Location("https://H:443/b")))
        for other in ["http://h/a", "https://h:444/a", "https://h.evil/a", "https://xh/a"] {
            #expect(!home.hasOrigin(of: try Location(other)))
        }
    }

    @Test(arguments: [
        ("localhost:5000", true), ("127.0.0.1", true), ("127.9.9.9:1", true), ("[::1]:5000", true),
        ("127.0.0.1.evil", false), ("127.1", false), ("localhost.evil", false), ("10.0.0.1", false),
    ])
    func loopbackIsThisMachineAlone(_ registry: String, _ isOne: Bool) {
        #expect(Repository.isLoopback(registry) == isOne)
    }

    @Test func repositoriesHaveAddresses() throws {
        let hub = try Repository(.init("alpine"))
        let home = try Repository.home(of: hub.registry, .https)
        #expect(home.description == "https://registry-1.docker.io/v2/")
        #expect(
            hub.manifest("3", at: home).description
                == "https://registry-1.docker.io/v2/library/alpine/manifests/3")
        #expect(Repository.name(of: home) == "docker.io")
        let own = try Repository(.init("h:5000/a/b"))
        let there = try Repository.home(of: own.registry, .http)
        #expect(Repository.name(of: there) == "h:5000")
        #expect(own.uploads(at: there).description == "http://h:5000/v2/a/b/blobs/uploads/")
        let mount = own.uploads(at: there).adding("mount", "sha256:a b").adding("from", "x/y")
        #expect(mount.description.hasSuffix("/uploads/?mount=sha256%3Aa%20b&from=x%2Fy"))
        #expect(throws: DistributionError.self) { try Repository.home(of: "a b", .https) }
    }

    @Test func secretsOfAQueryAreNotShown() throws {
        #expect(try Location("https://h/a?token=secret").shownInErrors == "https://h/a")
    }
}
