import JSON
import Testing

@testable import Cgroups

@Suite struct PlaceTests {
    private func choose(
        _ path: String?, _ driver: CgroupDriver = .cgroupfs, rootless: Bool = false
    ) throws -> CgroupPlace {
        try CgroupPlace.choose(
            cgroupsPath: path, id: "box", driver: driver, rootless: rootless, base: "/docklock")
    }

    @Test(arguments: [
        (nil, "/docklock/box"), ("", "/docklock/box"), ("/a/b", "/a/b"), ("a/b", "/docklock/a/b"),
        ("/a//b/./c/", "/a/b/c"), ("/a/../../b", "/b"), ("../../b", "/docklock/b"),
        ("/..a/b..", "/..a/b.."),
    ])
    func cgroupfs(asked: String?, path: String) throws {
        #expect(try choose(asked).path == path)
        #expect(try choose(asked).isAsked == (asked ?? "" != ""))
    }

    @Test(arguments: ["/", "/..", "/a/..", "a\0b"])
    func refusesRootsAndNULs(asked: String) {
        #expect(throws: CgroupError.self) { try choose(asked) }
    }

    @Test(arguments: [
        (nil, "/system.slice/docklock-box.scope", "docklock-box.scope", "system.slice"),
        ("machine.slice:libpod:1", "/machine.slice/libpod-1.scope", "libpod-1.scope", "machine.slice"),
        (
            "kubepods-burstable-pod1.slice:cri-containerd:9",
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-9.scope",
            "cri-containerd-9.scope", "kubepods-burstable-pod1.slice"
        ),
        (":docker:9", "/system.slice/docker-9.scope", "docker-9.scope", "system.slice"),
        ("-.slice::9", "/9.scope", "9.scope", "-.slice"),
        ("a.slice:x:a-b.slice", "/a.slice/a-b.slice", "a-b.slice", "a.slice"),
    ])
    func systemd(asked: String?, path: String, scope: String, slice: String) throws {
        let place = try choose(asked, .systemd)
        #expect(place.path == path)
        #expect(place.scope == scope)
        #expect(place.slice == slice)
    }

    @Test(arguments: [
        "/a/b", "a.slice:b", "a.slice:b:c:d", "a.slice:b:", "a:b:c", "a--b.slice:x:y", ".slice:x:y",
        "a.slice:../x:y", "-a.slice:x:y", "/x.slice:a:b",
    ])
    func refusesOtherShapes(asked: String) {
        #expect(throws: CgroupError.self) { try choose(asked, .systemd) }
    }

    @Test(arguments: [
        ("1:cpu:/x\n0::/user.slice/app.slice/a.scope\n", "/user.slice/app.slice"), ("0::/a\n", ""),
        ("0::/\n", ""),
        ("1:cpu:/x\n", ""),
    ])
    func rootlessPlacesLieBesideTheCaller(memberships: String, parent: String) {
        #expect(CgroupPlace.besideOwn(memberships) == parent)
    }

    @Test func isReadAsItWasWritten() throws {
        for place in [
            try choose("/a/b"), try choose("machine.slice:libpod:1", .systemd, rootless: true),
            try choose(nil, .disabled),
        ] {
            let json = try JSON.parse(place.encoded.encoded())
            #expect(CgroupPlace(json) == place)
        }
    }

    @Test(arguments: [
        #"{"driver":"cgroupfs","path":"/a/../..","rootless":false,"asked":true}"#,
        #"{"driver":"cgroupfs","path":"/","rootless":false,"asked":true}"#,
        #"{"driver":"cgroupfs","path":"","rootless":false,"asked":true}"#,
        #"{"driver":"magic","path":"/a","rootless":false,"asked":true}"#,
        #"{"driver":"cgroupfs","path":7,"rootless":false,"asked":true}"#,
        #"[]"#,
    ])
    func refusesAForeignState(text: String) throws {
        #expect(CgroupPlace(try JSON.parse(Array(text.utf8))) == nil)
    }
}
