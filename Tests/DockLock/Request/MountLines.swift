import OCI
import Testing

@testable import Request

/// Mounts, devices, ports, networks.
@Suite struct MountLines {
    private func mount(_ flags: String) throws -> MountRequest {
        let mounts = try container(flags).mounts
        #expect(mounts.count == 1, "\(flags)")
        return mounts[0]
    }

    private func bind(_ path: String, _ target: String, _ options: [String] = []) -> MountRequest {
        var mount = MountRequest(source: .bind(path), destination: target)
        mount.options = options
        return mount
    }

    @Test func volumes() throws {
        #expect(try mount("-v /a").source == .volume(nil))
        #expect(try mount("-v data:/a/").destination == "/a")
        #expect(try mount("-v data:/a").source == .volume("data"))
        #expect(try mount("-v ./x:/a").source == .bind("./x"))
        var wanted = bind("/h", "/c", ["rslave", "noexec"])
        (wanted.makesSource, wanted.isReadOnly, wanted.relabel) = (true, true, .own)
        (wanted.changesOwner, wanted.isFilled) = (true, false)
        #expect(try mount("--volume=/h:/c:ro,Z,U,rslave,noexec,nocopy,cached") == wanted)
    }

    @Test func wordedMounts() throws {
        #expect(try mount("--mount type=bind,source=/h,target=/c") == bind("/h", "/c"))
        #expect(try mount("--mount 'type=bind,\"src=/h,1\",dst=/c'") == bind("/h,1", "/c"))
        var wanted = bind("../h", "/c", ["rshared", "bind"])
        wanted.isReadOnly = true
        #expect(
            try mount(
                "--mount type=bind,src=../h,destination=/c,ro,bind-propagation=rshared,"
                    + "bind-recursive=disabled"
            )
                == wanted)
        var volume = MountRequest(source: .volume("v"), destination: "/c")
        (volume.isFilled, volume.subpath, volume.volumeDriver) = (false, "a/b", "local")
        volume.volumeLabels = [Setting("k", "v")]
        volume.volumeOptions = [Setting("type", "tmpfs")]
        #expect(
            try mount(
                "--mount src=v,dst=/c,volume-nocopy,volume-subpath=a/./b,volume-driver=local,"
                    + "volume-label=k=v,volume-opt=type=tmpfs") == volume)
        var temporary = MountRequest(source: .temporary, destination: "/c")
        temporary.options = ["size=67108864", "mode=1777", "noexec"]
        #expect(
            try mount("--mount type=tmpfs,dst=/c,tmpfs-size=64m,tmpfs-mode=1777,noexec") == temporary)
        #expect(try mount("--mount type=image,src=box,dst=/c").source == .image("box"))
        #expect(try mount("--mount type=bind,src=/a,dst=/c,readonly=false,rw").isReadOnly == false)
        #expect(try mount("--mount type=bind,src=/a,dst=/c,relabel=shared,U").relabel == .shared)
    }

    @Test func temporaryMounts() throws {
        var wanted = MountRequest(source: .temporary, destination: "/run")
        #expect(try mount("--tmpfs /run") == wanted)
        wanted.options = ["size=1024", "mode=755", "uid=5", "exec", "notmpcopyup"]
        #expect(try mount("--tmpfs /run:rw,size=1k,mode=755,uid=5,exec,notmpcopyup") == wanted)
        #expect(try mount("--tmpfs /run:size=50%").options == ["size=50%"])
    }

    @Test func filesBeside() throws {
        #expect(
            try container("--volumes-from a --volumes-from b:ro").volumesFrom
                == [
                    VolumesFrom(container: "a", isReadOnly: false),
                    VolumesFrom(container: "b", isReadOnly: true),
                ])
        let request = try container("--read-only --read-only-tmpfs=false --shm-size 1g")
        #expect(request.isReadOnly && !request.hasScratch && request.sharedMemory == 1 << 30)
        let devices = try container(
            "--device /dev/a --device /dev/b:/dev/c --device /dev/d:r --device /dev/e:/f:rw")
        #expect(
            devices.devices == [
                DeviceRequest(host: "/dev/a", container: "/dev/a", access: "rwm"),
                DeviceRequest(host: "/dev/b", container: "/dev/c", access: "rwm"),
                DeviceRequest(host: "/dev/d", container: "/dev/d", access: "r"),
                DeviceRequest(host: "/dev/e", container: "/f", access: "rw"),
            ])
        let rules = try container("--device-cgroup-rule 'c 42:* rmw'").deviceRules
        #expect(rules.count == 1 && rules[0].allow && rules[0].kind == 99)
        #expect(rules[0].major == 42 && rules[0].minor == nil && rules[0].access == "rmw")
    }

    @Test(arguments: [
        ("80", [PortPublication(host: nil, container: 80)]),
        ("8080:80", [PortPublication(host: 8080...8080, container: 80)]),
        ("8080:80/udp", [PortPublication(host: 8080...8080, container: 80, transport: .udp)]),
        ("127.0.0.1::80", [PortPublication(address: "127.0.0.1", host: nil, container: 80)]),
        ("127.0.0.1:8:9", [PortPublication(address: "127.0.0.1", host: 8...8, container: 9)]),
        ("[::1]:8:9", [PortPublication(address: "::1", host: 8...8, container: 9)]),
        ("8000-9000:80", [PortPublication(host: 8000...9000, container: 80)]),
        (
            "7-8:17-18/UDP",
            [
                PortPublication(host: 7...7, container: 17, transport: .udp),
                PortPublication(host: 8...8, container: 18, transport: .udp),
            ]
        ),
    ]) func ports(text: String, wanted: [PortPublication]) throws {
        #expect(try container("-p \(text)").ports == wanted)
    }

    @Test func exposedPorts() throws {
        #expect(
            try container("--expose 80 --expose 5-6/udp -P").exposed
                == [ExposedPort(80), ExposedPort(5, .udp), ExposedPort(6, .udp)])
        #expect(try container("-P").publishesAll)
    }

    @Test func networks() throws {
        #expect(try container("--network none").networks == [NetworkRequest(.none)])
        #expect(try container("--net host").networks == [NetworkRequest(.host)])
        #expect(try container("--network container:a").networks == [NetworkRequest(.container("a"))])
        #expect(try container("--network ns:/n").networks == [NetworkRequest(.path("/n"))])
        #expect(try container("--network pasta:-T,80").networks == [NetworkRequest(.pasta(["-T", "80"]))])
        var one = NetworkRequest(.named("a"))
        (one.ip, one.mac, one.aliases, one.interface) = ("10.1.0.2", "92:d0:c6:0a:29:33", ["x", "y"], "eth7")
        #expect(
            try container(
                "--network a:ip=10.1.0.2,mac=92:D0:C6:0a:29:33,alias=x,alias=y,"
                    + "interface_name=eth7 --network b"
            ).networks == [one, NetworkRequest(.named("b"))])
        (one.mac, one.interface, one.aliases, one.ip6) = (nil, nil, ["z"], "fd00::5")
        #expect(
            try container("--network name=a,alias=z --ip 10.1.0.2 --ip6 fd00::5").networks == [one])
        var standard = NetworkRequest(.standard)
        standard.aliases = ["w"]
        #expect(try container("--network-alias w").networks == [standard])
    }

    @Test func names() throws {
        let request = try container(
            "-h box --domainname d --add-host a:1.2.3.4 --add-host b=[::1] --add-host 'c;d:host-gateway' "
                + "--dns 1.1.1.1,8.8.8.8 --dns-search . --dns-option ndots:2")
        #expect(request.hostname == "box" && request.domainname == "d")
        #expect(
            request.hosts == [
                HostEntry(name: "a", address: "1.2.3.4"), HostEntry(name: "b", address: "::1"),
                HostEntry(name: "c", address: "host-gateway"), HostEntry(name: "d", address: "host-gateway"),
            ])
        #expect(request.dns == ["1.1.1.1", "8.8.8.8"] && request.dnsSearch == ["."])
        #expect(request.dnsOptions == ["ndots:2"])
        #expect(try container("--no-hosts").hasHosts == false)
    }

    @Test(arguments: [
        ("::", true), ("::1", true), ("fe80::1%eth0", true), ("1:2:3:4:5:6:7:8", true), ("1::8", true),
        ("::ffff:1.2.3.4", true), ("1:2:3:4:5:6:1.2.3.4", true), ("1::", true), ("1:2:3:4:5:6:7::", true),
        ("", false), (":", false), (":::", false), ("1:2", false), ("1::2::3", false), ("g::", false),
        ("1:2:3:4:5:6:7:8:9", false), ("12345::", false), ("::1.2.3.256", false),
        ("1:2:3:4:5:6:7:1.2.3.4", false),
        ("1:2:3:4::5:6:7:8", false), (":1::", false), ("1:", false), ("fe80::1%", false), ("+1::", false),
    ]) func addresses(text: String, isValid: Bool) {
        #expect(isIPv6(text) == isValid)
    }
}
